package dev.understudy.dispatcher.session;

/** At most so many a second, counted in whole seconds: for what an attacker could make us send (RFC 5961 §7). */
final class Pace {
    private static final long SECOND = 1_000_000_000L;

    private final int perSecond;
    private long since;
    private int used;

    Pace(int perSecond) {
        this.perSecond = perSecond;
    }

    boolean allows(long now) {
        if (now - since >= SECOND || now - since < 0) {
            since = now;
            used = 0;
        }
        return used++ < perSecond;
    }
}
