package dev.understudy.stack.tcp;

/**
 * What a sender concludes from acknowledgements about loss, and which way back it is on. Knows nothing of sending: it marks
 * the {@link Scoreboard} and moves the {@link CongestionControl}.
 *
 * <pre>
 *            three duplicates, SACK holes, RACK                    time-out
 *   OPEN ───────────────────────────────────▶ RECOVERY ───────────────────────▶ LOSS
 *    ▲ └────────────────────── time-out ──────────┼──────────────────────────────▲ │
 *    └── all that was out when it began is acknowledged, or it was no loss (RFC 4015) ┘
 * </pre>
 *
 * With SACK, what is lost is found by RFC 8985 (whose rule for three segments is RFC 6675's IsLost). Without, by duplicate
 * acknowledgements (RFC 5681 §3.2) and partial ones (RFC 6582 §3.2); each duplicate counts as a segment that left the
 * network, which is what inflating the window is for. Limited transmit (RFC 3042) follows from that reckoning.
 */
final class Recovery {
    static final long NEVER = Long.MAX_VALUE;

    private static final int DUP_THRESHOLD = 3;

    enum Phase {
        OPEN,
        RECOVERY,
        LOSS
    }

    private final Scoreboard board;
    private final Rack rack;
    private final CongestionControl control;
    private final RttEstimator rtt;
    private Phase phase = Phase.OPEN;
    private int dupAcks;
    private int recover;
    private boolean mayUndo;
    private int firstResentTs;
    private boolean resentSinceEntry;
    private long reorderingAt = NEVER;

    Recovery(Scoreboard board, Rack rack, CongestionControl control, RttEstimator rtt) {
        this.board = board;
        this.rack = rack;
        this.control = control;
        this.rtt = rtt;
    }

    Phase phase() {
        return phase;
    }

    int dupAcks() {
        return dupAcks;
    }

    /** Bytes in flight; duplicates stand for segments that arrived where there is no SACK to say which. */
    int pipe(int mss) {
        return Math.max(0, board.pipe() - dupAcks * mss);
    }

    /** When {@link #onReorderingTimer} wants to be called; {@link #NEVER} for not at all. */
    long reorderingDeadline() {
        return reorderingAt;
    }

    /**
     * An acknowledgement was entered in the scoreboard.
     *
     * @param una the new SND.UNA
     * @param acked bytes by which it moved
     * @param duplicate whether it is one by RFC 5681 §2
     * @param limited whether the congestion window was what held the sender back
     * @return whether loss was newly found, so that the first retransmission goes out whatever the window
     */
    boolean onAck(
            int una,
            int next,
            int acked,
            boolean duplicate,
            boolean limited,
            boolean sack,
            int mss,
            long now) {
        boolean grow = limited && phase != Phase.RECOVERY;
        if (phase != Phase.OPEN && SeqNum.ge(una, recover)) {
            leave();
        }
        boolean found = acked > 0 && !sack && countPartial(acked, mss);
        if (sack) {
            detect(mss, now);
        } else if (duplicate) {
            found = countDuplicate(mss);
        }
        if (phase == Phase.OPEN && board.bytesToResend() > 0) {
            enter(next, now);
            return true;
        }
        if (acked > 0 && grow) {
            control.onAck(acked, rtt.srtt(), now);
        }
        return found;
    }

    private boolean countDuplicate(int mss) {
        if (phase == Phase.LOSS) {
            return false;
        }
        dupAcks++;
        if (phase == Phase.OPEN && dupAcks == DUP_THRESHOLD) {
            board.markHeadLost(mss);
            return true;
        }
        return false;
    }

    /** A partial acknowledgement tells of the next hole; what it acknowledges beyond one segment had been counted. */
    private boolean countPartial(int acked, int mss) {
        if (phase != Phase.RECOVERY) {
            dupAcks = 0;
            return false;
        }
        dupAcks = Math.max(0, dupAcks - Math.max(0, (acked + mss - 1) / mss - 1));
        board.markHeadLost(mss);
        return true;
    }

    private void detect(int mss, long now) {
        reorderingAt = NEVER;
        if (board.sackedBytes() > 0 || phase != Phase.OPEN) {
            long window = rack.window(phase != Phase.OPEN, board.sackedBytes(), mss);
            long wait = rack.detect(board, window, now);
            if (wait > 0) {
                reorderingAt = now + wait;
            }
        }
    }

    /** The time RACK waited for reordering is over. Returns whether loss was newly found. */
    boolean onReorderingTimer(int next, int mss, long now) {
        detect(mss, now);
        if (board.bytesToResend() == 0) {
            return false;
        }
        if (phase == Phase.OPEN) {
            enter(next, now);
            return true;
        }
        return false;
    }

    private void enter(int next, long now) {
        phase = Phase.RECOVERY;
        recover = next;
        control.onLoss(board.outstanding(), now);
        mayUndo = true;
        resentSinceEntry = false;
    }

    /** Routers have marked segments (RFC 3168 §6.1.2): as a loss, but there is nothing to send again. */
    void onMark(int flight, long now) {
        if (phase == Phase.OPEN) {
            control.onLoss(flight, now);
        }
    }

    private void leave() {
        phase = Phase.OPEN;
        dupAcks = 0;
        reorderingAt = NEVER;
        mayUndo = false;
        rack.recovered();
    }

    /** The retransmission timer went off (RFC 6298 §5.4-5.6). */
    void onTimeout(int next, long now) {
        control.onTimeout(board.outstanding(), rtt.backoff() == 0, now);
        if (rtt.backoff() == 0) {
            mayUndo = true;
            resentSinceEntry = false;
        }
        if (board.reneged()) {
            board.forgetSacks();
        }
        board.markAllLost();
        rack.reset();
        rtt.backOff();
        phase = Phase.LOSS;
        recover = next;
        dupAcks = 0;
        reorderingAt = NEVER;
    }

    /** The first retransmission after a loss was seen carries this TSval. */
    void resent(int tsVal) {
        if (!resentSinceEntry) {
            resentSinceEntry = true;
            firstResentTs = tsVal;
        }
    }

    /**
     * Eifel (RFC 3522): the first acknowledgement that moves SND.UNA echoes a time before our first retransmission, so it
     * answers the original. Takes the congestion response back (RFC 4015) and returns true if so.
     */
    boolean undoIfSpurious(int tsEcr) {
        if (!mayUndo || !resentSinceEntry) {
            return false;
        }
        mayUndo = false;
        if (SeqNum.ge(tsEcr, firstResentTs)) {
            return false;
        }
        board.unmarkLost();
        control.undo();
        rtt.resetBackoff();
        phase = Phase.OPEN;
        dupAcks = 0;
        reorderingAt = NEVER;
        return true;
    }
}
