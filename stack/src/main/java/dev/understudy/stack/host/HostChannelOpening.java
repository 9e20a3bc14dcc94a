package dev.understudy.stack.host;

import dev.understudy.stack.tcp.CloseReason;
import dev.understudy.stack.tcp.TcpConnection;
import dev.understudy.stack.tcp.TcpHandler;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * How a {@link HostChannel} that connects is opened: from the choice of our own end to the peer's answer, or to what came
 * instead of it. One promise is kept or broken; without any of them the time-out breaks it.
 */
final class HostChannelOpening {
    private final HostLink link;
    private Endpoint bound;
    private ChannelPromise promise;
    private Future<?> timeout;

    HostChannelOpening(HostLink link) {
        this.link = link;
    }

    /** Speaks from this end, or from any address or port where it has none. */
    void bind(SocketAddress address) {
        bound =
                new Endpoint(
                        HostChannels.localAddress(address),
                        HostChannels.resolved(address).getPort());
    }

    /** Whether the peer's answer is awaited. */
    boolean isUnderWay() {
        return promise != null;
    }

    /**
     * Sends the SYN.
     *
     * @throws NoRouteToHostException if no way leads there
     */
    TcpConnection begin(Endpoint to, TcpHandler handler, ChannelPromise whenDone)
            throws NoRouteToHostException {
        long now = link.now();
        Host host = link.host();
        boolean chosen = bound != null && (bound.address().hi() | bound.address().lo()) != 0;
        Optional<IpAddress> local =
                chosen ? Optional.of(bound.address()) : host.source(to.address(), now);
        if (local.isEmpty() || !host.hasRoute(to.address())) {
            throw new NoRouteToHostException("no way from here to " + to.address());
        }
        TcpConnection connection =
                host.tcp()
                        .connect(
                                local.get(),
                                bound == null ? 0 : bound.port(),
                                to.address(),
                                to.port(),
                                handler,
                                now);
        promise = whenDone;
        return connection;
    }

    /** Runs the task unless the opening ends before; 0 milliseconds for never. */
    void limit(int millis, Runnable task) {
        if (millis > 0 && isUnderWay()) {
            timeout = link.loop().schedule(task, millis, TimeUnit.MILLISECONDS);
        }
    }

    /** The peer has answered. False if nobody wants it any more. */
    boolean succeed() {
        ChannelPromise done = over();
        return done == null || done.trySuccess() || done.isSuccess();
    }

    /** It came to nothing. */
    void fail(IOException cause) {
        ChannelPromise done = over();
        if (done != null) {
            done.tryFailure(cause);
        }
    }

    /** The channel is closed, whether or not there was an answer. */
    void close() {
        if (isUnderWay()) {
            fail(new ClosedChannelException());
        }
    }

    private ChannelPromise over() {
        ChannelPromise done = promise;
        promise = null;
        if (timeout != null) {
            timeout.cancel(false);
            timeout = null;
        }
        return done;
    }

    /** What a connection that ended before it was one is to an application. */
    static IOException failure(CloseReason reason, Endpoint to) {
        return switch (reason) {
            case REFUSED, RESET -> new ConnectException("Connection refused: " + to);
            case UNREACHABLE -> new NoRouteToHostException("no route to " + to);
            default -> new ConnectTimeoutException("no answer from " + to);
        };
    }
}
