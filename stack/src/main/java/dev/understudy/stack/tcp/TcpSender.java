package dev.understudy.stack.tcp;

import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;

/**
 * The sending half of a connection: takes bytes, puts them into segments as the peer's window and the congestion window
 * allow, and answers for them until they are acknowledged. Usable by itself, from any sequence number on: whoever owns
 * bytes in the middle of a connection owns them through one of these.
 *
 * <pre>
 *   write ─▶ Transmitter ─▶ SegmentOutput          what goes out when
 *                ▲
 *   onAck ─▶ SendWindow, SackReader ─▶ Scoreboard ─▶ Recovery ─▶ CongestionControl
 *   onDeadline ─▶ SendTimers ─▶ retransmission, TailProbe, Rack, window probe
 * </pre>
 *
 * <p><b>Timers.</b> Retransmission (RFC 6298); tail loss probe (RFC 8985 §7) before it; RACK's reordering; persistence while
 * the window is shut (§3.8.6.1), which backs off but never ends while the peer answers; and the user time-out (RFC 5482),
 * after which the sender has {@link #failed}.
 *
 * <p>{@link #write} and {@link #close} only queue; {@link #flush} sends. A buffer is retained from write to
 * acknowledgement; {@link #release} lets go of the rest.
 */
public final class TcpSender implements Timed {
    private static final long NEVER = Long.MAX_VALUE;

    /** RFC 9293 §3.8.6.2.1: when a window stays too small for a full segment, send a small one after this. */
    private static final long SILLY_WINDOW_NANOS = 200_000_000L;

    private final RttEstimator rtt;
    private final CongestionControl control;
    private final Transmitter out;
    private final Rack rack;
    private final Scoreboard board;
    private final Recovery recovery;
    private final SendTimers timers;
    private final TailProbe tail;
    private final SackReader sacks;
    private final SendWindow window = new SendWindow();

    private boolean sack;
    private boolean timestamps;
    private int timestampOffset;
    private int bufferBytes;
    private boolean started;
    private boolean failed;

    /** Null where it was not agreed on. */
    private Ecn ecn;

    /** A sender that may send at once. */
    public TcpSender(
            SenderSetup setup,
            CongestionControl.Factory control,
            RttEstimator rtt,
            SegmentOutput output) {
        this(setup.firstSeq(), setup.bufferBytes(), control.create(setup.mss()), rtt, output);
        start(setup);
    }

    /** A sender that queues until {@link #start}. */
    TcpSender(
            int firstSeq,
            int bufferBytes,
            CongestionControl control,
            RttEstimator rtt,
            SegmentOutput output) {
        this.rtt = rtt;
        this.control = control;
        this.bufferBytes = bufferBytes;
        rack = new Rack(rtt);
        board = new Scoreboard(firstSeq, rack);
        recovery = new Recovery(board, rack, control, rtt);
        timers = new SendTimers(rtt);
        tail = new TailProbe(control);
        sacks = new SackReader(board, rack);
        out = new Transmitter(this, firstSeq, output, control, board, recovery, timers, window);
    }

    /** The handshake is done: this is what was agreed on. */
    void start(SenderSetup setup) {
        out.start(setup);
        sack = setup.sack();
        timestamps = setup.timestamps();
        timestampOffset = setup.timestampOffset();
        window.start(setup.window(), setup.windowScale());
        control.mss(setup.mss());
        control.start(setup.startWindow());
        started = true;
    }

    /** Both ends agreed on RFC 3168. */
    void ecn(Ecn agreed) {
        ecn = agreed;
        out.ecn(agreed);
    }

    // ---- the application's side

    /**
     * Queues what there is room for.
     *
     * @param data bytes are taken off its front; the reference stays with the caller
     * @return how many bytes were taken
     */
    public int write(ByteBuf data) {
        if (out.finQueued() || failed) {
            return 0;
        }
        int bytes = Math.min(room(), data.readableBytes());
        out.buffer().append(data, bytes);
        return bytes;
    }

    /** No more will be written: a FIN follows what is queued. */
    public void close() {
        out.queueFin();
    }

    /** Sends what may be sent. */
    public void flush(long now) {
        if (!started || failed) {
            return;
        }
        restartAfterIdle(now);
        out.send(now);
        arm(now);
    }

