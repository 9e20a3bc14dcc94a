package dev.understudy.stack.tcp;

import io.netty.buffer.ByteBuf;

/**
 * One connection: a {@link TcpState}, a {@link TcpSender} and a {@link TcpReceiver}, joined. Made by {@link
 * TcpStack#connect} and {@link TcpListener#accept}; what arrives is read in {@link Arrival}.
 *
 * <p><b>The application's side.</b> {@link #write} queues and {@link #flush} sends; {@link #read} hands buffers over. Calls
 * that may send take {@code now}, nanoseconds of the loop's ticker. Everything happens on one thread.
 *
 * <pre>
 *   write ─▶ flush ─▶ …            readable ─▶ read ─▶ flush (opens the window)
 *   shutdownOutput: no more from us, still reading        inputEnded: no more from the peer, still writing
 *   close: done with it, delivered in the background      abort: RST
 * </pre>
 */
public final class TcpConnection extends Flow {
    private static final long NEVER = Long.MAX_VALUE;

    final TcpConfig config;
    final ConnectionOwner owner;
    final RttEstimator rtt;
    final TcpSender sender;
    final ConnectionOutput output = new ConnectionOutput(this);
    final int iss;
    final int timestampOffset;

    /** Null before the peer's SYN. */
    TcpReceiver receiver;

    /** Null once the connection is established. */
    Handshake handshake;

    /** The listener that the connection belongs to until it is accepted, or null. */
    TcpListener listener;

    int irs;
    private PathMtus.Path path;
    int peerMss;

    /** Null where it was not agreed on. */
    Ecn ecn;

    // RFC 7323
    boolean timestamps;
    int tsRecent;
    long tsRecentAt;

    // Kept by the owner.
    int heapIndex = -1;
    long scheduledAt = NEVER;

    private TcpState state = TcpState.CLOSED;
    private TcpHandler handler = TcpHandler.NONE;
    private final ConnectionEvents events = new ConnectionEvents();
    private final ConnectionTimers timers = new ConnectionTimers(this);
    private CloseReason reason;
    private boolean closeQueued;
    private boolean appClosed;
    private boolean lingerZero;
    private boolean unreachableTold;
    private boolean inputEndTold;
    byte sendScale;
    byte receiveScale;
    boolean sack;
    private int receiveBuffer;
    private int sendBuffer;
    int receivedMss;

    TcpConnection(
            TcpConfig config,
            ConnectionOwner owner,
            long localHi,
            long localLo,
            int localPort,
            long remoteHi,
            long remoteLo,
            int remotePort,
            int iss,
            int timestampOffset,
            PathMtus.Path path) {
        super(localHi, localLo, localPort, remoteHi, remoteLo, remotePort);
        this.config = config;
        this.owner = owner;
        this.iss = iss;
        this.timestampOffset = timestampOffset;
        this.path = path;
        receiveBuffer = config.receiveBuffer();
        sendBuffer = config.sendBuffer();
        rtt = new RttEstimator(config.times().rtt());
        sender =
                new TcpSender(
                        iss + 1,
                        sendBuffer,
                        config.congestionControl().create(pathMss()),
                        rtt,
                        output);
        sender.noDelay(config.noDelay());
        sender.userTimeout(config.times().user());
    }

    // ---- opening

    /** Active open (RFC 9293 §3.10.1). */
    void open(TcpHandler application, long now) {
        handler = application;
        Handshake.connect(this, now);
        reschedule();
    }

    /** A SYN came to a listener (§3.10.7.2), or crosses ours. */
    void synReceived(Segment segment, long now) {
        Handshake.answer(this, segment, now);
        reschedule();
    }

    /** Our SYN is acknowledged and the peer's known: {@code event} is SYN_ACK or ACK_OF_SYN. */
    void established(TcpState.Event event, Segment segment, long now) {
        SenderSetup setup = handshake.complete(event, segment, now);
        handshake = null;
        sender.start(setup);
        move(event);
        if (listener == null) {
            events.add(ConnectionEvents.CONNECTED);
        }
        owner.established(this, now);
        if (closeQueued) {
            closeQueued = false;
            finish();
        }
    }

    /** An ICMP error said so; it may pass, but names the reason if time runs out. */
    void unreachableTold() {
        unreachableTold = true;
    }

    /** More is known of the path, which has become narrower, or less, so that its full width is tried anew. */
    void path(PathMtus.Path known, long now) {
        path = known;
        if (handshake == null) {
            sender.mss(Math.min(peerMss, pathMss()), now);
        }
        reschedule();
    }

    PathMtus.Path path() {
        return path;
    }

    /** Longest IP datagram that the path takes, as far as is known. */
    int mtu() {
        return path.mtu();
    }

