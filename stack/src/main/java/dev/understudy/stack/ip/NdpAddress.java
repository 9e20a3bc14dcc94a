package dev.understudy.stack.ip;

/** One IPv6 address that {@link NdpHost} holds or tries to get; see there for the rules. */
final class NdpAddress {
    enum State {
        /** Nobody may know it yet: asked whether another node has it. */
        TENTATIVE,
        VALID,
        /** Another node has it: not ours, and remembered so that it is not tried again. */
        DUPLICATE
    }

    final long hi;
    final long lo;
    State state;

    /** When the next probe is due, or the last one has gone unanswered for long enough; only while tentative. */
    long probeAt;

    int probes;

    /** Until when a new connection may choose it (RFC 4862 §5.5.4); {@code Long.MAX_VALUE} for configured ones. */
    long preferredUntil = Long.MAX_VALUE;

    /** Until when it exists. */
    long validUntil = Long.MAX_VALUE;

    /** Conflicts are answered no earlier than this. */
    long defendAfter;

    boolean defended;

    NdpAddress(long hi, long lo, State state) {
        this.hi = hi;
        this.lo = lo;
        this.state = state;
    }

    boolean is(long otherHi, long otherLo) {
        return lo == otherLo && hi == otherHi;
    }
}