    /** Lets go of all buffers and timers; the sender is of no further use. */
    public void release() {
        out.buffer().releaseAll();
        failed = true;
        timers.clear();
    }

    private void restartAfterIdle(long now) {
        long idle = now - out.lastSentAt();
        if (board.isEmpty() && idle > rtt.rto() && rtt.hasSample()) {
            int restart = Math.min(SenderSetup.initialWindow(mss()), control.cwnd());
            control.onIdle(idle, rtt.rto(), restart);
            out.touch(now);
        }
    }

    // ---- acknowledgements

    /**
     * Takes the acknowledgement, window, SACK blocks and echoed timestamp of a segment whose sequence number is
     * acceptable and whose ACK flag is set. One that acknowledges what was never sent is ignored: its answer is the
     * receiver's. Sends what it sets free.
     */
    public void onAck(Segment segment, long now) {
        int ack = segment.ack();
        int una = out.una();
        if (!started
                || failed
                || SeqNum.gt(ack, out.max())
                || SeqNum.lt(ack, una - window.largest())) {
            return;
        }
        boolean outstanding = !board.isEmpty();
        boolean echo = ecn != null && segment.has(Tcp.ECE);
        int flight = board.outstanding();
        boolean limited =
                !echo
                        && (out.isCwndLimited()
                                || control.cwnd() < control.ssthresh()
                                        && 2L * flight >= control.cwnd());
        int oldWindow = window.bytes();
        if (SeqNum.ge(ack, una)) {
            window.update(segment);
        }
        int acked = Math.max(0, ack - una);
        boolean duplicate =
                outstanding
                        && ack == una
                        && segment.seqLength() == 0
                        && (window.bytes() == oldWindow || segment.sackBlocks() > 0);
        boolean again = acked > 0 && outstanding && board.isRetransmitted(0);
        long resentAt = again ? board.sentAt(0) : NEVER;
        board.beginAck();
        if (acked > 0) {
            board.ack(ack, now);
            out.acknowledged(ack);
            una = ack;
            if (ecn != null) {
                ecn.acknowledged(una);
            }
        }
        boolean dsack = sack && sacks.read(segment, una, out.next(), now);
        measure(segment, again, resentAt, now);
        timers.acknowledged(acked > 0, window.isShut(), board.isEmpty(), now);
        if (acked > 0 && timestamps && segment.hasTimestamps()) {
            if (recovery.undoIfSpurious(segment.tsEcr())) {
                rack.reordered();
            }
        }
        tail.onAck(una, acked > 0, dsack, duplicate, board, now);
        if (recovery.onAck(una, out.next(), acked, duplicate, limited, sack, mss(), now)) {
            out.forceOne();
        }
        if (echo && ecn.heed(out.next())) {
            recovery.onMark(flight, now);
        }
        flush(now);
    }

    private void measure(Segment segment, boolean again, long resentAt, long now) {
        if (board.sampled()) {
            rtt.sample(now - board.earliestSample(), now - board.latestSample());
        } else if (again
                && timestamps
                && segment.hasTimestamps()
                && SeqNum.ge(segment.tsEcr(), TimestampClock.value(resentAt, timestampOffset))) {
            // Karn has no sample, but the echo tells that it answers the last transmission (RFC
            // 7323 §4). An older echo may be one that the receiver could not renew, and is none.
            rtt.sample(now - resentAt, Long.MAX_VALUE);
        }
    }

    // ---- time

    @Override
    public long nextDeadline() {
        return failed ? NEVER : timers.next();
    }

    @Override
    public void onDeadline(long now) {
        if (failed) {
            return;
        }
        if (timers.gaveUp(now)) {
            failed = true;
            timers.clear();
            return;
        }
        switch (timers.due(now)) {
            case NONE -> {
                return;
            }
            case REORDERING -> {
                if (recovery.onReorderingTimer(out.next(), mss(), now)) {
                    out.forceOne();
                }
            }
            case TAIL -> {
                out.probeTail(tail, now);
                timers.probed(now);
            }
            case PERSIST -> persist(now);
            case RETRANSMIT -> {
                recovery.onTimeout(out.next(), now);
                tail.end();
                timers.timedOut(now);
                out.forceOne();
            }
        }
        flush(now);
    }

    private void persist(long now) {
        if (out.windowIsFull()) {
            timers.persisted(now);
            out.probeWindow(now);
        } else {
            out.overrideSilly();
        }
    }

