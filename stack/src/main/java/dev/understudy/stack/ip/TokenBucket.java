package dev.understudy.stack.ip;

/**
 * A rate limit: a bucket of {@code burst} tokens, refilled at a steady rate, from which each packet takes one. Kept in
 * nanoseconds of credit, so that nothing is lost to rounding at any rate.
 */
public final class TokenBucket {
    private final long nanosPerToken;
    private final long capacity;
    private long credit;
    private long last;
    private boolean started;

    /** A full bucket; both arguments at least 1. */
    public TokenBucket(int perSecond, int burst) {
        if (perSecond < 1 || burst < 1) {
            throw new IllegalArgumentException("rate " + perSecond + ", burst " + burst);
        }
        nanosPerToken = Math.max(1, 1_000_000_000L / perSecond);
        capacity = nanosPerToken * burst;
        credit = capacity;
    }

    /** Takes a token if there is one. */
    public boolean tryTake(long now) {
        if (!started) {
            started = true;
            last = now;
        }
        long elapsed = now - last;
        if (elapsed > 0) {
            last = now;
            credit = elapsed >= capacity ? capacity : Math.min(capacity, credit + elapsed);
        }
        if (credit < nanosPerToken) {
            return false;
        }
        credit -= nanosPerToken;
        return true;
    }
}
