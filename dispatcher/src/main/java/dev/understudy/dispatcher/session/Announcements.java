package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * What was announced on sessions and has not begun yet (P61). Two tables, as the session table has two indexes: from a
 * client to its original at an announced port, and from a server to an announced port of ours.
 *
 * <p>An announcement is for one connection of one client, or from one server, and void after a minute. Only the server
 * that has the announcing session can be led to, or let in: what a line says of other hosts is not obeyed (RFC 2577 §3).
 */
final class Announcements {
    static final long LIFE_NANOS = 60_000_000_000L;
    private static final int LIMIT = 4096;
    private static final int FIRST_PORT = 32_768;
    private static final int FIRST_FREE_PORT = 1024;
    private static final int DRAWS = 32;

    private final Engine engine;
    private final RandomGenerator random;
    private final FlowIndex<Announcement> ofServers;
    private final FlowIndex<Announcement> ofClients;
    private final BitSet promised = new BitSet();
    private final ArrayDeque<Announcement> byAge = new ArrayDeque<>();

    Announcements(Engine engine, RandomGenerator random) {
        this.engine = engine;
        this.random = random;
        ofServers = new FlowIndex<>(random.nextLong());
        ofClients = new FlowIndex<>(random.nextLong());
    }

    /**
     * The session's server listens at a port of its own: its client may connect to the original there.
     *
     * @return the original's port that the client must be told, or 0 if there is no room
     */
    int serverListens(Session session, int serverPort, long now) {
        ServerLeg leg = session.leg;
        int shown = serverPort;
        for (int i = 0; i < DRAWS; i++) {
            Announcement there =
                    ofServers.find(
                            Tcp.PROTOCOL,
                            session.nearHi,
                            session.nearLo,
                            0,
                            session.farHi,
                            session.farLo,
                            shown);
            boolean same =
                    there != null
                            && there.toHi == leg.farHi
                            && there.toLo == leg.farLo
                            && there.toPort == serverPort;
            if (same) {
                take(there);
            }
            if (there == null || same) {
                Announcement announced =
                        new Announcement(
                                session.service,
                                Tcp.PROTOCOL,
                                session.nearHi,
                                session.nearLo,
                                0,
                                session.farHi,
                                session.farLo,
                                shown,
                                leg.farHi,
                                leg.farLo,
                                serverPort,
                                session.farHi,
                                session.farLo,
                                now + LIFE_NANOS);
                return add(ofServers, announced) ? shown : 0;
            }
            shown = FIRST_PORT + random.nextInt(0x10000 - FIRST_PORT);
        }
        return 0;
    }

    /**
     * The session's client listens at a port of its own: its server may connect to us.
     *
     * @return our port that the server must be told, or 0 if there is no room
     */
    int clientListens(Session session, int clientPort, long now) {
        ServerLeg leg = session.leg;
        int ours = clientPort;
        for (int i = 0; i < DRAWS; i++) {
            Announcement there =
                    ofClients.find(
                            Tcp.PROTOCOL, leg.nearHi, leg.nearLo, ours, leg.farHi, leg.farLo, 0);
            boolean same =
                    there != null
                            && there.toHi == session.nearHi
                            && there.toLo == session.nearLo
                            && there.toPort == clientPort;
            if (same) {
                take(there);
            }
            if (ours >= FIRST_FREE_PORT && (there == null || same)) {
                Announcement announced =
                        new Announcement(
                                session.service,
                                Tcp.PROTOCOL,
                                leg.nearHi,
                                leg.nearLo,
                                ours,
                                leg.farHi,
                                leg.farLo,
                                0,
                                session.nearHi,
                                session.nearLo,
                                clientPort,
                                session.farHi,
                                session.farLo,
                                now + LIFE_NANOS);
                return add(ofClients, announced) ? ours : 0;
            }
            ours = FIRST_PORT + random.nextInt(0x10000 - FIRST_PORT);
        }
        return 0;
    }

    private boolean add(FlowIndex<Announcement> index, Announcement announced) {
        if (size() >= LIMIT) {
            engine.counters.add(Counter.LIMIT_ANNOUNCED);
            return false;
        }
        engine.counters.add(Counter.ANNOUNCED);
        index.add(announced);
        byAge.add(announced);
        return true;
    }

    /**
     * Ports of ours for UDP flows that are to be announced, one behind the other: those wanted if nobody else was promised
     * them, else others, of which the first is even (RFC 3550 §11); 0 if none are free.
     */
    int promise(int wanted, int count) {
        int port = wanted;
        for (int i = 0; i < DRAWS; i++) {
            if (port >= FIRST_FREE_PORT && promised.get(port, port + count).isEmpty()) {
                promised.set(port, port + count);
                return port;
            }
            port = FIRST_PORT + random.nextInt(0x10000 - FIRST_PORT) & ~1;
        }
        return 0;
    }

    void giveBack(BitSet ports) {
        promised.andNot(ports);
    }

    /** What a client's SYN was announced as; null if it was not. */
    Announcement ofServer(Packet syn) {
        if (ofServers.size() == 0) {
            return null;
        }
        return ofServers.find(
                Tcp.PROTOCOL, syn.srcHi(), syn.srcLo(), 0, syn.dstHi(), syn.dstLo(), syn.dstPort());
    }

    /** What a server's SYN was announced as; null if it was not. */
    Announcement ofClient(Packet syn) {
        if (ofClients.size() == 0) {
            return null;
        }
        return ofClients.find(
                Tcp.PROTOCOL, syn.dstHi(), syn.dstLo(), syn.dstPort(), syn.srcHi(), syn.srcLo(), 0);
    }

    /** What was announced begins: the announcement is used up. */
    void take(Announcement announced) {
        ofServers.remove(announced);
        ofClients.remove(announced);
        announced.taken = true;
    }

    /** Forgets what is void. */
    void expire(long now) {
        while (!byAge.isEmpty() && (byAge.peek().taken || now - byAge.peek().until >= 0)) {
            Announcement old = byAge.poll();
            if (!old.taken) {
                ofServers.remove(old);
                ofClients.remove(old);
            }
        }
    }

    /** When {@link #expire} has something to do; {@code Long.MAX_VALUE} if never. */
    long nextDeadline() {
        return byAge.isEmpty() ? Long.MAX_VALUE : byAge.peek().until;
    }

    int size() {
        return ofServers.size() + ofClients.size();
    }
}
