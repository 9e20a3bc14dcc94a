package dev.understudy.dispatcher.control;

/**
 * When something is read again: the more it costs the more seldom, so that it takes no more than its part of the loop's
 * allowance and leaves the rest to others. It is never put off for longer than half a second.
 */
final class Turn {
    private static final long LONGEST_NANOS = 500_000_000L;

    private final long restsPerWork;
    private long due;

    /** Something that gets the {@code restsPerWork}th part of the loop's time. */
    Turn(long restsPerWork, long now) {
        this.restsPerWork = restsPerWork;
        this.due = now;
    }

    boolean due(long now) {
        return now - due >= 0;
    }

    /** It was read from {@code start} to {@code end}. */
    void took(long start, long end) {
        due = start + Math.min(LONGEST_NANOS, (end - start) * restsPerWork);
    }
}
