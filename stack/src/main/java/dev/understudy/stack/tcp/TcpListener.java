package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import java.util.ArrayDeque;
import java.util.function.BiConsumer;

/**
 * A port that waits for connections (RFC 9293 §3.10.7.2), with two queues:
 *
 * <pre>
 *   SYN ──▶ SYN queue (SYN-RECEIVED) ──▶ ACK ──▶ accept queue (ESTABLISHED) ──▶ accept()
 * </pre>
 *
 * <b>Limits.</b> Each queue holds at most the backlog. With the SYN queue full, a SYN is answered by a {@link SynCookies
 * cookie} and costs no memory; with the accept queue full, SYNs and handshakes' last segments are dropped and counted. A
 * full queue never resets: the peer tries again, and finds room.
 */
public final class TcpListener {
    /** A cookie is believed for so long after the queue was full. */
    private static final long COOKIE_NANOS = 120_000_000_000L;

    final TcpStack stack;
    final TcpConfig config;
    final long localHi;
    final long localLo;
    final boolean anyAddress;
    final int port;

    /** Next listener in the stack's chain. */
    TcpListener next;

    private final BiConsumer<TcpListener, Long> acceptable;
    private final ArrayDeque<TcpConnection> accepted = new ArrayDeque<>();
    private int backlog;
    private int opening;
    private boolean closed;
    private long lastFull = Long.MIN_VALUE;

    TcpListener(
            TcpStack stack,
            TcpConfig config,
            long localHi,
            long localLo,
            int port,
            int backlog,
            BiConsumer<TcpListener, Long> acceptable) {
        this.stack = stack;
        this.config = config;
        this.localHi = localHi;
        this.localLo = localLo;
        anyAddress = (localHi | localLo) == 0;
        this.port = port;
        this.backlog = Math.max(1, backlog);
        this.acceptable = acceptable;
    }

    boolean listensOn(long hi, long lo, int atPort) {
        return port == atPort && (anyAddress || localHi == hi && localLo == lo);
    }

    // ---- the application's side

    /**
     * The connection that has waited longest, or null. It is established or further; {@link TcpConnection#readable()} and
     * {@link TcpConnection#inputEnded} tell what has come meanwhile. Give it a {@link TcpConnection#handler} at once.
     */
    public TcpConnection accept() {
        return accepted.poll();
    }

    /** The port it listens on. */
    public int port() {
        return port;
    }

    /** Changes the limit of both queues. */
    public void backlog(int connections) {
        backlog = Math.max(1, connections);
    }

    /** Listens no more. What is in the queues is aborted (RFC 9293 §3.10.4). */
    public void close(long now) {
        if (!closed) {
            closed = true;
            stack.closeListener(this, now);
            for (TcpConnection c = accepted.poll(); c != null; c = accepted.poll()) {
                c.abort(now);
            }
        }
    }

    // ---- segments for no connection

    void onSegment(SegmentEnds ends, Segment segment, long now) {
        if (segment.has(Tcp.RST)) {
            stack.count(TcpCounter.DROPPED_STRAY_RESET);
        } else if (segment.has(Tcp.ACK)) {
            if (!takeCookie(ends, segment, now)) {
                stack.answers().reset(ends, segment, now);
            }
        } else if (segment.has(Tcp.SYN) && !segment.has(Tcp.FIN)) {
            syn(ends, segment, now);
        } else {
            stack.count(TcpCounter.DROPPED_NO_FLAGS);
        }
    }

    private void syn(SegmentEnds ends, Segment segment, long now) {
        if (accepted.size() >= backlog) {
            stack.count(TcpCounter.DROPPED_BACKLOG_FULL);
            return;
        }
        if (opening >= backlog) {
            lastFull = now;
            sendCookie(ends, segment, now);
            return;
        }
        TcpConnection connection = stack.table().create(config, ends, now);
        if (connection == null) {
            stack.count(TcpCounter.DROPPED_TABLE_FULL);
            return;
        }
        connection.listener = this;
        opening++;
        connection.synReceived(segment, now);
    }

