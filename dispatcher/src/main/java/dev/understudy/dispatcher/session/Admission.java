package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.recover.Store;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.stack.tcp.IsnGenerator;
import dev.understudy.stack.tcp.SipHash;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import java.util.random.RandomGenerator;

/**
 * Takes sessions in, as far as the limits let it, and counts those that are there (DESIGN 7.1). Where there is no room for
 * one more, the client's SYN passes to the original unaltered: we do not hinder where we cannot help (B12), and count it.
 */
final class Admission {
    private final Engine engine;
    private final Limits limits;
    private final IsnGenerator isns;
    private final Pace limitEvents = new Pace(1);

    private long nextId = 1;
    private int live;
    private int halfOpen;

    Admission(Engine engine, Limits limits, RandomGenerator random) {
        this.engine = engine;
        this.limits = limits;
        this.isns = new IsnGenerator(new SipHash(random.nextLong(), random.nextLong()));
    }

    // ---- who is there

    /** Sessions that have not ended. */
    int live() {
        return live;
    }

    /** Those whose client has not completed its handshake. */
    int halfOpen() {
        return halfOpen;
    }

    long nextId() {
        return nextId++;
    }

    /** A session that the client has begun enters the table. */
    void enter(Session session, long now) {
        engine.table.outgoing.add(session);
        live++;
        halfOpen++;
        engine.counters.add(Counter.SESSIONS_OPENED);
        engine.events.add(
                now,
                session.id,
                Kind.OPENED,
                session.client(),
                session.original(),
                session.protocol,
                session.service.name());
    }

    /** The client has completed its handshake. */
    void answered(Session session) {
        session.clientAnswered = true;
        halfOpen--;
    }

    /** A session is over. */
    void left(Session session) {
        live--;
        if (!session.clientAnswered) {
            halfOpen--;
        }
    }

    // ---- whether there is room

    /** Whether there is room for another session. */
    boolean hasRoom() {
        return live < limits.sessions() && halfOpen < limits.halfOpen();
    }

    /** Whether there is room for another session; if not, its first packet passes unaltered, and that is counted. */
    boolean hasRoom(Packet first, long now) {
        if (live >= limits.sessions()) {
            return failOpen(Counter.LIMIT_SESSIONS, first, now);
        }
        return halfOpen < limits.halfOpen() || failOpen(Counter.LIMIT_HALF_OPEN, first, now);
    }

    /** A client's first packet passes unaltered, because of a limit. */
    boolean failOpen(Counter limit, Packet syn, long now) {
        engine.counters.add(limit);
        if (limitEvents.allows(now)) {
            engine.events.add(
                    now,
                    0,
                    Kind.LIMIT,
                    Endpoint.of(syn.srcHi(), syn.srcLo(), syn.srcPort()),
                    Endpoint.of(syn.dstHi(), syn.dstLo(), syn.dstPort()),
                    engine.counters.get(limit),
                    limit.label());
        }
        return false;
    }

    // ---- a connection begins

    /** Takes a client's SYN on; false if it belongs to no service or a limit is reached, and must pass unaltered. */
    boolean admit(Packet syn, long now) {
        Announcement announcement = engine.announced.ofServer(syn);
        Service service =
                announcement == null
                        ? engine.services()
                                .find(Tcp.PROTOCOL, syn.dstHi(), syn.dstLo(), syn.dstPort())
                        : announcement.service;
        if (service == null) {
            return false;
        }
        if (!syn.checksumValid()) {
            engine.counters.add(Counter.BAD_CHECKSUM);
            return true;
        }
        if (!hasRoom(syn, now)) {
            return false;
        }
        Store store = new Store(engine.stores);
        engine.kept.syn(store, syn);
        if (!store.complete()) {
            store.release();
            return failOpen(Counter.LIMIT_STORE, syn, now);
        }
        Session session =
                new Session(
                        nextId++,
                        service,
                        now,
                        syn.srcHi(),
                        syn.srcLo(),
                        syn.srcPort(),
                        syn.dstHi(),
                        syn.dstLo(),
                        syn.dstPort());
        session.clientIsn = syn.seq();
        session.upNxt = syn.seq() + 1;
        session.serverAck = syn.seq() + 1;
        session.upBase = syn.seq() + 1;
        session.store = store;
        if (announcement == null) {
            session.announcing = Announcing.of(engine, session);
        } else {
            engine.announced.take(announcement);
            session.pinned = announcement.server();
        }
        enter(session, now);
        if (announcement == null && Rules.of(session).answersAtOnce()) {
            answer(session, now);
            return true;
        }
        Opening opening = new Opening(engine, session, engine.candidates(session, now));
        session.phase = opening;
        if (!opening.start(session, now)) {
            engine.event(session, Kind.EXHAUSTED, null, 0, Failure.LOCAL.word(), now);
            engine.counters.add(Counter.FAILURES_SHOWN);
            engine.forget(session, now);
            return false;
        }
        return true;
    }

    /** Answers a client's SYN in the original's name, with no packet on the network side (P27). */
    private void answer(Session session, long now) {
        boolean ipv6 = !IpAddress.isMapped(session.nearHi, session.nearLo);
        session.serverIsn =
                isns.isn(
                        session.farHi,
                        session.farLo,
                        session.farPort,
                        session.nearHi,
                        session.nearLo,
                        session.nearPort,
                        now);
        session.downNxt = session.serverIsn + 1;
        session.clientAck = session.downNxt;
        session.downBase = session.downNxt;
        session.clientState = LegState.ESTABLISHED;
        session.clientOptions =
                Abilities.offer(
                        engine.kept.offer(session),
                        engine.out.maxMss(ipv6),
                        engine.candidates(session, now));
        session.lastTsVal = (int) (now / 1_000_000);
        engine.conversations.begin(session);
        engine.event(session, Kind.ANSWERED, null, 0, session.original().toString(), now);
        engine.binding.enter(session, now);
        engine.out.client.synAckAgain(session, now);
    }

    /** Whether a packet of the client is the SYN of another connection than the session's. */
    boolean beginsAnother(Session session, Packet packet) {
        return (packet.flags() & (Tcp.SYN | Tcp.ACK | Tcp.RST | Tcp.FIN)) == Tcp.SYN
                && session.phase.yieldsTo(session, packet);
    }

    /**
     * The same client port begins another connection: the old session is gone, the new one starts afresh.
     *
     * @return as {@link #admit}
     */
    boolean reopen(Session old, Packet syn, long now) {
        if (old.phase != engine.timeWait) {
            old.phase.leaveServers(old, now);
            engine.ended(old, Kind.RESET, "by a new connection from the same port", now);
        }
        engine.table.forget(old);
        return admit(syn, now);
    }
}
