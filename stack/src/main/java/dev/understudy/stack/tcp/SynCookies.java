package dev.understudy.stack.tcp;

/**
 * SYN cookies (RFC 4987 §3.6): with the SYN queue full, the connection's beginnings are kept in the sequence number of the
 * SYN+ACK, which only somebody who received it can acknowledge.
 *
 * <pre>
 *    31      27 26   24 23                                 0
 *   ├──────────┼───────┼────────────────────────────────────┤
 *   │ minute   │ MSS   │ keyed hash of ends, ISN, both      │
 *   └──────────┴───────┴────────────────────────────────────┘
 * </pre>
 *
 * Window scale and SACK ride in the low bits of the timestamp that the peer echoes; without timestamps the connection does
 * without them. A cookie is good for the present and the previous period of 64 s, and is believed only by a listener whose
 * queue was full lately. <b>An attacker</b> who guesses has one chance in 8 million a segment.
 */
final class SynCookies {
    private static final long PERIOD_NANOS = 64_000_000_000L;
    private static final int OPTION_BITS = 6;
    private static final int NO_SCALE = 15;
    private static final int[] MSS = {216, 536, 940, 1220, 1360, 1440, 1460, 8960};

    private final SipHash hash;

    SynCookies(SipHash hash) {
        this.hash = hash;
    }

    private static int period(long now) {
        return (int) Math.floorDiv(now, PERIOD_NANOS) & 31;
    }

    /** The largest known MSS that the peer can take. */
    static int mssIndex(int mss) {
        int index = MSS.length - 1;
        while (index > 0 && MSS[index] > mss) {
            index--;
        }
        return index;
    }

    /** The sequence number of the SYN+ACK. */
    int cookie(
            long lHi,
            long lLo,
            int lPort,
            long rHi,
            long rLo,
            int rPort,
            int peerIsn,
            int peerMss,
            long now) {
        int head = period(now) << 3 | mssIndex(peerMss);
        return head << 24 | tag(lHi, lLo, lPort, rHi, rLo, rPort, peerIsn, head);
    }

    private int tag(
            long lHi, long lLo, int lPort, long rHi, long rLo, int rPort, int peerIsn, int head) {
        long word = 2L << 56 | (long) head << 32 | peerIsn & 0xFFFFFFFFL;
        return (int) hash.hash(lHi, lLo, lPort, rHi, rLo, rPort, word) & 0xFFFFFF;
    }

    /** The MSS that a cookie remembers, or -1 if it is none of ours or too old. */
    int check(
            int cookie,
            long lHi,
            long lLo,
            int lPort,
            long rHi,
            long rLo,
            int rPort,
            int peerIsn,
            long now) {
        int head = cookie >>> 24;
        int age = period(now) - (head >>> 3) & 31;
        if (age > 1
                || (cookie & 0xFFFFFF) != tag(lHi, lLo, lPort, rHi, rLo, rPort, peerIsn, head)) {
            return -1;
        }
        return MSS[head & 7];
    }

    /** TSval of the SYN+ACK: the clock, put back a little so that its low bits can say what the peer offered. */
    static int timestamp(int clock, int scale, boolean sack) {
        int bits = (scale < 0 ? NO_SCALE : scale) | (sack ? 16 : 0);
        int value = clock & -(1 << OPTION_BITS) | bits;
        return SeqNum.gt(value, clock) ? value - (1 << OPTION_BITS) : value;
    }

    /** The window scale in an echoed timestamp, or -1. */
    static int scale(int tsEcr) {
        int bits = tsEcr & 15;
        return bits == NO_SCALE ? -1 : bits;
    }

    static boolean sack(int tsEcr) {
        return (tsEcr & 16) != 0;
    }
}
