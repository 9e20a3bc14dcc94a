package dev.understudy.stack.tcp;

/**
 * When to acknowledge (RFC 9293 §3.8.6.3, RFC 5681 §4.2): at the latest with every second full-sized segment and after a
 * short delay, so that an answer can carry the acknowledgement; at once where the sender must learn something: a hole, the
 * filling of one, a duplicate, a FIN.
 */
final class AckPolicy {
    private static final long NEVER = Long.MAX_VALUE;

    private final long delay;

    /** Size of a full segment, as far as it was seen. */
    private int fullSize;

    private int pending;
    private boolean now;
    private long deadline = NEVER;

    /** @param delay nanoseconds, at most half a second; 0 acknowledges everything at once */
    AckPolicy(long delay) {
        this.delay = delay;
    }

    /** Data arrived in order; {@code unit} is what each of its segments carries. */
    void inOrder(int length, int unit, int mss, long time) {
        fullSize = Math.min(mss, Math.max(fullSize, unit));
        pending += length;
        if (delay == 0 || pending >= 2 * fullSize && pending > unit) {
            now = true;
        } else if (deadline == NEVER) {
            deadline = time + delay;
        }
    }

    /** The sender must learn of this at once. */
    void atOnce() {
        now = true;
    }

    boolean due(long time) {
        return now || deadline <= time;
    }

    /** Whether there is anything that no acknowledgement has told yet. */
    boolean owes() {
        return now || deadline != NEVER;
    }

    /** An acknowledgement went out, alone or with data. */
    void sent() {
        now = false;
        pending = 0;
        deadline = NEVER;
    }

    long deadline() {
        return now ? NEVER : deadline;
    }
}