    private void sendCookie(SegmentEnds ends, Segment segment, long now) {
        int cookie =
                stack.cookies()
                        .cookie(
                                ends.localHi,
                                ends.localLo,
                                ends.localPort,
                                ends.remoteHi,
                                ends.remoteLo,
                                ends.remotePort,
                                segment.seq(),
                                segment.mss() < 0 ? 536 : segment.mss(),
                                now);
        PathMtus paths = stack.table().paths();
        int mtu = paths.to(ends.remoteHi, ends.remoteLo, config.mtu(), now).mtu();
        TcpOptionWriter options = stack.table().options();
        options.mss(TcpConfig.mssOf(mtu, ends.isIpv6()));
        if (config.timestamps() && segment.hasTimestamps()) {
            int scale = config.windowScaling() ? segment.windowScale() : -1;
            boolean sack = config.sack() && segment.sackPermitted();
            int clock = TimestampClock.value(now, stack.table().timestampOffset(ends));
            options.timestamps(SynCookies.timestamp(clock, scale, sack), segment.tsVal());
            options.windowScale(scale >= 0 ? config.offeredScale() : -1);
            options.sackPermitted(sack);
        }
        stack.count(TcpCounter.SYN_COOKIES_SENT);
        stack.answers()
                .send(
                        ends,
                        cookie,
                        segment.seq() + 1,
                        Tcp.SYN | Tcp.ACK,
                        Math.min(0xFFFF, config.receiveBuffer()),
                        options,
                        now);
    }

    /** Whether an ACK for no connection acknowledges a cookie; then it becomes a connection. */
    private boolean takeCookie(SegmentEnds ends, Segment segment, long now) {
        if (lastFull == Long.MIN_VALUE || now - lastFull > COOKIE_NANOS || segment.has(Tcp.SYN)) {
            return false;
        }
        int cookie = segment.ack() - 1;
        int peerIsn = segment.seq() - 1;
        int mss =
                stack.cookies()
                        .check(
                                cookie,
                                ends.localHi,
                                ends.localLo,
                                ends.localPort,
                                ends.remoteHi,
                                ends.remoteLo,
                                ends.remotePort,
                                peerIsn,
                                now);
        if (mss < 0) {
            return false;
        }
        if (!hasRoom()) {
            stack.count(TcpCounter.DROPPED_ACCEPT_QUEUE_FULL);
            return true;
        }
        TcpConnection connection = stack.table().create(config, ends, cookie, now);
        if (connection == null) {
            stack.count(TcpCounter.DROPPED_TABLE_FULL);
            return true;
        }
        stack.count(TcpCounter.SYN_COOKIES_TAKEN);
        boolean echoed = segment.hasTimestamps() && config.timestamps();
        connection.listener = this;
        opening++;
        Handshake.resume(
                connection,
                peerIsn,
                mss,
                echoed && config.windowScaling() ? SynCookies.scale(segment.tsEcr()) : -1,
                echoed && config.sack() && SynCookies.sack(segment.tsEcr()),
                segment,
                now);
        Arrival.process(connection, segment, now);
        connection.settle(now);
        return true;
    }

    // ---- the queues

    boolean hasRoom() {
        return accepted.size() < backlog;
    }

    void established(TcpConnection connection, long now) {
        opening--;
        connection.listener = null;
        accepted.add(connection);
        stack.tellAcceptable(this);
    }

    void tell(long now) {
        if (!closed && !accepted.isEmpty()) {
            acceptable.accept(this, now);
        }
    }

    /** A connection of the SYN queue has ended. */
    void ended() {
        opening--;
    }

    /** Connections in SYN-RECEIVED. */
    public int opening() {
        return opening;
    }

    /** Connections that wait for {@link #accept}. */
    public int waiting() {
        return accepted.size();
    }
}
