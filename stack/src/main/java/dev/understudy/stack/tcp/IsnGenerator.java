package dev.understudy.stack.tcp;

/**
 * Initial sequence numbers and timestamp offsets (RFC 6528 §3, RFC 7323 §7.1): a clock of 4 microseconds plus a keyed hash
 * of the two ends, so that the numbers of one pair of ends rise and those of another tell nothing about them.
 */
public final class IsnGenerator {
    private static final long TICK_NANOS = 4_000L;
    private static final long TIMESTAMP_WORD = 1;

    private final SipHash hash;

    public IsnGenerator(SipHash hash) {
        this.hash = hash;
    }

    public int isn(long lHi, long lLo, int lPort, long rHi, long rLo, int rPort, long now) {
        return (int) hash.hash(lHi, lLo, lPort, rHi, rLo, rPort, 0)
                + (int) Math.floorDiv(now, TICK_NANOS);
    }

    /** The same for every connection between the same addresses, so that timestamps rise across them (RFC 6191). */
    int timestampOffset(long lHi, long lLo, long rHi, long rLo) {
        return (int) hash.hash(lHi, lLo, 0, rHi, rLo, 0, TIMESTAMP_WORD);
    }
}
