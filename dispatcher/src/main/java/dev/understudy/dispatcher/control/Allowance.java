package dev.understudy.dispatcher.control;

/**
 * How much of the loop's time may be spent on being looked at: no second costs more than 1 ms. 0.9 ms a second are given, and
 * 0.1 ms of what is not used is kept. What one look takes too much is missing later, so that the sum holds whatever a look
 * costs; but a look that a busy machine has interrupted is held against nobody for longer than a second.
 */
final class Allowance {
    private static final long GIVEN_NANOS = 900_000L;
    private static final long SECOND = 1_000_000_000L;

    /** So long may a look take that follows a rest: longer would be felt as jitter. */
    private static final long KEPT_NANOS = 100_000L;

    /** What can be missing at most. */
    private static final long MOST_OWED_NANOS = 1_000_000L;

    private long credit = KEPT_NANOS;
    private long countedTo;
    private long start;

    Allowance(long now) {
        countedTo = now;
    }

    /** Begins a look; false if there is nothing left for it. */
    boolean begin(long now) {
        long passed = Math.min(10 * SECOND, now - countedTo);
        credit = Math.min(KEPT_NANOS, credit + passed * GIVEN_NANOS / SECOND);
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
        credit = Math.max(-MOST_OWED_NANOS, credit - (now - start));
    }
}
