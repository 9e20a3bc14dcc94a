package dev.understudy.tools.bench;

import dev.understudy.dispatcher.Understudy;
import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.Original;
import dev.understudy.dispatcher.config.PortRange;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.dispatcher.control.LoopControl;
import dev.understudy.stack.link.Wire;
import dev.understudy.stack.wire.IpAddress;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The dispatcher as {@code run} starts it, on an event loop of its own, between two wires in memory with a {@link Crowd} at
 * their outer ends. Source NAT is on, and every packet is rewritten both ways.
 */
final class CrowdedDispatcher implements AutoCloseable {
    private static final long LONGEST_OPENING_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int MOST_LOOKS = 40;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());
    private final EventLoop crowdLoop = group.next();
    private final long loopThread;
    private final Crowd crowd;
    private final Understudy understudy;

    /** What the crowd has counted, and the time that the dispatcher's loop has had on a processor. */
    record Reading(Crowd.Count packets, long loopNanos, long lookNanos) {}

    CrowdedDispatcher(int sessions) {
        try {
            EventLoop loop = group.next();
            loopThread = on(loop, () -> Thread.currentThread().getId());
            Wire left = Wire.between(Wire.End.of("clients"), Wire.End.of("us0"));
            Wire right = Wire.between(Wire.End.of("us1"), Wire.End.of("servers"));
            crowd = new Crowd(sessions, left.a(), left.b().mac(), right.b(), right.a().mac());
            crowdLoop.register(left.a()).syncUninterruptibly();
            crowdLoop.register(right.b()).syncUninterruptibly();
            loop.register(left.b()).syncUninterruptibly();
            loop.register(right.a()).syncUninterruptibly();
            understudy =
                    Understudy.start(
                            config(), left.b(), right.a(), Wire.ETHERNET_MTU, new SecureRandom());
        } catch (RuntimeException e) {
            end();
            throw e;
        }
    }

    private static Config config() {
        PortRange port = new PortRange(Crowd.ORIGINAL.port(), Crowd.ORIGINAL.port());
        ServiceConfig.Connect usual = ServiceConfig.Connect.DEFAULT;
        ServiceConfig service =
                new ServiceConfig(
                        "shop",
                        List.of(new Original(new Subnet(Crowd.ORIGINAL.address(), 32), port)),
                        Crowd.SERVERS.stream().map(ServerConfig::of).toList(),
                        new ServiceConfig.Connect(
                                ServiceConfig.Strategy.ROUND_ROBIN,
                                usual.staggerNanos(),
                                usual.timeoutNanos(),
                                usual.attempts()),
                        ServiceConfig.Recover.DEFAULT);
        return new Config(
                Config.Attach.ROUTED,
                new Config.ClientSide(
                        new Config.LinkSpec("tap", "us0", true),
                        Optional.of(new Subnet(Crowd.CLIENT_SIDE, 16))),
                new Config.NetworkSide(
                        new Config.LinkSpec("tap", "us1", true),
                        Optional.of(new Subnet(Crowd.NETWORK_SIDE, 24)),
                        Optional.of(IpAddress.parse("10.112.0.1")),
                        true),
                Config.Setup.NONE,
                List.of(service),
                Optional.empty(),
                new Limits(
                        2 * Crowd.MOST_SESSIONS,
                        Limits.DEFAULT.halfOpen(),
                        Limits.DEFAULT.store(),
                        Limits.DEFAULT.storePerSession()));
    }

    LoopControl control() {
        return understudy.control();
    }

    /** Connects every client. Returns when the last one is, or says how many were. */
    void open() throws IOException {
        on(
                crowdLoop,
                () -> {
                    crowd.open();
                    return null;
                });
        long until = System.nanoTime() + LONGEST_OPENING_NANOS;
        while (opened() < crowd.sessions()) {
            if (System.nanoTime() - until > 0) {
                throw new IOException(
                        "only " + opened() + " of " + crowd.sessions() + " sessions were opened");
            }
            // As the control API does in every program that runs.
            control().keepUp();
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private int opened() {
        return on(crowdLoop, crowd::opened);
    }

    /** Lets so many packets a second flow from now on. */
    void pace(int packetsPerSecond) {
        on(
                crowdLoop,
                () -> {
                    crowd.pace(packetsPerSecond);
                    return null;
                });
    }

    /** Lets as many packets flow as the dispatcher forwards. */
    void flood() {
        on(
                crowdLoop,
                () -> {
                    crowd.flood();
                    return null;
                });
    }

    Reading read() {
        Crowd.Count count = on(crowdLoop, crowd::count);
        return new Reading(count, THREADS.getThreadCpuTime(loopThread), control().lookNanos());
    }

    /** Sends nothing any more, and waits until nothing comes out. */
    Reading settle() {
        pace(0);
        Reading before = read();
        for (int i = 0; i < MOST_LOOKS; i++) {
            long until = System.nanoTime() + LOOK_NANOS;
            while (System.nanoTime() - until < 0) {
                LockSupport.parkNanos(LOOK_NANOS);
            }
            Reading after = read();
            if (after.packets().equals(before.packets())) {
                return after;
            }
            before = after;
        }
        return before;
    }

    private static <T> T on(EventLoop loop, Callable<T> task) {
        return loop.submit(task).syncUninterruptibly().getNow();
    }

    @Override
    public void close() {
        try {
            on(
                    crowdLoop,
                    () -> {
                        crowd.end();
                        return null;
                    });
            understudy.close();
        } finally {
            end();
        }
    }

    private void end() {
        group.shutdownGracefully(0, 2_000, TimeUnit.MILLISECONDS).awaitUninterruptibly(3_000);
    }
}
