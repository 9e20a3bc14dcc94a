package dev.understudy.stack.tcp;

/**
 * The timers of a sender: one for the retransmission (RFC 6298 §5), one that comes before it or stands in for it (tail
 * probe, reordering, persistence), and the user time-out above both.
 */
final class SendTimers {
    private static final long NEVER = Long.MAX_VALUE;

    /** Shortest wait for a tail probe: a busy machine is slower than its network. */
    private static final long MIN_PROBE_NANOS = 10_000_000L;

    /** RFC 8985 §7.2: a lone segment may meet a delayed acknowledgement. */
    private static final long MAX_ACK_DELAY_NANOS = 200_000_000L;

    private static final long DEFAULT_PROBE_NANOS = 1_000_000_000L;

    enum Due {
        NONE,
        REORDERING,
        TAIL,
        PERSIST,
        RETRANSMIT
    }

    private final RttEstimator rtt;
    private long retransmitAt = NEVER;
    private long earlierAt = NEVER;
    private Due earlier = Due.NONE;
    private long stalledSince = NEVER;
    private long progressAt = Long.MIN_VALUE;
    private long userTimeout;
    private byte persists;
    private boolean orphan;

    SendTimers(RttEstimator rtt) {
        this.rtt = rtt;
    }

    void userTimeout(long nanos) {
        userTimeout = nanos;
    }

    /** From now on only progress counts. */
    void orphan() {
        orphan = true;
    }

    /** Something new is about to be sent (§5.1). */
    void sent(long now) {
        if (retransmitAt == NEVER) {
            retransmitAt = now + rtt.rto();
        }
        if (stalledSince == NEVER) {
            stalledSince = now;
        }
    }

    /** An acknowledgement was read (§5.2, §5.3). */
    void acknowledged(boolean advanced, boolean shut, boolean allAcknowledged, long now) {
        if (allAcknowledged) {
            retransmitAt = NEVER;
        } else if (advanced) {
            retransmitAt = now + rtt.rto();
        }
        if (advanced || shut && !orphan) {
            stalledSince = now;
        }
        if (advanced) {
            progressAt = now;
        }
        if (!shut) {
            persists = 0;
        }
    }

    /** The retransmission timer went off and was backed off (§5.5, §5.6). */
    void timedOut(long now) {
        retransmitAt = now + rtt.rto();
        earlierAt = NEVER;
    }

    /** A tail probe went out: the retransmission timer starts anew (RFC 8985 §7.3). */
    void probed(long now) {
        retransmitAt = now + rtt.rto();
        earlierAt = NEVER;
    }

    void persisted(long now) {
        if (persists < 32) {
            persists++;
        }
        earlierAt = NEVER;
    }

    /**
     * Something is in flight.
     *
     * @param reordering when RACK wants to look again, or never
     * @param probe whether a tail probe may be sent: two round trips after the last that was sent or acknowledged
     * @param lone whether what is in flight is a single segment
     */
    void armInFlight(long reordering, boolean probe, boolean lone, long lastSentAt, long now) {
        if (retransmitAt == NEVER) {
            retransmitAt = now + rtt.rto();
        }
        if (reordering != NEVER) {
            earlier = Due.REORDERING;
            earlierAt = Math.max(now + 1, reordering);
        } else if (probe) {
            long wait =
                    rtt.hasSample()
                            ? Math.max(MIN_PROBE_NANOS, 2 * rtt.srtt())
                                    + (lone ? MAX_ACK_DELAY_NANOS : 0)
                            : DEFAULT_PROBE_NANOS;
            earlier = Due.TAIL;
            earlierAt = Math.max(now + 1, Math.max(lastSentAt, progressAt) + wait);
        } else {
            earlierAt = NEVER;
        }
    }

    /** Nothing is in flight, but something waits for the window; {@code wait} 0 for the time-out with its backoff. */
    void armPersist(long wait, long now) {
        retransmitAt = NEVER;
        if (stalledSince == NEVER) {
            stalledSince = now;
        }
        long at = now + (wait > 0 ? wait : rtt.persist(persists));
        boolean armed = earlier == Due.PERSIST && earlierAt != NEVER;
        earlier = Due.PERSIST;
        earlierAt = armed ? Math.min(earlierAt, at) : at;
    }

    /** All is acknowledged. */
    void disarm() {
        clear();
    }

    void clear() {
        retransmitAt = NEVER;
        earlierAt = NEVER;
        earlier = Due.NONE;
        stalledSince = NEVER;
        persists = 0;
    }

    long next() {
        long at = Math.min(retransmitAt, earlierAt);
        return at == NEVER || userTimeout == 0 ? at : Math.min(at, stalledSince + userTimeout);
    }

    boolean gaveUp(long now) {
        return userTimeout > 0
                && stalledSince != NEVER
                && Math.min(retransmitAt, earlierAt) != NEVER
                && now - stalledSince >= userTimeout;
    }

    Due due(long now) {
        if (earlierAt <= now && earlierAt <= retransmitAt) {
            earlierAt = NEVER;
            return earlier;
        }
        if (retransmitAt <= now) {
            return Due.RETRANSMIT;
        }
        return Due.NONE;
    }
}
