package dev.understudy.stack.tcp;

/**
 * Bounds of the retransmission time-out (RFC 6298), in nanoseconds.
 *
 * @param initial before the first measurement (§2.1)
 * @param min §2.4 says a second; every stack in use says less, and the tail loss probe (RFC 8985) covers what it is for
 * @param max at least 60 s (§2.5)
 */
public record RttConfig(long initial, long min, long max) {
    public static final RttConfig DEFAULT =
            new RttConfig(1_000_000_000L, 200_000_000L, 60_000_000_000L);

    public RttConfig {
        if (min < 1_000_000L || initial < min || max < initial) {
            throw new IllegalArgumentException("RTO: 1 ms <= min <= initial <= max");
        }
    }
}
