package dev.understudy.stack.tcp;

/**
 * The round-trip time and the retransmission time-out (RFC 6298), in nanoseconds. Which samples may be taken is the
 * sender's to know (Karn's algorithm, §3); the exponential backoff (§5.5) is kept here, and a new sample ends it.
 */
public final class RttEstimator {
    /** Clock granularity G of §2: timers fire on whole milliseconds at best. */
    private static final long GRANULARITY = 1_000_000L;

    private final RttConfig config;
    private long srtt = -1;
    private long rttVar;
    private long rto;
    private long minRtt = Long.MAX_VALUE;
    private int backoff;

    public RttEstimator(RttConfig config) {
        this.config = config;
        rto = config.initial();
    }

    /**
     * Takes a measurement; one that is not positive counts as a nanosecond.
     *
     * @param rtt of the first sent segment that an acknowledgement answers: with the peer's delay, as the time-out needs it
     * @param latest of the last sent one, the better estimate of the path itself; {@code Long.MAX_VALUE} for none
     */
    public void sample(long rtt, long latest) {
        long r = Math.max(1, rtt);
        minRtt = Math.min(minRtt, Math.max(1, latest));
        if (srtt < 0) {
            srtt = r;
            rttVar = r / 2;
        } else {
            rttVar += (Math.abs(srtt - r) - rttVar) / 4;
            srtt += (r - srtt) / 8;
        }
        rto = clamp(srtt + Math.max(GRANULARITY, 4 * rttVar));
        backoff = 0;
    }

    /** Doubles the time-out (§5.5). */
    public void backOff() {
        if (backoff < 32) {
            backoff++;
        }
    }

    /** Forgets the doubling: the peer has made progress. */
    public void resetBackoff() {
        backoff = 0;
    }

    /** §5.7: the SYN was retransmitted, so that nothing is known and 3 s are right for what follows. */
    public void synWasRetransmitted() {
        backoff = 0;
        if (srtt < 0) {
            rto = clamp(3 * config.initial());
        }
    }

    private long clamp(long value) {
        return Math.max(config.min(), Math.min(config.max(), value));
    }

    /** The time-out to be used now, with its backoff. */
    public long rto() {
        long shifted = backoff >= 20 ? config.max() : rto << backoff;
        return Math.min(config.max(), shifted);
    }

    /** The time between window probes, the {@code probes}th of which is next (RFC 9293 §3.8.6.1: it grows exponentially). */
    long persist(int probes) {
        long shifted = probes >= 20 ? config.max() : rto << probes;
        return Math.min(config.max(), shifted);
    }

    /** How many times in a row the time-out was doubled. */
    public int backoff() {
        return backoff;
    }

    /** Whether there was a measurement. */
    public boolean hasSample() {
        return srtt >= 0;
    }

    /** Smoothed round-trip time, or -1. */
    public long srtt() {
        return srtt;
    }

    public long rttVar() {
        return rttVar;
    }

    /** The smallest measurement, or {@code Long.MAX_VALUE}. */
    public long minRtt() {
        return minRtt;
    }
}