    private void arm(long now) {
        if (!board.isEmpty()) {
            long reordering = recovery.reorderingDeadline();
            boolean probe =
                    sack
                            && recovery.phase() == Recovery.Phase.OPEN
                            && !tail.isOut()
                            && board.sackedBytes() == 0;
            timers.armInFlight(
                    reordering, probe, board.outstanding() <= mss(), out.lastSentAt(), now);
        } else if (out.next() != out.end()) {
            timers.armPersist(out.windowIsFull() ? 0 : SILLY_WINDOW_NANOS, now);
        } else {
            timers.disarm();
        }
    }

    // ---- what else may be set

    /** Whether small segments go out while others are in flight: Nagle's algorithm off. */
    public void noDelay(boolean value) {
        out.noDelay(value);
    }

    /** How long data may stay unacknowledged before the sender has {@link #failed}; nanoseconds, 0 for never. */
    public void userTimeout(long nanos) {
        timers.userTimeout(nanos);
    }

    /** Nobody waits for this any more: a peer whose window stays shut is no longer waited for beyond the user time-out. */
    void orphan() {
        timers.orphan();
    }

    /** The most data queued; what is queued already stays. */
    public void bufferBytes(int bytes) {
        bufferBytes = bytes;
    }

    /**
     * The path takes no more than this (RFC 1191, RFC 8201): what is out is sent again in smaller pieces, with no
     * congestion response. Larger values than the present one only serve what follows.
     */
    public void mss(int bytes, long now) {
        boolean smaller = bytes < mss();
        out.mss(Math.max(SenderSetup.MIN_MSS, bytes));
        control.mss(mss());
        if (smaller) {
            board.markAllLost();
            out.forceOne();
            flush(now);
        }
    }

    // ---- what there is to see

    /** Copies {@code length} bytes that were {@link SegmentOutput#transmit transmitted} from {@code seq} on to {@code at}. */
    public void copy(int seq, int length, ByteBuf to, int at) {
        if (length > 0) {
            out.buffer().copy(seq, length, to, at);
        }
    }

    /** Bytes that {@link #write} would take. */
    public int room() {
        return Math.max(0, bufferBytes - out.buffer().bytes());
    }

    /** Bytes queued, sent or not. */
    public int queued() {
        return out.buffer().bytes();
    }

    /** SND.UNA: the first sequence number not acknowledged. */
    public int unacknowledged() {
        return out.una();
    }

    /** SND.NXT: the next to be sent. */
    public int nextSeq() {
        return out.next();
    }

    /** Behind the last sequence number ever sent: what a peer may acknowledge at most. */
    public int maxSent() {
        return out.max();
    }

    /** The sequence number that the next written byte will have, and the FIN. */
    public int endSeq() {
        return out.buffer().endSeq();
    }

    /** Everything that was written has arrived, and the FIN if there is one. */
    public boolean allAcknowledged() {
        return out.una() == out.end();
    }

    public boolean finQueued() {
        return out.finQueued();
    }

    public boolean finAcknowledged() {
        return out.finQueued() && allAcknowledged();
    }

    /** The peer left data unacknowledged for the user time-out, or {@link #release} was called. */
    public boolean failed() {
        return failed;
    }

    /** SND.WND in bytes. */
    public int window() {
        return window.bytes();
    }

    /** The largest SND.WND seen. */
    public int maxWindow() {
        return window.largest();
    }

    public int mss() {
        return out.mss();
    }

    /** Bytes in flight by RFC 6675's reckoning. */
    public int inFlight() {
        return recovery.pipe(mss());
    }

    /** Sent again so far, in segments or super-segments. */
    public long retransmits() {
        return out.retransmits();
    }

    /** Bytes marked lost at the moment. */
    public int lost() {
        return board.lostBytes();
    }

    /** Bytes that the peer reported by SACK at the moment. */
    public int sacked() {
        return board.sackedBytes();
    }

    /** Whether routers may mark the segment that is being transmitted (RFC 3168 §6.1.2). */
    boolean isEcnCapable() {
        return out.isCapable();
    }

    public boolean inRecovery() {
        return recovery.phase() != Recovery.Phase.OPEN;
    }

    public CongestionControl congestionControl() {
        return control;
    }

    public RttEstimator rtt() {
        return rtt;
    }
}
