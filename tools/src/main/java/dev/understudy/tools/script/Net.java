package dev.understudy.tools.script;

import dev.understudy.stack.tcp.TcpConfig;
import dev.understudy.stack.tcp.TcpConnection;
import dev.understudy.stack.tcp.TcpHandler;
import dev.understudy.stack.tcp.TcpLimits;
import dev.understudy.stack.tcp.TcpListener;
import dev.understudy.stack.tcp.TcpStack;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.tools.script.language.Action.TcpSegment;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * The stack under test with the network around it: one address of ours, one of the peer's, and between them whatever the
 * script says. Secrets are drawn from a fixed seed, so that a run is the same each time.
 */
final class Net {
    static final int LOCAL_PORT = 8080;
    static final int REMOTE_PORT = 8080;

    /** A clock that does not begin at 0 finds who takes 0 for never. */
    private static final long START = 1_000_000_000_000L;

    private static final long SEED = 793;
    private static final int FIRST_REMOTE_PORT = 40_001;

    private final IpAddress local;
    private final IpAddress remote;
    private final TcpConfig config;
    private final TcpStack stack;
    private final Injector injector;
    private final Packet packet = new Packet();
    private final IcmpQuote quote = new IcmpQuote();
    private final Map<Integer, Flow> flows = new HashMap<>();
    private Flow current;
    private int nextRemotePort = FIRST_REMOTE_PORT;

    /** @param sent is given each frame that our stack sends, which it does not own */
    Net(Settings settings, Consumer<ByteBuf> sent) {
        // Script frames are many, small and short-lived: heap buffers that nobody has to pool.
        ByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        local = IpAddress.parse(settings.ipv6() ? "fd3d:fa7b:d17d::1" : "192.168.0.1");
        remote = IpAddress.parse(settings.ipv6() ? "2001:db8::1" : "192.0.2.1");
        config = settings.tcp();
        stack =
                new TcpStack(
                        config,
                        TcpLimits.DEFAULT,
                        new SplittableRandom(SEED),
                        allocator,
                        (out, now) -> sent.accept(out.frame()));
        injector = new Injector(allocator);
    }

    Injector injector() {
        return injector;
    }

    // ---- time

    /** In the script's time. */
    long nextDeadline() {
        long deadline = stack.nextDeadline();
        return deadline == Long.MAX_VALUE ? deadline : deadline - START;
    }

    void onDeadline(long now) {
        stack.onDeadline(START + now);
    }

    /** The script is over: lets go of everything. */
    void close(long now) {
        stack.close(START + now);
    }

    /** The stack's time, for calls on its connections. */
    static long stackTime(long now) {
        return START + now;
    }

    // ---- packets

    /** Hands a frame to the stack, and lets go of it. */
    void deliver(ByteBuf frame, long now) {
        if (packet.parse(frame) == Packet.Parse.OK) {
            if (packet.isTcp()) {
                stack.onPacket(packet, START + now);
            } else if (packet.isIcmp() && quote.parse(packet)) {
                stack.onIcmpError(packet, quote, START + now);
            }
        }
        frame.release();
    }

    /** A socket was made: what follows is about a connection of its own. */
    void newSocket() {
        current = null;
    }

    /** The connection that packets without ports belong to, or null. */
    Flow current() {
        return current;
    }

    /** The connection of an injected segment, which may be its first. */
    Flow flowOf(TcpSegment segment) {
        int port = segment.ports().source();
        if (port == 0 && current == null) {
            port = nextRemotePort++;
        }
        if (port != 0) {
            int to = segment.ports().destination();
            current =
                    flows.computeIfAbsent(
                            port,
                            from ->
                                    new Flow(
                                            new Endpoint(local, to == 0 ? LOCAL_PORT : to),
                                            new Endpoint(remote, from)));
        }
        return current;
    }

    // ---- sockets

    TcpListener listen(int port, int backlog, SocketOptions options) {
        current = null;
        return stack.listen(local, port, backlog, options.configure(config), (listener, now) -> {});
    }

    TcpConnection connect(
            int localPort,
            int remotePort,
            SocketOptions options,
            TcpHandler handler,
            long stackNow) {
        TcpConnection connection =
                stack.connect(
                        local,
                        localPort,
                        remote,
                        remotePort,
                        options.configure(config),
                        handler,
                        stackNow);
        current = new Flow(connection.local(), connection.remote());
        flows.put(remotePort, current);
        return connection;
    }
}
