package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.Tcp;

/**
 * What a {@link TcpSender} puts into segments, and when: the queued bytes, the variables of RFC 9293 §3.3.1 that speak of
 * sending, and the rules by which segments go out.
 *
 * <pre>
 *     SND.UNA              SND.NXT             end of the buffer
 *        │ sent, scoreboard   │ queued            │ FIN
 *   ─────┴────────────────────┴───────────────────┴─────
 * </pre>
 *
 * Lost segments first (RFC 6675 NextSeg), then new ones: full segments as the windows allow, a small one only if nothing is in
 * flight (Nagle, RFC 9293 §3.7.4) or with {@link #noDelay}, and never a silly one that a small window would force
 * (§3.8.6.2.1). Full segments that go out together are one super-segment where the setup allows.
 */
final class Transmitter {
    private final TcpSender sender;
    private final SegmentOutput output;
    private final CongestionControl control;
    private final Scoreboard board;
    private final Recovery recovery;
    private final SendTimers timers;
    private final SendWindow window;
    private final SendBuffer buffer;

    private int mss;
    private int superBytes;
    private int timestampOffset;
    private int una;
    private int next;

    /** Behind the last byte ever sent: {@code next}, or one more while a window probe is out. */
    private int max;

    private boolean noDelay;
    private boolean finQueued;
    private boolean cwndLimited;
    private boolean overrideSilly;
    private boolean forceOne;
    private boolean capable;
    private Ecn ecn;

    private long lastSentAt = Long.MAX_VALUE;
    private long retransmits;

    Transmitter(
            TcpSender sender,
            int firstSeq,
            SegmentOutput output,
            CongestionControl control,
            Scoreboard board,
            Recovery recovery,
            SendTimers timers,
            SendWindow window) {
        this.sender = sender;
        this.output = output;
        this.control = control;
        this.board = board;
        this.recovery = recovery;
        this.timers = timers;
        this.window = window;
        buffer = new SendBuffer(firstSeq);
        una = firstSeq;
        next = firstSeq;
        max = firstSeq;
    }

    void start(SenderSetup setup) {
        mss = setup.mss();
        superBytes = setup.superSegmentBytes();
        timestampOffset = setup.timestampOffset();
    }

    // ---- what goes out

    /** Sends what may be sent: until a window is full or there is nothing left. */
    void send(long now) {
        cwndLimited = false;
        while (board.bytesToResend() > 0 ? resendLost(now) : sendNew(now)) {
            // Each round is one segment or super-segment.
        }
        forceOne = false;
    }

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
        transmit(start, start + length, true, false, now);
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
        transmit(start, end, false, true, now);
    }

    private void transmit(int start, int end, boolean again, boolean fresh, long now) {
        int dataEnd = SeqNum.min(end, buffer.endSeq());
        int flags = 0;
        if (dataEnd == buffer.endSeq() && dataEnd != start) {
            flags |= Tcp.PSH;
        }
        if (dataEnd != end) {
            flags |= Tcp.FIN;
        }
        capable = ecn != null && fresh && dataEnd != start;
        if (capable && ecn.takeCwr()) {
            flags |= Tcp.CWR;
        }
        lastSentAt = now;
        output.transmit(sender, start, dataEnd - start, flags, again, now);
    }

    private int segmentBytes() {
        return Math.max(1, mss - output.optionBytes());
    }

    private int wholeSegments(int bytes) {
        int segment = segmentBytes();
        return bytes <= segment ? bytes : bytes - bytes % segment;
    }

    // ---- exceptions to the rules

    /** The next segment goes out whatever the congestion window: the first of a recovery (RFC 6675 §5, 4.3), or a probe. */
    void forceOne() {
        forceOne = true;
    }

    /** A window that stays too small for a full segment gets a small one (RFC 9293 §3.8.6.2.1). */
    void overrideSilly() {
        overrideSilly = true;
    }

    /** Sends the probe of a tail (RFC 8985 §7.3): new data if there is any, else the last segment again. */
    void probeTail(TailProbe tail, long now) {
        int sentBefore = next;
        forceOne = true;
        sendNew(now);
        forceOne = false;
        if (next != sentBefore || board.isEmpty()) {
            tail.begin(next, false);
            return;
        }
        int run = board.runs() - 1;
        if (board.endOf(run) - board.startOf(run) > mss) {
            run = board.splitTail(mss);
        }
        if (!board.isSacked(run)) {
            resend(run, board.endOf(run) - board.startOf(run), now);
            tail.begin(next, true);
        }
    }

    /**
     * Sends one octet beyond a window that is shut (RFC 9293 §3.8.6.1). It is not put on the scoreboard, for it will be
     * refused as a rule; if it is taken, the acknowledgement moves SND.NXT.
     */
    void probeWindow(long now) {
        max = SeqNum.max(max, next + 1);
        transmit(next, next + 1, false, false, now);
    }

    // ---- what moves it

    /** Everything before {@code ack} has arrived. */
    void acknowledged(int ack) {
        buffer.release(ack);
        una = ack;
        next = SeqNum.max(next, ack);
    }

    /** Bytes of data and options in a full segment from now on. */
    void mss(int bytes) {
        mss = bytes;
    }

    /** New data may be marked by routers from now on. */
    void ecn(Ecn agreed) {
        ecn = agreed;
    }

    /** Whether routers may mark the segment that is being transmitted. */
    boolean isCapable() {
        return capable;
    }

    void noDelay(boolean value) {
        noDelay = value;
    }

    /** A FIN follows what is queued. */
    void queueFin() {
        finQueued = true;
    }

    /** As if something had been sent just now. */
    void touch(long now) {
        lastSentAt = now;
    }

    // ---- what there is to see

    SendBuffer buffer() {
        return buffer;
    }

    int mss() {
        return mss;
    }

    int una() {
        return una;
    }

    int next() {
        return next;
    }

    int max() {
        return max;
    }

    boolean finQueued() {
        return finQueued;
    }

    /** Behind all that is queued, and the FIN if there is one. */
    int end() {
        return buffer.endSeq() + (finQueued ? 1 : 0);
    }

    /** Whether the peer's window has no room for another byte. */
    boolean windowIsFull() {
        return una + window.bytes() - next <= 0;
    }

    /** Whether the congestion window was what ended the last {@link #send}. */
    boolean isCwndLimited() {
        return cwndLimited;
    }

    /** When anything was last sent; never, before that. */
    long lastSentAt() {
        return lastSentAt;
    }

    /** Sent again so far, in segments or super-segments. */
    long retransmits() {
        return retransmits;
    }
}
