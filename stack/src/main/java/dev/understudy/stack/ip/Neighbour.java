package dev.understudy.stack.ip;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/** What is known of one neighbour; see {@link Neighbours} for the rules. */
final class Neighbour {
    enum State {
        /** Asked for by broadcast, no answer yet; packets wait. */
        INCOMPLETE,
        /** An answer to our own question is fresh. */
        REACHABLE,
        /** The address is believed, but was not confirmed lately or was not asked for. */
        STALE,
        /** Stale and in use: asked again, while packets go to the address that is believed. */
        PROBE
    }

    final long hi;
    final long lo;
    State state;
    long mac;

    /** When the next question is due; only in INCOMPLETE and PROBE. */
    long retryAt;

    /** Questions sent since the last answer. */
    int tries;

    /** When an ARP packet last told the address. */
    long heardAt;

    /** Until when an answer counts as fresh. */
    long reachableUntil;

    /** When a packet was last sent to it, or it was learned. */
    long usedAt;

    /** Whether we ever wanted to send to it; one that was only overheard is the first to go. */
    boolean wanted;

    /** Packets that wait; null until the first one does. */
    ArrayDeque<ByteBuf> queue;

    Neighbour(long hi, long lo, State state, long now) {
        this.hi = hi;
        this.lo = lo;
        this.state = state;
        usedAt = now;
        heardAt = now;
        reachableUntil = now;
    }

    boolean asking() {
        return state == State.INCOMPLETE || state == State.PROBE;
    }
}
