package dev.understudy.stack.tcp;

/** How many challenge ACKs one connection may send (RFC 5961 §7): ten in a second. */
final class ChallengeLimit {
    private static final int PER_SECOND = 10;
    private static final long SECOND = 1_000_000_000L;

    private long since;
    private int sent = -1;

    boolean mayChallenge(long now) {
        if (sent < 0 || now - since >= SECOND) {
            since = now;
            sent = 0;
        }
        return sent++ < PER_SECOND;
    }
}
