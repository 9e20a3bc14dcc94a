package dev.understudy.dispatcher.session;

import java.util.ArrayDeque;
import java.util.random.RandomGenerator;

/**
 * The session table (FIG. 9, 10): one entry a session, found by {client, original} going out and by {network-side client,
 * server} coming in (P03). The incoming index is keyed by the port that we use on the network side, because the client's
 * own may serve two originals that map to one server (T4).
 *
 * <p>What has ended stays as a shadow for a while: sessions in {@link TimeWait}, and legs that lost a race. Shadows do not
 * count as live, and the oldest goes first when there are too many.
 */
final class SessionTable {
    /** Longer than a SYN+ACK is retransmitted: 1+2+4+8+16+32 s is the usual schedule. */
    static final long TOMBSTONE_NANOS = 64_000_000_000L;

    /** As long as the client's own kernel stays in TIME-WAIT. */
    static final long SHADOW_NANOS = 60_000_000_000L;

    /** Ephemeral ports that we hand out; below are those of flows that pass through (RFC 6056 §3.2). */
    private static final int FIRST_PORT = 32_768;

    private static final int PORT_DRAWS = 32;

    final FlowIndex<Session> outgoing;
    final FlowIndex<ServerLeg> incoming;
    private final ArrayDeque<Session> shadows = new ArrayDeque<>();
    private final ArrayDeque<ServerLeg> tombstones = new ArrayDeque<>();
    private final int mostShadows;
    private final RandomGenerator random;

    /** Tombstones that are in the index; a queued one may have made room. */
    private int standing;

    SessionTable(int mostShadows, RandomGenerator random) {
        this.mostShadows = mostShadows;
        this.random = random;
        outgoing = new FlowIndex<>(random.nextLong());
        incoming = new FlowIndex<>(random.nextLong());
    }

    /**
     * A network-side port for a leg to a server: the client's own where it is free, else one drawn at random (RFC 6056
     * §3.3.1), else the next that is free; 0 if none is. A tombstone in the way makes room, unless it waits for answers to
     * the same SYN: a late one would pass for an answer to the new attempt.
     *
     * @param isn of the SYN that is to be sent
     */
    int port(
            int protocol,
            long localHi,
            long localLo,
            int wanted,
            long serverHi,
            long serverLo,
            int serverPort,
            int isn) {
        if (free(protocol, localHi, localLo, wanted, serverHi, serverLo, serverPort, isn)) {
            return wanted;
        }
        int range = 0x10000 - FIRST_PORT;
        int drawn = FIRST_PORT + random.nextInt(range);
        for (int i = 0; i < PORT_DRAWS; i++) {
            if (free(protocol, localHi, localLo, drawn, serverHi, serverLo, serverPort, isn)) {
                return drawn;
            }
            drawn = FIRST_PORT + random.nextInt(range);
        }
        for (int i = 0; i < range; i++) {
            int port = FIRST_PORT + (drawn - FIRST_PORT + i) % range;
            if (free(protocol, localHi, localLo, port, serverHi, serverLo, serverPort, isn)) {
                return port;
            }
        }
        return 0;
    }

    private boolean free(
            int protocol,
            long localHi,
            long localLo,
            int port,
            long serverHi,
            long serverLo,
            int serverPort,
            int isn) {
        ServerLeg there =
                incoming.find(protocol, localHi, localLo, port, serverHi, serverLo, serverPort);
        if (there != null && there.tombstone && !there.won && there.isn != isn) {
            removeTombstone(there);
            return true;
        }
        return there == null;
    }

    /**
     * Keeps a leg that has lost as a tombstone.
     *
     * @return whether another one had to go before its time
     */
    boolean bury(ServerLeg leg, long now) {
        leg.tombstone = true;
        standing++;
        leg.expiresAt = now + TOMBSTONE_NANOS;
        tombstones.add(leg);
        if (tombstones.size() > mostShadows) {
            removeTombstone(tombstones.poll());
            return true;
        }
        return false;
    }

    /**
     * Keeps a session that has ended as a shadow.
     *
     * @return whether another shadow had to go before its time
     */
    boolean shadow(Session session, long now) {
        session.deadline = now + SHADOW_NANOS;
        shadows.add(session);
        if (shadows.size() > mostShadows) {
            forget(shadows.poll());
            return true;
        }
        return false;
    }

    /** Takes a session and its leg out of both indexes. */
    void forget(Session session) {
        outgoing.remove(session);
        if (session.leg != null) {
            incoming.remove(session.leg);
        }
    }

    /** Takes out what has been a shadow long enough. */
    void expire(long now) {
        while (!shadows.isEmpty() && now - shadows.peek().deadline >= 0) {
            forget(shadows.poll());
        }
        while (!tombstones.isEmpty() && now - tombstones.peek().expiresAt >= 0) {
            removeTombstone(tombstones.poll());
        }
    }

    /** When the oldest shadow may go; {@code Long.MAX_VALUE} if there is none. */
    long nextDeadline() {
        long shadow = shadows.isEmpty() ? Long.MAX_VALUE : shadows.peek().deadline;
        long tombstone = tombstones.isEmpty() ? Long.MAX_VALUE : tombstones.peek().expiresAt;
        return Math.min(shadow, tombstone);
    }

    /** Tombstones that are still in the index. */
    int tombstones() {
        return standing;
    }

    private void removeTombstone(ServerLeg leg) {
        if (incoming.remove(leg)) {
            standing--;
        }
    }
}
