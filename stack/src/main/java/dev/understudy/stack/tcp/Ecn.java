package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.Tcp;

/**
 * Explicit congestion notification on one connection whose ends have agreed on it (RFC 3168 §6.1): routers mark what they
 * would otherwise drop.
 *
 * <pre>
 *   sender ── ECT(0) ──▶ router ── CE ──▶ receiver
 *   sender ◀─────────── ECE ──────────── receiver      in every acknowledgement, until
 *   sender ──────────── CWR ───────────▶ receiver      the sender says that it has slowed down
 * </pre>
 *
 * <b>Receiving</b> (§6.1.3): only what lies in the window is looked at, so that a forger must know where that is.
 *
 * <p><b>Sending</b> (§6.1.2): an echo is as good as a loss, but nothing is sent again; at most one is heeded in a round trip,
 * and none during a recovery, which has slowed down already. Only new data is marked as capable: not retransmissions,
 * window probes, and what carries no data (§6.1.4 to §6.1.6).
 *
 * <p>A peer that never echoes gains no more than one that acknowledges what it did not get.
 */
final class Ecn {
    /** What a segment that routers may mark has in its IP header: ECT(0) (§5). */
    static final int CAPABLE = 2;

    private boolean echoing;
    private boolean cwrDue;
    private boolean heeded;
    private int heededUpTo;

    // ---- the receiver's half

    /** Reads the marks of a segment with data; returns whether it is the first that congestion was experienced by. */
    boolean received(Segment segment) {
        boolean before = echoing;
        if (segment.has(Tcp.CWR)) {
            echoing = false;
        }
        echoing |= segment.isMarked();
        return echoing && !before;
    }

    /** Whether acknowledgements carry ECE. */
    boolean isEchoing() {
        return echoing;
    }

    // ---- the sender's half

    /**
     * The peer echoes a mark.
     *
     * @param next SND.NXT
     * @return whether it is about data that was sent after the last one was heeded: what the peer says until CWR has reached
     *     it, which goes with the first byte sent from then on, is no news
     */
    boolean heed(int next) {
        if (heeded) {
            return false;
        }
        heeded = true;
        heededUpTo = next;
        cwrDue = true;
        return true;
    }

    /** SND.UNA has moved; told each time, as numbers come round. */
    void acknowledged(int una) {
        heeded &= SeqNum.le(una, heededUpTo);
    }

    /** Whether new data is to say, once, that an echo was heeded. */
    boolean takeCwr() {
        boolean due = cwrDue;
        cwrDue = false;
        return due;
    }
}
