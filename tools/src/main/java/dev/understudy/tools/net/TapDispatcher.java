package dev.understudy.tools.net;

import dev.understudy.dispatcher.Understudy;
import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Config.LinkSpec;
import dev.understudy.stack.link.TapChannel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;

/**
 * A dispatcher between two hosts of a {@link Topology}, on an event loop of its own. It needs no namespace: a TAP device
 * belongs to the namespace in which it was opened, and its other end is a file descriptor of this process.
 */
public final class TapDispatcher implements AutoCloseable {
    private final EventLoopGroup group;
    private final Understudy understudy;

    private TapDispatcher(EventLoopGroup group, Understudy understudy) {
        this.group = group;
        this.understudy = understudy;
    }

    /**
     * Opens the two TAP devices of the configuration, one in each host, and dispatches between them. They are there
     * when this returns, but down and without addresses.
     *
     * @throws dev.understudy.stack.link.LinkException if a device cannot be opened
     */
    public static TapDispatcher start(Config config, Host client, Host network) throws IOException {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            TapChannel up = open(config.client().link(), client, group);
            TapChannel down = open(config.network().link(), network, group);
            int mtu = Math.min(up.mtu(), down.mtu());
            return new TapDispatcher(
                    group, Understudy.start(config, up, down, mtu, new SecureRandom()));
        } catch (IOException | RuntimeException e) {
            end(group);
            throw e;
        }
    }

    private static TapChannel open(LinkSpec link, Host host, EventLoopGroup group)
            throws IOException {
        TapChannel tap =
                host.namespace()
                        .call(() -> TapChannel.open(link.name(), link.offload(), link.bare()));
        group.register(tap).syncUninterruptibly();
        return tap;
    }

    public Understudy understudy() {
        return understudy;
    }

    /** Ends the sessions, and takes the devices away. */
    @Override
    public void close() {
        try {
            understudy.close();
        } finally {
            end(group);
        }
    }

    private static void end(EventLoopGroup group) {
        // Closes what is registered: the links, and with them the devices. A loop without a
        // quiet period may end before it gets there.
        group.shutdownGracefully(20, 2_000, TimeUnit.MILLISECONDS).awaitUninterruptibly(3_000);
    }
}
