package dev.understudy.stack.tcp;

/**
 * The clock behind TSval (RFC 7323 §5.4): a tick is a millisecond, and each connection adds an offset of its own (§7.1: an
 * uptime is nobody's business).
 */
final class TimestampClock {
    static final long TICK_NANOS = 1_000_000L;

    private TimestampClock() {}

    static int value(long now, int offset) {
        return (int) Math.floorDiv(now, TICK_NANOS) + offset;
    }
}
