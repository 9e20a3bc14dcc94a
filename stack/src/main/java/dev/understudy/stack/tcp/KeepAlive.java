package dev.understudy.stack.tcp;

/**
 * Probes of a silent connection (RFC 9293 §3.8.4): after {@code idle} without a segment from the peer, every {@code
 * interval}, until {@code count} remained unanswered. Exists only where it is switched on.
 */
final class KeepAlive {
    private final long idle;
    private final long interval;
    private final int count;
    private int probes;
    private long lastProbe;

    KeepAlive(long idle, long interval, int count) {
        if (idle <= 0 || interval <= 0 || count < 1) {
            throw new IllegalArgumentException("keep-alive: idle, interval and count are positive");
        }
        this.idle = idle;
        this.interval = interval;
        this.count = count;
    }

    void heard() {
        probes = 0;
    }

    long deadline(long lastHeard) {
        return probes == 0 ? lastHeard + idle : lastProbe + interval;
    }

    /** Whether a probe is due; {@link #exhausted} says if it would be one too many. */
    boolean due(long lastHeard, long now) {
        return deadline(lastHeard) <= now;
    }

    boolean exhausted() {
        return probes >= count;
    }

    void probed(long now) {
        probes++;
        lastProbe = now;
    }
}