    /** Bytes of data and TCP options in the longest segment that the path takes. */
    int pathMss() {
        return TcpConfig.mssOf(path.mtu(), isIpv6());
    }

    // ---- states

    void move(TcpState.Event event) {
        state = state.after(event);
    }

    /** Ends the connection at once, with no more segments. */
    void end(TcpState.Event event, CloseReason why, long now) {
        if (state == TcpState.CLOSED) {
            return;
        }
        move(event);
        reason = why;
        events.onlyClosed();
        handshake = null;
        sender.release();
        if (receiver != null && (why != CloseReason.GRACEFUL || appClosed)) {
            receiver.release();
        }
        owner.ended(this, now);
    }

    /** After TIME-WAIT or CLOSED was reached by both FINs. */
    private void endGracefully(long now) {
        reason = CloseReason.GRACEFUL;
        events.add(ConnectionEvents.CLOSED);
        sender.release();
        if (appClosed) {
            receiver.release();
        }
        owner.ended(this, now);
    }

    /** The peer's FIN was reached. */
    void finReached(long now) {
        move(TcpState.Event.FIN);
        if (!inputEndTold) {
            inputEndTold = true;
            events.add(ConnectionEvents.INPUT_ENDED);
        }
        if (state == TcpState.TIME_WAIT) {
            output.sendAck(now);
            endGracefully(now);
        }
    }

    /** Reads what the sender has made of an acknowledgement. */
    void acknowledged(long now) {
        events.acknowledged(sender, sendBuffer);
        if (sender.finAcknowledged() && !isClosed()) {
            move(TcpState.Event.ACK_OF_FIN);
            if (state == TcpState.FIN_WAIT_2 && appClosed) {
                timers.limitFinWait2(now);
            }
            if (state == TcpState.TIME_WAIT || state == TcpState.CLOSED) {
                endGracefully(now);
            }
        }
    }

    void toldReadable() {
        events.add(ConnectionEvents.READABLE);
    }

    /** Tells the application what has happened, then sends what is still owed. */
    void settle(long now) {
        if (!events.tell(this, now)) {
            return;
        }
        sendOwedAck(now);
        reschedule();
    }

    private void sendOwedAck(long now) {
        if (!isClosed() && receiver != null && (receiver.ackDue(now) || updateDue())) {
            output.sendAck(now);
        }
    }

    private boolean updateDue() {
        return state.isSynchronized() && state.mayReceive() && receiver.windowUpdateDue();
    }

    /** Whether no more segments come or go: CLOSED, or TIME-WAIT, which goes on without this object. */
    public boolean isClosed() {
        return state == TcpState.CLOSED || state == TcpState.TIME_WAIT;
    }

    // ---- the application's calls

    /** Whom to tell from now on. */
    public void handler(TcpHandler application) {
        handler = application;
    }

    /**
     * Queues what there is room for; {@link #flush} sends it.
     *
     * @param data bytes are taken off its front; the reference stays with the caller
     * @return how many bytes were taken; if less than all, {@link TcpHandler#writable} follows. 0 after {@link
     *     #shutdownOutput} and the end
     */
    public int write(ByteBuf data) {
        if (!state.maySend() || closeQueued) {
            return 0;
        }
        int offered = data.readableBytes();
        int taken = sender.write(data);
        if (taken < offered) {
            events.wantRoom();
        }
        return taken;
    }

    /** Sends what is queued as far as it may go, and tells the peer of a window that {@link #read} has opened. */
    public void flush(long now) {
        if (isClosed() || !state.isSynchronized()) {
            return;
        }
        sender.flush(now);
        sendOwedAck(now);
        reschedule();
    }

    /** The oldest unread buffer, or null; the caller owns it. Call {@link #flush} after the last one. */
    public ByteBuf read() {
        return receiver == null ? null : receiver.read();
    }

    /** At most {@code most} (at least 1) unread bytes, or null; the caller owns them. */
    public ByteBuf read(int most) {
        return receiver == null ? null : receiver.read(most);
    }

    /** Bytes that may be read. */
    public int readable() {
        return receiver == null ? 0 : receiver.readable();
    }

    /** Whether the peer will send no more: its FIN was reached. */
    public boolean inputEnded() {
        return receiver != null && receiver.finReached();
    }

    /** Bytes that {@link #write} would take. */
    public int room() {
        return state.maySend() && !closeQueued ? sender.room() : 0;
    }

    /** Half-close: a FIN follows what is queued. Reading goes on. */
    public void shutdownOutput(long now) {
        switch (state) {
            case SYN_SENT, SYN_RECEIVED -> closeQueued = true;
            case ESTABLISHED, CLOSE_WAIT -> {
                finish();
                flush(now);
            }
            default -> {
                // Done before, or nothing left to close.
            }
        }
    }

