package dev.understudy.dispatcher.session;

/**
 * How long a server that owes an answer has said nothing, when it is to be asked by a keep-alive probe whether it lives
 * (RFC 1122 §4.2.3.6), and when its silence is its death. In the middle of an answer the first probe goes out early, so that
 * another host in the place of a dead one is found at once by its RST; before it there is time to think. Each further probe
 * comes after twice the time of the one before, until the server gets on with its work. So a slow answer costs a few small
 * segments, and a steady one none. All times are nanoseconds.
 */
final class Silence {
    /** Probes that are left without an answer before a server is given up: one may be lost. */
    private static final int PROBES = 2;

    /** The first probe in the middle of an answer; not before a segment has had twice the time that it takes. */
    private static final long BROKEN_OFF_NANOS = 20_000_000L;

    /** The first probe before an answer: most applications are through by then. */
    private static final long THINKING_NANOS = 250_000_000L;

    /**
     * The least silence that counts as a death. Linux answers segments without data that lie before its window at most
     * once in half a second ({@code tcp_invalid_ratelimit}): a shorter silence says nothing.
     */
    private static final long LEAST_NANOS = 750_000_000L;

    private static final int MOST_DOUBLINGS = 16;

    private long since;
    private long probedAt;
    private int probes;
    private int doublings;

    /** The server has got on with its work, or begins with it now. */
    void broken(long now) {
        answered(now);
        doublings = 0;
    }

    /** The server has answered a probe: it lives, but does not get on. */
    void answered(long now) {
        since = now;
        probes = 0;
    }

    void probed(long now) {
        probedAt = now;
        probes++;
        doublings = Math.min(doublings + 1, MOST_DOUBLINGS);
    }

    /** Whether a probe is without an answer. */
    boolean awaitsAnswer() {
        return probes > 0;
    }

    /** When the server was heard last. */
    long since() {
        return since;
    }

    /**
     * When the next probe is due, or the server's death.
     *
     * @param answering whether the answer has begun
     * @param roundTrip of the path to the server; negative if unknown
     * @param timeout of the service
     */
    long due(boolean answering, long roundTrip, long timeout) {
        long from = probes == 0 ? since : probedAt;
        if (from - since >= limit(timeout)) {
            return from + (from - since);
        }
        return Math.min(from + pause(answering, roundTrip, timeout), since + limit(timeout));
    }

    private long pause(boolean answering, long roundTrip, long timeout) {
        long first = Math.max(answering ? BROKEN_OFF_NANOS : THINKING_NANOS, 2 * roundTrip);
        return Math.min(first << doublings, limit(timeout) / (PROBES + 1));
    }

    /** Whether the server has been asked in vain for long enough. */
    boolean isDeath(long now, long timeout) {
        return probes >= PROBES && now - since >= limit(timeout);
    }

    private static long limit(long timeout) {
        return Math.max(LEAST_NANOS, timeout);
    }
}
