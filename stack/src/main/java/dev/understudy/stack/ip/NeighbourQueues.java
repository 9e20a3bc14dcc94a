package dev.understudy.stack.ip;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/**
 * Packets that wait for the MAC of their neighbour (RFC 1122 §2.3.2.2): a bounded queue each, from which the oldest goes
 * first, and a bound on all of them together, at which the new one goes.
 */
final class NeighbourQueues {
    private final int limitEach;
    private final int limitAll;
    private int queued;

    NeighbourQueues(Neighbours.Limits limits) {
        limitEach = limits.queuedEach();
        limitAll = limits.queuedAll();
    }

    /** Has a packet wait, which is retained; returns how many were dropped for it or instead of it. */
    int add(Neighbour n, ByteBuf frame) {
        if (n.queue == null) {
            n.queue = new ArrayDeque<>(4);
        }
        int dropped = 0;
        if (n.queue.size() >= limitEach) {
            n.queue.remove().release();
            queued--;
            dropped++;
        }
        if (queued >= limitAll) {
            return dropped + 1;
        }
        n.queue.add(frame.retain());
        queued++;
        return dropped;
    }

    /** Takes out what has waited longest for a neighbour, for the caller to own; null if nothing waits. */
    ByteBuf poll(Neighbour n) {
        if (n.queue == null || n.queue.isEmpty()) {
            n.queue = null;
            return null;
        }
        queued--;
        return n.queue.remove();
    }

    /** Packets that wait for all neighbours together. */
    int size() {
        return queued;
    }
}
