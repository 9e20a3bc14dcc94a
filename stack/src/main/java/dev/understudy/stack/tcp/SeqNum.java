package dev.understudy.stack.tcp;

/**
 * Sequence numbers compared modulo 2^32 (RFC 9293 §3.4). A raw {@code <} on a sequence number is a bug: this class is the
 * one place where they are ordered. Two numbers compare meaningfully while they are less than 2^31 apart.
 */
public final class SeqNum {
    private SeqNum() {}

    /** {@code a < b}. */
    public static boolean lt(int a, int b) {
        return a - b < 0;
    }

    /** {@code a <= b}. */
    public static boolean le(int a, int b) {
        return a - b <= 0;
    }

    /** {@code a > b}. */
    public static boolean gt(int a, int b) {
        return a - b > 0;
    }

    /** {@code a >= b}. */
    public static boolean ge(int a, int b) {
        return a - b >= 0;
    }

    /** Whether {@code from <= x < to}. */
    public static boolean within(int x, int from, int to) {
        return Integer.compareUnsigned(x - from, to - from) < 0;
    }

    /** The later of the two. */
    public static int max(int a, int b) {
        return a - b < 0 ? b : a;
    }

    /** The earlier of the two. */
    public static int min(int a, int b) {
        return a - b < 0 ? a : b;
    }

    /** A sequence number as people read it: unsigned. */
    public static long unsigned(int seq) {
        return seq & 0xFFFFFFFFL;
    }
}
