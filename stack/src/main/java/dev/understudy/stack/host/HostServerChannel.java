package dev.understudy.stack.host;

import dev.understudy.stack.tcp.TcpConnection;
import dev.understudy.stack.tcp.TcpListener;
import io.netty.channel.AbstractServerChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelId;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A listening port of a {@link Host} as a Netty server channel. Options besides Netty's own: {@code SO_BACKLOG}, and {@code
 * SO_REUSEADDR}, which is always so.
 *
 * <p>With auto-read off, connections wait in the listener's accept queue; once that is full, SYNs are dropped, and the
 * peer's own retransmission finds room later.
 */
public final class HostServerChannel extends AbstractServerChannel {
    /** Ports tried when any will do (RFC 6335 §6). */
    private static final int FIRST_PORT = 49152;

    private static final int TRIES = 64;

    /** Connections accepted before others on the loop have their turn. */
    private static final int ACCEPTS_PER_ROUND = 256;

    private final HostLink link;
    private final Config config = new Config();
    private final Runnable acceptTask = this::accept;
    private TcpListener listener;
    private SocketAddress local;
    private boolean open = true;
    private boolean reading;
    private boolean acceptRequested;

    HostServerChannel(HostLink link) {
        this.link = link;
    }

    private final class Config extends DefaultChannelConfig {
        private int backlog = NetUtil.SOMAXCONN;
        private boolean reuse = true;

        Config() {
            super(HostServerChannel.this);
        }

        @Override
        public Map<ChannelOption<?>, Object> getOptions() {
            return getOptions(
                    super.getOptions(), ChannelOption.SO_BACKLOG, ChannelOption.SO_REUSEADDR);
        }

        @Override
        @SuppressWarnings("unchecked") // an option's type is the one it was declared with
        public <T> T getOption(ChannelOption<T> option) {
            if (option.equals(ChannelOption.SO_BACKLOG)) {
                return (T) Integer.valueOf(backlog);
            }
            if (option.equals(ChannelOption.SO_REUSEADDR)) {
                return (T) Boolean.valueOf(reuse);
            }
            return super.getOption(option);
        }

        @Override
        public <T> boolean setOption(ChannelOption<T> option, T value) {
            if (option.equals(ChannelOption.SO_BACKLOG)) {
                backlog = (Integer) value;
                if (listener != null) {
                    listener.backlog(backlog);
                }
                return true;
            }
            if (option.equals(ChannelOption.SO_REUSEADDR)) {
                reuse = (Boolean) value;
                return true;
            }
            return super.setOption(option, value);
        }
    }

    @Override
    protected ChannelId newId() {
        return HostChannelId.random();
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return listener != null && open;
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop == link.loop();
    }

    @Override
    protected SocketAddress localAddress0() {
        return local;
    }

    @Override
    protected void doBind(SocketAddress address) throws IOException {
        InetSocketAddress inet = HostChannels.resolved(address);
        int port = inet.getPort();
        for (int tries = 1; listener == null; tries++) {
            int chosen = port != 0 ? port : ThreadLocalRandom.current().nextInt(FIRST_PORT, 65536);
            try {
                listener =
                        link.host()
                                .tcp()
                                .listen(
                                        HostChannels.localAddress(inet),
                                        chosen,
                                        config.backlog,
                                        (from, now) -> acceptable());
                local = new InetSocketAddress(inet.getAddress(), chosen);
            } catch (IllegalStateException e) {
                if (port != 0 || tries == TRIES) {
                    BindException taken = new BindException(e.getMessage());
                    taken.initCause(e);
                    throw taken;
                }
            }
        }
    }

    private void acceptable() {
        if (reading) {
            accept();
        }
    }

    @Override
    protected void doBeginRead() {
        reading = true;
        if (listener != null && listener.waiting() > 0 && !acceptRequested) {
            acceptRequested = true;
            eventLoop().execute(acceptTask);
        }
    }

    private void accept() {
        acceptRequested = false;
        boolean any = false;
        int left = ACCEPTS_PER_ROUND;
        while (reading && isActive() && left-- > 0) {
            TcpConnection connection = listener.accept();
            if (connection == null) {
                break;
            }
            any = true;
            pipeline().fireChannelRead(new HostChannel(link, this, connection));
        }
        if (any) {
            reading = false;
            pipeline().fireChannelReadComplete();
        }
    }

    @Override
    protected void doClose() {
        open = false;
        if (listener != null) {
            listener.close(link.now());
        }
    }
}
