package dev.understudy.stack.tcp;

/**
 * Bytes that all connections of a stack together keep for their applications: a window is a promise to each, and not all
 * promises can be kept at once. Data out of order may take half, so that whoever never fills a hole cannot keep out those
 * who send in order. At the limit data is dropped and counted, to be sent again, and windows stop growing.
 */
final class ReceiveBudget {
    private final long limit;
    private long used;

    ReceiveBudget(long limit) {
        this.limit = limit;
    }

    static ReceiveBudget unlimited() {
        return new ReceiveBudget(Long.MAX_VALUE);
    }

    void change(long by) {
        used += by;
    }

    /** Whether {@code bytes} more may be kept. */
    boolean allows(int bytes, boolean inOrder) {
        return bytes <= (inOrder ? limit : limit / 2) - used;
    }

    /** Bytes left for data in order. */
    long left() {
        return Math.max(0, limit - used);
    }

    long used() {
        return used;
    }
}
