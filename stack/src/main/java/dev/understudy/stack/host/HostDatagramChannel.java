package dev.understudy.stack.host;

import dev.understudy.stack.udp.UdpSocket;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.AddressedEnvelope;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelId;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * A UDP socket of a {@link Host} as a Netty channel. Reads {@link DatagramPacket}s; writes them, other addressed envelopes
 * of {@link ByteBuf}s, or, if connected, {@link ByteBuf}s alone. A datagram longer than the MTU is fragmented.
 *
 * <p>Without a read request at most {@value #QUEUE} datagrams wait; more are dropped and counted, the newest first. A
 * connected channel hears of refused datagrams as {@link PortUnreachableException}s.
 */
public final class HostDatagramChannel extends AbstractChannel implements UdpSocket.Handler {
    public static final int QUEUE = 256;

    private static final int MESSAGES_PER_READ = 16;
    private static final ChannelMetadata METADATA = new ChannelMetadata(true, MESSAGES_PER_READ);

    private final HostLink link;
    private final ChannelConfig config = new DefaultChannelConfig(this);
    private final ArrayDeque<DatagramPacket> queue = new ArrayDeque<>();
    private UdpSocket socket;
    private boolean open = true;
    private boolean reading;
    private boolean delivering;
    private long dropped;

    HostDatagramChannel(HostLink link) {
        super(null);
        this.link = link;
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
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open && socket != null;
    }

    /** Datagrams that came while nobody read and the queue was full. */
    public long dropped() {
        return dropped;
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop == link.loop();
    }

    @Override
    protected SocketAddress localAddress0() {
        return socket == null ? null : HostChannels.socketAddress(socket.local());
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return socket == null
                ? null
                : socket.remote().map(HostChannels::socketAddress).orElse(null);
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new DatagramUnsafe();
    }

    private final class DatagramUnsafe extends AbstractUnsafe {
        @Override
        public void connect(
                SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
            if (!promise.setUncancellable() || !ensureOpen(promise)) {
                return;
            }
            boolean wasActive = isActive();
            try {
                if (socket == null) {
                    doBind(localAddress != null ? localAddress : new InetSocketAddress(0));
                }
                socket.connect(Optional.of(HostChannels.endpoint(remoteAddress)));
                safeSetSuccess(promise);
                if (!wasActive) {
                    pipeline().fireChannelActive();
                }
            } catch (IOException | RuntimeException e) {
                safeSetFailure(promise, annotateConnectException(e, remoteAddress));
                closeIfClosed();
            }
        }
    }

    @Override
    protected void doBind(SocketAddress address) throws IOException {
        InetSocketAddress inet = HostChannels.resolved(address);
        try {
            socket = link.host().udp().bind(HostChannels.localAddress(inet), inet.getPort(), this);
        } catch (IllegalStateException e) {
            BindException taken = new BindException(e.getMessage());
            taken.initCause(e);
            throw taken;
        }
    }

    @Override
    protected void doDisconnect() {
        socket.connect(Optional.empty());
    }

    @Override
    protected void doClose() {
        open = false;
        if (socket != null) {
            socket.close();
        }
        queue.forEach(DatagramPacket::release);
        queue.clear();
    }

    // ---- reading

    @Override
    public void received(
            UdpSocket from, ByteBuf data, long hi, long lo, int port, IpAddress to, long now) {
        if (queue.size() >= QUEUE) {
            dropped++;
            return;
        }
        ByteBuf copy = alloc().buffer(data.readableBytes()).writeBytes(data);
        InetSocketAddress sender = HostChannels.socketAddress(Endpoint.of(hi, lo, port));
        InetSocketAddress recipient =
                HostChannels.socketAddress(new Endpoint(to, from.local().port()));
        queue.add(new DatagramPacket(copy, recipient, sender));
        deliver();
    }

    @Override
    public void refused(UdpSocket from, Endpoint remote, long now) {
        if (from.remote().isPresent()) {
            pipeline().fireExceptionCaught(new PortUnreachableException("refused by " + remote));
        }
    }

    @Override
    protected void doBeginRead() {
        reading = true;
        if (!delivering && !queue.isEmpty()) {
            eventLoop().execute(this::deliver);
        }
    }

    private void deliver() {
        if (!reading || delivering || queue.isEmpty()) {
            return;
        }
        delivering = true;
        try {
            while (reading && open && !queue.isEmpty()) {
                reading = false;
                for (int left = MESSAGES_PER_READ; left > 0 && open && !queue.isEmpty(); left--) {
                    pipeline().fireChannelRead(queue.poll());
                }
                pipeline().fireChannelReadComplete();
            }
        } finally {
            delivering = false;
        }
    }

    // ---- writing

    @Override
    protected Object filterOutboundMessage(Object message) {
        boolean fits =
                message instanceof ByteBuf
                        || message instanceof AddressedEnvelope<?, ?> envelope
                                && envelope.content() instanceof ByteBuf
                                && envelope.recipient() instanceof InetSocketAddress;
        if (!fits) {
            throw new UnsupportedOperationException(
                    "a UDP channel carries datagrams, not " + message.getClass().getName());
        }
        return message;
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) {
        long now = link.now();
        for (Object message = in.current(); message != null; message = in.current()) {
            Endpoint to;
            ByteBuf data;
            if (message instanceof AddressedEnvelope<?, ?> envelope) {
                to = HostChannels.endpoint((InetSocketAddress) envelope.recipient());
                data = (ByteBuf) envelope.content();
            } else {
                Optional<Endpoint> remote = socket.remote();
                if (remote.isEmpty()) {
                    in.remove(new NotYetConnectedException());
                    continue;
                }
                to = remote.get();
                data = (ByteBuf) message;
            }
            if (socket.send(to, data, now)) {
                in.remove();
            } else {
                in.remove(new IOException("a datagram cannot be sent to " + to));
            }
        }
        link.check();
    }
}
