package dev.understudy.stack.tcp;

/**
 * RACK (RFC 8985 §6.2): a segment is lost when one that was sent sufficiently later has arrived. "Sufficiently" is a
 * reordering window: nothing until reordering was seen (then three SACKed segments decide, as in RFC 6675), else a quarter
 * of the smallest round trip, widened in each round trip in which a retransmission turned out to be superfluous.
 *
 * <p>One difference from the RFC: the window shrinks back after 16 recoveries as there, but what widens it is any
 * acknowledgement by DSACK, seen once in a recovery.
 */
final class Rack {
    private static final int DUP_THRESHOLD = 3;
    private static final int PERSIST_RECOVERIES = 16;

    private final RttEstimator rtt;
    private long xmitTime;
    private int endSeq;
    private boolean any;
    private long latestRtt;
    private boolean reorderingSeen;
    private byte windowMultiplier = 1;
    private byte persist = PERSIST_RECOVERIES;
    private boolean widened;

    Rack(RttEstimator rtt) {
        this.rtt = rtt;
    }

    /** A run that ends at {@code end} and was last sent at {@code sentAt} has arrived (§6.2 steps 1 and 2). */
    void delivered(long sentAt, int end, boolean retransmitted, long now) {
        long took = now - sentAt;
        if (retransmitted && took < rtt.minRtt() && rtt.minRtt() != Long.MAX_VALUE) {
            // Rather the first transmission's acknowledgement, on its way when we sent again.
            return;
        }
        if (!any || sentAfter(sentAt, end, xmitTime, endSeq)) {
            any = true;
            xmitTime = sentAt;
            endSeq = end;
            latestRtt = took;
        }
    }

    private static boolean sentAfter(long at, int end, long otherAt, int otherEnd) {
        return at > otherAt || at == otherAt && SeqNum.gt(end, otherEnd);
    }

    /** Something sent once arrived after something behind it (§6.2 step 3). */
    void reordered() {
        reorderingSeen = true;
    }

    boolean reorderingSeen() {
        return reorderingSeen;
    }

    /** The peer got something twice: the window was too small. */
    void duplicateReported() {
        if (!widened) {
            widened = true;
            windowMultiplier = (byte) Math.min(windowMultiplier + 1, 100);
            persist = PERSIST_RECOVERIES;
        }
    }

    /** A recovery is over. */
    void recovered() {
        widened = false;
        if (windowMultiplier > 1 && --persist <= 0) {
            windowMultiplier = 1;
            persist = PERSIST_RECOVERIES;
        }
    }

    /** After a time-out nothing that was known of the order of arrival helps. */
    void reset() {
        any = false;
    }

    /** §6.2 step 4, the reordering window in nanoseconds. */
    long window(boolean inRecovery, int sackedBytes, int mss) {
        if (!reorderingSeen && (inRecovery || sackedBytes >= DUP_THRESHOLD * mss)) {
            return 0;
        }
        if (rtt.minRtt() == Long.MAX_VALUE) {
            return 0;
        }
        return Math.min(windowMultiplier * (rtt.minRtt() / 4), Math.max(rtt.srtt(), 0));
    }

    /**
     * Marks what is lost by now (§6.2 step 5).
     *
     * @return nanoseconds after which to look again, 0 if there is nothing to wait for
     */
    long detect(Scoreboard board, long window, long now) {
        long wait = 0;
        if (!any) {
            return 0;
        }
        for (int run = 0; run < board.runs(); run++) {
            if (board.isSacked(run) || board.isLost(run) && !board.isResent(run)) {
                continue;
            }
            if (!sentAfter(xmitTime, endSeq, board.sentAt(run), board.endOf(run))) {
                continue;
            }
            long left = board.sentAt(run) + latestRtt + window - now;
            if (left <= 0) {
                board.markLost(run);
            } else {
                wait = Math.max(wait, left);
            }
        }
        return wait;
    }
}
