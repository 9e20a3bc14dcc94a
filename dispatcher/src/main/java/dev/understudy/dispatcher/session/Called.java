package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;

/**
 * A connection that the server begins, because the client said on another that it listens (P61: FTP's PORT and EPRT). The
 * server's SYN is on its way to the client, as the original's; nothing is chosen and nothing can be recovered. When the
 * handshake is complete it is a session like others.
 */
final class Called implements Phase {
    private final Engine engine;

    Called(Engine engine) {
        this.engine = engine;
    }

    /** Takes a server's SYN on if it was announced. */
    boolean admit(Packet syn, long now) {
        if ((syn.flags() & (Tcp.SYN | Tcp.ACK | Tcp.RST | Tcp.FIN)) != Tcp.SYN) {
            return false;
        }
        Announcement announced = engine.announced.ofClient(syn);
        if (announced == null || !engine.admission.hasRoom() || known(announced, syn)) {
            return false;
        }
        if (engine.corrupt(syn)) {
            return true;
        }
        engine.announced.take(announced);
        Session session =
                new Session(
                        engine.admission.nextId(),
                        announced.service,
                        now,
                        announced.toHi,
                        announced.toLo,
                        announced.toPort,
                        announced.asHi,
                        announced.asLo,
                        syn.srcPort());
        session.pinned = new Server(Endpoint.of(syn.srcHi(), syn.srcLo(), syn.srcPort()), 1, false);
        ServerLeg leg =
                new ServerLeg(
                        session,
                        session.pinned,
                        syn.dstHi(),
                        syn.dstLo(),
                        syn.dstPort(),
                        syn.srcHi(),
                        syn.srcLo(),
                        syn.srcPort(),
                        0);
        session.serverIsn = syn.seq();
        session.downNxt = syn.seq() + 1;
        session.clientAck = syn.seq() + 1;
        session.downBase = syn.seq() + 1;
        session.phase = this;
        engine.admission.enter(session, now);
        engine.table.incoming.add(leg);
        session.leg = leg;
        session.pinned.won();
        engine.deadlines.set(session, now + Relaying.HALF_OPEN_NANOS);
        engine.out.shape(syn);
        engine.out.forwardDown(session, syn, now);
        return true;
    }

    private boolean known(Announcement announced, Packet syn) {
        return engine.table.outgoing.find(
                        Tcp.PROTOCOL,
                        announced.toHi,
                        announced.toLo,
                        announced.toPort,
                        announced.asHi,
                        announced.asLo,
                        syn.srcPort())
                != null;
    }

    @Override
    public void fromClient(Session session, Packet packet, long now) {
        session.lastPacketAt = now;
        session.packets++;
        if (packet.has(Tcp.RST)) {
            engine.out.forwardUp(session, packet, now);
            if (packet.has(Tcp.ACK) && packet.ack() == session.serverIsn + 1) {
                engine.counters.add(Counter.FAILURES_SHOWN);
                engine.event(session, Kind.EXHAUSTED, session.leg, 0, "reset", now);
                engine.forget(session, now);
            } else if (session.clientState == LegState.ESTABLISHED
                    && session.clientResetIsExact(packet)) {
                engine.ended(session, Kind.RESET, "by the client", now);
            }
        } else if (packet.has(Tcp.SYN)
                && packet.has(Tcp.ACK)
                && packet.ack() == session.serverIsn + 1) {
            session.clientIsn = packet.seq();
            session.upNxt = packet.seq() + 1;
            session.serverAck = packet.seq() + 1;
            session.upBase = packet.seq() + 1;
            session.clientState = LegState.ESTABLISHED;
            engine.out.shape(packet);
            engine.out.forwardUp(session, packet, now);
        } else {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
        }
    }

    @Override
    public void fromServer(Session session, ServerLeg leg, Packet packet, long now) {
        session.lastPacketAt = now;
        session.packets++;
        if (packet.has(Tcp.SYN)) {
            if (packet.seq() == session.serverIsn && !packet.has(Tcp.ACK)) {
                engine.out.shape(packet);
                engine.out.forwardDown(session, packet, now);
            }
        } else if (packet.has(Tcp.RST) && packet.seq() == session.downNxt) {
            engine.out.forwardDown(session, packet, now);
            engine.ended(session, Kind.RESET, "by the server", now);
        } else if (session.clientState == LegState.ESTABLISHED
                && packet.has(Tcp.ACK)
                && packet.ack() == session.upNxt
                && packet.seq() == session.downNxt
                && packet.checksumValid()) {
            leg.state = LegState.ESTABLISHED;
            engine.event(session, Kind.WON, leg, now - session.openedAt, "", now);
            engine.admission.answered(session);
            engine.relaying.enter(session, now);
            engine.relaying.fromServer(session, leg, packet, now);
        } else {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
        }
    }

    @Override
    public void icmpError(
            Session session, ServerLeg leg, Packet icmp, Failure failure, int quotedSeq, long now) {
        if (session.clientState == LegState.ESTABLISHED && session.sent(quotedSeq)) {
            engine.errors.toClient(session, icmp, now);
        } else {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
        }
    }

    @Override
    public void deadline(Session session, long now) {
        engine.counters.add(Counter.SESSIONS_EXPIRED);
        engine.event(session, Kind.EXPIRED, session.leg, 0, "", now);
        engine.forget(session, now);
    }

    /** The server has begun it: the client begins nothing here. */
    @Override
    public boolean yieldsTo(Session session, Packet syn) {
        return false;
    }

    @Override
    public void leaveServers(Session session, long now) {
        engine.out.server.reset(session, session.leg, now);
    }

    @Override
    public void tellClient(Session session, long now) {
        engine.out.client.reset(session, now);
    }

    @Override
    public String label() {
        return "opening";
    }
}
