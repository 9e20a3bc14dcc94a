package dev.understudy.stack.tcp;

/**
 * The episode of one tail loss probe (RFC 8985 §7): from the probe until its acknowledgement, which tells whether the probe
 * repaired a loss, in which case the congestion window must hear of it (§7.4).
 */
final class TailProbe {
    private final CongestionControl control;
    private boolean out;
    private boolean resent;
    private int end;

    TailProbe(CongestionControl control) {
        this.control = control;
    }

    /** Whether a probe is out: there is never a second one. */
    boolean isOut() {
        return out;
    }

    /** A probe went out; {@code again} if it repeated the last segment, which ends at {@code newEnd}. */
    void begin(int newEnd, boolean again) {
        out = true;
        resent = again;
        end = newEnd;
    }

    void end() {
        out = false;
    }

    /** Reads an acknowledgement (§7.4.2). */
    void onAck(
            int una,
            boolean advanced,
            boolean duplicateReported,
            boolean duplicateAck,
            Scoreboard board,
            long now) {
        if (!out || SeqNum.lt(una, end)) {
            return;
        }
        if (!resent || duplicateReported || duplicateAck && !advanced) {
            // New data, or both copies arrived: nothing was lost.
            out = false;
        } else if (SeqNum.gt(una, end)) {
            out = false;
            control.onLoss(board.outstanding(), now);
        }
    }
}
