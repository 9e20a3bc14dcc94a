package dev.understudy.dispatcher.control;

/**
 * How much of the loop's time may be spent on being looked at: less than 1 ms in any second, seen over a few. What one look
 * takes too much is missing later, so that the sum holds whatever a look costs; what is not used is kept for one look of the
 * longest kind and no longer, and a look that a busy machine has interrupted is held against nobody for more than a second.
 */
final class Allowance {
    /** Nanoseconds that pass for each that may be spent: a thousandth, with room for what was kept and what is overdrawn. */
    private static final long SHARE = 1_100;

    /** One look takes no longer than this: it would be felt as jitter. */
    private static final long MOST_AT_ONCE_NANOS = 250_000L;

    private static final long MOST_DEBT_NANOS = 1_000_000L;

    private long credit = MOST_AT_ONCE_NANOS;
    private long countedTo;
    private long start;

    Allowance(long now) {
        countedTo = now;
    }

    /** Begins a look; false if there is nothing left for it. */
    boolean begin(long now) {
        credit = Math.min(MOST_AT_ONCE_NANOS, credit + (now - countedTo) / SHARE);
        countedTo = now;
        start = now;
        return credit > 0;
    }

    /** Whether the look may go on. */
    boolean left(long now) {
        return now - start < credit;
    }

    /** Ends the look. */
    void end(long now) {
        credit = Math.max(-MOST_DEBT_NANOS, credit - (now - start));
    }
}
