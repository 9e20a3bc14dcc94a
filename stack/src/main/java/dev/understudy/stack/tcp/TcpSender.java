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
 *     SND.UNA              SND.NXT             end of the buffer
 *        │ sent, scoreboard   │ queued            │ FIN
 *   ─────┴────────────────────┴───────────────────┴─────
 * </pre>
 *
 * <b>What goes out when.</b> Lost segments first (RFC 6675 NextSeg), then new ones: full segments as the windows allow, a
 * small one only if nothing is in flight (Nagle, RFC 9293 §3.7.4) or with {@link #noDelay}, and never a silly one that a
 * small window would force (§3.8.6.2.1). Full segments that go out together are one super-segment where the setup allows.
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

    private final SegmentOutput output;
    private final RttEstimator rtt;
    private final CongestionControl control;
    private final SendBuffer buffer;
    private final Rack rack;
    private final Scoreboard board;
    private final Recovery recovery;
    private final SendTimers timers;
    private final TailProbe tail;
    private final SackReader sacks;
    private final SendWindow window = new SendWindow();

    private int mss;
    private boolean sack;
    private boolean timestamps;
    private int timestampOffset;
    private int superBytes;
    private int bufferBytes;
    private boolean started;

    private int una;
    private int next;

    /** Behind the last byte ever sent: {@code next}, or one more while a window probe is out. */
    private int max;

    private boolean noDelay;
    private boolean finQueued;
    private boolean failed;
    private boolean cwndLimited;
    private boolean overrideSilly;

    /** The next segment goes out whatever the congestion window: the first of a recovery (RFC 6675 §5, 4.3), or a probe. */
    private boolean forceOne;

    private long lastSentAt = NEVER;
    private long retransmits;

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
        this.output = output;
        this.rtt = rtt;
        this.control = control;
        this.bufferBytes = bufferBytes;
        buffer = new SendBuffer(firstSeq);
        rack = new Rack(rtt);
        board = new Scoreboard(firstSeq, rack);
        recovery = new Recovery(board, rack, control, rtt);
        timers = new SendTimers(rtt);
        tail = new TailProbe(control);
        sacks = new SackReader(board, rack);
        una = firstSeq;
        next = firstSeq;
        max = firstSeq;
    }

    /** The handshake is done: this is what was agreed on. */
    void start(SenderSetup setup) {
        mss = setup.mss();
        sack = setup.sack();
        timestamps = setup.timestamps();
        timestampOffset = setup.timestampOffset();
        superBytes = setup.superSegmentBytes();
        window.start(setup.window(), setup.windowScale());
        control.mss(mss);
        control.start(setup.startWindow());
        started = true;
    }

    // ---- the application's side

    /**
     * Queues what there is room for.
     *
     * @param data bytes are taken off its front; the reference stays with the caller
     * @return how many bytes were taken
     */
    public int write(ByteBuf data) {
        if (finQueued || failed) {
            return 0;
        }
        int bytes = Math.min(room(), data.readableBytes());
        buffer.append(data, bytes);
        return bytes;
    }

    /** No more will be written: a FIN follows what is queued. */
    public void close() {
        finQueued = true;
    }

    /** Sends what may be sent. */
    public void flush(long now) {
        if (!started || failed) {
            return;
        }
        restartAfterIdle(now);
        cwndLimited = false;
        while (board.bytesToResend() > 0 ? resendLost(now) : sendNew(now)) {
            // Until a window is full or there is nothing left.
        }
        forceOne = false;
        arm(now);
    }

    /** Lets go of all buffers and timers; the sender is of no further use. */
    public void release() {
        buffer.releaseAll();
        failed = true;
        timers.clear();
    }

    // ---- sending

    private boolean resendLost(long now) {
        int run = board.nextToResend();
        int room = control.cwnd() - recovery.pipe(mss);
        int segment = segmentBytes();
        int start = board.startOf(run);
        int length = board.endOf(run) - start;
        if (forceOne) {
            room = Math.max(room, segment);
        }
        if (room < Math.min(segment, length)) {
            cwndLimited = true;
            return false;
        }
        length = Math.min(length, wholeSegments(Math.min(room, Math.max(superBytes, segment))));
        forceOne = false;
        resend(run, length, now);
        return true;
    }

    private void resend(int run, int length, long now) {
        int start = board.startOf(run);
        board.resent(run, length, now);
        recovery.resent(TimestampClock.value(now, timestampOffset));
        retransmits++;
        transmit(start, start + length, true, now);
    }

    private boolean sendNew(long now) {
        int unsent = buffer.endSeq() - next;
        if (unsent < 0 || unsent == 0 && !finQueued) {
            return false;
        }
        int usable = una + window.bytes() - next;
        if (unsent == 0) {
            if (usable < 1) {
                return false;
            }
            sendRun(next + 1, now);
            return true;
        }
        int segment = segmentBytes();
        int length = Math.min(unsent, usable);
        if (length <= 0) {
            return false;
        }
        if (length < segment && !smallMayGo(length, unsent)) {
            return false;
        }
        int room = control.cwnd() - recovery.pipe(mss);
        if (forceOne) {
            room = Math.max(room, segment);
        }
        if (room < Math.min(segment, length)) {
            cwndLimited = true;
            return false;
        }
        length = Math.min(length, Math.min(room, Math.max(superBytes, segment)));
        if (length > segment && !(length == unsent && (noDelay || finQueued))) {
            length = wholeSegments(length);
        }
        forceOne = false;
        overrideSilly = false;
        boolean fin = finQueued && length == unsent && usable > length;
        sendRun(next + length + (fin ? 1 : 0), now);
        return true;
    }

    /** Nagle and the sender's half of silly-window avoidance (RFC 9293 §3.7.4, §3.8.6.2.1). */
    private boolean smallMayGo(int length, int unsent) {
        boolean idle = una == next;
        if (length == unsent) {
            return noDelay || idle || finQueued;
        }
        return overrideSilly && idle || length >= window.largest() / 2 && (noDelay || idle);
    }

    private void sendRun(int end, long now) {
        int start = next;
        timers.sent(now);
        board.sent(end, now);
        next = end;
        max = SeqNum.max(max, next);
        transmit(start, end, false, now);
    }

    private void transmit(int start, int end, boolean again, long now) {
        int dataEnd = SeqNum.min(end, buffer.endSeq());
        int flags = 0;
        if (dataEnd == buffer.endSeq() && dataEnd != start) {
            flags |= Tcp.PSH;
        }
        if (dataEnd != end) {
            flags |= Tcp.FIN;
        }
        lastSentAt = now;
        output.transmit(this, start, dataEnd - start, flags, again, now);
    }

    private int segmentBytes() {
        return Math.max(1, mss - output.optionBytes());
    }

    private int wholeSegments(int bytes) {
        int segment = segmentBytes();
        return bytes <= segment ? bytes : bytes - bytes % segment;
    }

    private void restartAfterIdle(long now) {
        long idle = now - lastSentAt;
        if (board.isEmpty() && idle > rtt.rto() && rtt.hasSample()) {
            int restart = Math.min(SenderSetup.initialWindow(mss), control.cwnd());
            control.onIdle(idle, rtt.rto(), restart);
            lastSentAt = now;
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
        if (!started || failed || SeqNum.gt(ack, max) || SeqNum.lt(ack, una - window.largest())) {
            return;
        }
        boolean outstanding = !board.isEmpty();
        boolean limited =
                cwndLimited
                        || control.cwnd() < control.ssthresh()
                                && 2L * board.outstanding() >= control.cwnd();
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
            buffer.release(ack);
            una = ack;
            next = SeqNum.max(next, ack);
        }
        boolean dsack = sack && sacks.read(segment, una, next, now);
        measure(segment, again, resentAt, now);
        timers.acknowledged(acked > 0, window.isShut(), board.isEmpty(), now);
        if (acked > 0 && timestamps && segment.hasTimestamps()) {
            if (recovery.undoIfSpurious(segment.tsEcr())) {
                rack.reordered();
            }
        }
        tail.onAck(una, acked > 0, dsack, duplicate, board, now);
        if (recovery.onAck(una, next, acked, duplicate, limited, sack, mss, now)) {
            forceOne = true;
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
            case REORDERING -> forceOne |= recovery.onReorderingTimer(next, mss, now);
            case TAIL -> sendTailProbe(now);
            case PERSIST -> persist(now);
            case RETRANSMIT -> {
                recovery.onTimeout(next, now);
                tail.end();
                timers.timedOut(now);
                forceOne = true;
            }
        }
        flush(now);
    }

    private void sendTailProbe(long now) {
        int sentBefore = next;
        forceOne = true;
        sendNew(now);
        forceOne = false;
        if (next == sentBefore && !board.isEmpty()) {
            int run = board.runs() - 1;
            if (board.endOf(run) - board.startOf(run) > mss) {
                run = board.splitTail(mss);
            }
            if (!board.isSacked(run)) {
                resend(run, board.endOf(run) - board.startOf(run), now);
                tail.begin(next, true);
            }
        } else {
            tail.begin(next, false);
        }
        timers.probed(now);
    }

    private void persist(long now) {
        if (una + window.bytes() - next > 0) {
            overrideSilly = true;
            return;
        }
        // One octet beyond the window (RFC 9293 §3.8.6.1). It is not put on the scoreboard, for it
        // will be refused as a rule; if it is taken, the acknowledgement moves SND.NXT.
        max = SeqNum.max(max, next + 1);
        timers.persisted(now);
        transmit(next, next + 1, false, now);
    }

    private void arm(long now) {
        if (!board.isEmpty()) {
            long reordering = recovery.reorderingDeadline();
            boolean probe =
                    sack
                            && recovery.phase() == Recovery.Phase.OPEN
                            && !tail.isOut()
                            && board.sackedBytes() == 0;
            timers.armInFlight(reordering, probe, board.outstanding() <= mss, lastSentAt, now);
        } else if (next != buffer.endSeq() + (finQueued ? 1 : 0)) {
            boolean shut = una + window.bytes() - next <= 0;
            timers.armPersist(shut ? 0 : SILLY_WINDOW_NANOS, now);
        } else {
            timers.disarm();
        }
    }

    // ---- what else may be set

    /** Whether small segments go out while others are in flight: Nagle's algorithm off. */
    public void noDelay(boolean value) {
        noDelay = value;
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
        boolean smaller = bytes < mss;
        mss = Math.max(SenderSetup.MIN_MSS, bytes);
        control.mss(mss);
        if (smaller) {
            board.markAllLost();
            forceOne = true;
            flush(now);
        }
    }

    // ---- what there is to see

    /** Copies {@code length} bytes that were {@link SegmentOutput#transmit transmitted} from {@code seq} on to {@code at}. */
    public void copy(int seq, int length, ByteBuf to, int at) {
        if (length > 0) {
            buffer.copy(seq, length, to, at);
        }
    }

    /** Bytes that {@link #write} would take. */
    public int room() {
        return Math.max(0, bufferBytes - buffer.bytes());
    }

    /** Bytes queued, sent or not. */
    public int queued() {
        return buffer.bytes();
    }

    /** SND.UNA: the first sequence number not acknowledged. */
    public int unacknowledged() {
        return una;
    }

    /** SND.NXT: the next to be sent. */
    public int nextSeq() {
        return next;
    }

    /** Behind the last sequence number ever sent: what a peer may acknowledge at most. */
    public int maxSent() {
        return max;
    }

    /** The sequence number that the next written byte will have, and the FIN. */
    public int endSeq() {
        return buffer.endSeq();
    }

    /** Everything that was written has arrived, and the FIN if there is one. */
    public boolean allAcknowledged() {
        return una == buffer.endSeq() + (finQueued ? 1 : 0);
    }

    public boolean finQueued() {
        return finQueued;
    }

    public boolean finAcknowledged() {
        return finQueued && una == buffer.endSeq() + 1;
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
        return mss;
    }

    /** Bytes in flight by RFC 6675's reckoning. */
    public int inFlight() {
        return recovery.pipe(mss);
    }

    /** Sent again so far, in segments or super-segments. */
    public long retransmits() {
        return retransmits;
    }

    /** Bytes marked lost at the moment. */
    public int lost() {
        return board.lostBytes();
    }

    /** Bytes that the peer reported by SACK at the moment. */
    public int sacked() {
        return board.sackedBytes();
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