    private void finish() {
        move(TcpState.Event.CLOSE);
        sender.close();
    }

    /**
     * The application is done. What is queued is still delivered, in the background; but what is unread, or arrives from
     * now on, is answered by a RST (RFC 9293 §3.10.4, RFC 2525 §2.17), and so is everything with {@link #lingerZero}.
     */
    public void close(long now) {
        if (appClosed) {
            return;
        }
        if (isClosed()) {
            appClosed = true;
            if (receiver != null) {
                receiver.release();
            }
            return;
        }
        if (state == TcpState.SYN_SENT) {
            end(TcpState.Event.CLOSE, CloseReason.ABORTED, now);
            settle(now);
            return;
        }
        if (lingerZero || readable() > 0) {
            abort(now);
            return;
        }
        appClosed = true;
        sender.orphan();
        if (state == TcpState.FIN_WAIT_2) {
            timers.limitFinWait2(now);
            reschedule();
        }
        shutdownOutput(now);
    }

    /** Ends it at once, with a RST where the peer knows of the connection (RFC 9293 §3.10.5). */
    public void abort(long now) {
        if (isClosed()) {
            close(now);
            return;
        }
        if (state != TcpState.SYN_SENT) {
            output.sendReset(now);
        }
        appClosed = true;
        end(TcpState.Event.ABORT, CloseReason.ABORTED, now);
        settle(now);
    }

    // ---- options

    /** TCP_NODELAY: Nagle's algorithm off. */
    public void noDelay(boolean value) {
        sender.noDelay(value);
    }

    /** SO_KEEPALIVE, with the times of the configuration. */
    public void keepAlive(boolean on) {
        TcpTimes times = config.times();
        if (on) {
            keepAlive(times.keepIdle(), times.keepInterval(), times.keepCount());
        } else {
            timers.keepAlive(null);
        }
    }

    /** SO_KEEPALIVE with TCP_KEEPIDLE, TCP_KEEPINTVL (nanoseconds) and TCP_KEEPCNT. */
    public void keepAlive(long idle, long interval, int count) {
        timers.keepAlive(new KeepAlive(idle, interval, count));
        reschedule();
    }

    /** TCP_USER_TIMEOUT (RFC 5482) in nanoseconds, 0 for never. */
    public void userTimeout(long nanos) {
        sender.userTimeout(nanos);
        reschedule();
    }

    /** SO_SNDBUF. */
    public void sendBuffer(int bytes) {
        sendBuffer = bytes;
        sender.bufferBytes(bytes);
    }

    /** SO_RCVBUF. The window scale is settled with the SYN, so a buffer set later is best no larger than before. */
    public void receiveBuffer(int bytes) {
        receiveBuffer = bytes;
        if (receiver != null) {
            receiver.bufferBytes(bytes);
        }
    }

    /** SO_LINGER with time 0: {@link #close} aborts. */
    public void lingerZero(boolean value) {
        lingerZero = value;
    }

    /** Asks for one {@link TcpHandler#drained} when all that is written has been acknowledged. */
    public void tellWhenDrained() {
        events.wantDrained();
    }

    /** A RST because data came for an application that has gone (RFC 9293 §3.10.7.4 names it in CLOSE). */
    void resetOrphan(long now) {
        output.sendReset(now);
        end(TcpState.Event.ABORT, CloseReason.RESET, now);
    }

    // ---- time

    void heard(int dataUnit, long now) {
        receivedMss = Math.max(receivedMss, dataUnit);
        timers.heard(now);
    }

    long nextDeadline() {
        return timers.next();
    }

    void onDeadline(long now) {
        timers.onDeadline(now);
    }

    /** Why a connection ends that was never answered. */
    CloseReason reasonForSilence() {
        return unreachableTold ? CloseReason.UNREACHABLE : CloseReason.TIMED_OUT;
    }

    private void reschedule() {
        long at = nextDeadline();
        if (at < scheduledAt) {
            owner.schedule(this, at);
        }
    }

    // ---- what there is to see

    public TcpState state() {
        return state;
    }

    /** How it ended, once {@link TcpHandler#closed} was told; else null. */
    public CloseReason closeReason() {
        return reason;
    }

    TcpHandler handler() {
        return handler;
    }

    boolean appClosed() {
        return appClosed;
    }

    int sendBuffer() {
        return sendBuffer;
    }

    int receiveBuffer() {
        return receiveBuffer;
    }

    int offeredScale() {
        return ReceiverSetup.scaleFor(Math.max(receiveBuffer, config.receiveBuffer()));
    }

    /** What TCP_INFO would tell. */
    public TcpInfo info() {
        return TcpInfo.of(this);
    }

    @Override
    public String toString() {
        return local() + " > " + remote() + ' ' + state;
    }
}
