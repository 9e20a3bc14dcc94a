package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.recover.Store;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Udp;

/**
 * The UDP half of the two doors (P59). A datagram of a client to an original opens a session in the same table, under the
 * same limits, as a SYN does. UDP says nothing of beginning, end or loss, so an answer is all that a server can be judged
 * by: {@link Asking} tries servers until one answers, and {@link Exchanging} forwards, and asks again where answers stop.
 *
 * <p>A server that was asked and did not win is sent nothing more, and what it still answers reaches nobody. Whatever was
 * asked may thus be executed by several servers, as it may be when the network doubles a datagram (RFC 8085 §3.1).
 */
final class Datagrams {
    private final Engine engine;

    Datagrams(Engine engine) {
        this.engine = engine;
    }

    /** A datagram of a client; false if it concerns no service and no session. */
    boolean fromClient(Packet packet, long now) {
        Session session =
                engine.table.outgoing.find(
                        Udp.PROTOCOL,
                        packet.srcHi(),
                        packet.srcLo(),
                        packet.srcPort(),
                        packet.dstHi(),
                        packet.dstLo(),
                        packet.dstPort());
        if (session == null) {
            return admit(packet, now);
        }
        if (session.phase == engine.timeWait) {
            // It was ended from outside; to its client it goes on.
            engine.table.forget(session);
            return admit(packet, now);
        }
        session.phase.fromClient(session, packet, now);
        return true;
    }

    private boolean admit(Packet packet, long now) {
        Service service =
                engine.services()
                        .find(Udp.PROTOCOL, packet.dstHi(), packet.dstLo(), packet.dstPort());
        if (service == null) {
            return false;
        }
        if (!packet.checksumValid()) {
            engine.counters.add(Counter.BAD_CHECKSUM);
            return true;
        }
        if (!engine.admission.hasRoom(packet, now)) {
            return false;
        }
        Store store = new Store(engine.stores);
        store.keep(engine.out.allocator, packet.frame());
        if (!store.complete()) {
            store.release();
            return engine.admission.failOpen(Counter.LIMIT_STORE, packet, now);
        }
        Session session =
                new Session(
                        engine.admission.nextId(),
                        service,
                        now,
                        packet.srcHi(),
                        packet.srcLo(),
                        packet.srcPort(),
                        packet.dstHi(),
                        packet.dstLo(),
                        packet.dstPort());
        session.store = store;
        session.bytesUp = packet.payloadLength();
        session.packets = 1;
        engine.admission.enter(session, now);
        if (!Asking.begin(engine, session, now)) {
            engine.event(session, Kind.EXHAUSTED, null, 0, Failure.LOCAL.word(), now);
            engine.counters.add(Counter.FAILURES_SHOWN);
            engine.forget(session, now);
            return false;
        }
        return true;
    }

    /** A datagram from the network; false if it is on no server leg. */
    boolean fromNetwork(Packet packet, long now) {
        ServerLeg leg =
                engine.table.incoming.find(
                        Udp.PROTOCOL,
                        packet.dstHi(),
                        packet.dstLo(),
                        packet.dstPort(),
                        packet.srcHi(),
                        packet.srcLo(),
                        packet.srcPort());
        if (leg == null) {
            return false;
        }
        if (leg.tombstone) {
            late(leg, packet, now);
        } else if (leg.session.phase != engine.timeWait) {
            leg.session.phase.fromServer(leg.session, leg, packet, now);
        }
        return true;
    }

    /** The answer of a server that did not win: it lives, which is worth knowing, and is not delivered. */
    private void late(ServerLeg leg, Packet packet, long now) {
        engine.counters.add(Counter.LATE_ANSWERS);
        if (packet.checksumValid() && leg.server.answered()) {
            engine.event(leg.session, Kind.SERVER_UP, leg, 0, "", now);
        }
    }
}
