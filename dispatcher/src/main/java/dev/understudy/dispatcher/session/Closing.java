package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;

/**
 * A FIN has been seen (P25). Both directions go on being translated, one may carry data for long (half-close); when both
 * FINs are acknowledged the session is over and its shadow stays. A client that has said FIN behind its request can still
 * be moved to another server, as in {@link Relaying}. A session of which both ends have said FIN, but which
 * does not come to an end, is given two minutes; a half-closed one may idle as long as an open one.
 */
final class Closing implements Phase {
    static final long BOTH_FINS_NANOS = 120_000_000_000L;

    private final Engine engine;

    Closing(Engine engine) {
        this.engine = engine;
    }

    void enter(Session session, long now) {
        session.phase = this;
        if (!session.clientAnswered) {
            engine.admission.answered(session);
        }
        long timeout = session.service.config().connect().timeoutNanos();
        long next = now + Relaying.IDLE_NANOS;
        engine.deadlines.set(
                session, session.unansweredSince == 0 ? next : session.unansweredSince + timeout);
    }

    @Override
    public void fromClient(Session session, Packet packet, long now) {
        int flags = packet.flags();
        session.lastPacketAt = now;
        session.packets++;
        if ((flags & Tcp.RST) != 0) {
            engine.relaying.resetByClient(session, packet, now);
        } else if ((flags & Tcp.SYN) != 0) {
            engine.out.client.challenge(session, now);
        } else if (session.store != null && !packet.checksumValid()) {
            engine.counters.add(Counter.BAD_CHECKSUM);
        } else {
            if (session.seenUp(packet)) {
                took(session, packet, now);
            }
            engine.out.forwardUp(session, packet, now);
            settle(session, now);
        }
    }

    /** Notes the client's FIN, or its acknowledgement of the server's, in a segment that was found credible. */
    void took(Session session, Packet packet, long now) {
        if (session.store != null) {
            engine.relaying.keep(session, packet, now);
        }
        if (session.noteFin(packet)) {
            session.leg.state = session.leg.state.finSent();
            bothFins(session, now);
        }
        if (session.serverFin && SeqNum.gt(session.clientAck, session.serverFinSeq)) {
            session.serverFinAcked = true;
        }
    }

    @Override
    public void fromServer(Session session, ServerLeg leg, Packet packet, long now) {
        int flags = packet.flags();
        if ((flags & Tcp.SYN) != 0) {
            if (session.translation == null && packet.seq() == session.serverIsn) {
                engine.out.forwardDown(session, packet, now);
            }
            return;
        }
        if (session.store != null && !packet.checksumValid()) {
            engine.counters.add(Counter.BAD_CHECKSUM);
            return;
        }
        if (!engine.out.translateDown(session, packet, now)) {
            return;
        }
        if ((flags & Tcp.RST) != 0) {
            engine.relaying.reset(session, leg, packet, now);
            return;
        }
        pass(session, packet, now);
    }

    /** A segment of the server, translated, is the client's. */
    void pass(Session session, Packet packet, long now) {
        if (session.seenDown(packet)) {
            session.lastPacketAt = now;
            session.packets++;
            gave(session, packet, now);
        }
        engine.out.deliver(session, packet, now);
        settle(session, now);
    }

    /** Notes the server's FIN, or its acknowledgement of the client's, in a segment that was found credible. */
    void gave(Session session, Packet packet, long now) {
        if (packet.has(Tcp.FIN)) {
            session.releaseStore();
        } else if (session.store != null) {
            engine.relaying.watch(session, packet);
        }
        if (packet.has(Tcp.FIN) && !session.serverFin) {
            session.serverFin = true;
            session.serverFinSeq = packet.seq() + packet.payloadLength();
            session.clientState = session.clientState.finReceived();
            session.leg.state = session.leg.state.finReceived();
            bothFins(session, now);
        }
        session.noteFinAcknowledged();
    }

    private void bothFins(Session session, long now) {
        if (session.clientFin && session.serverFin) {
            engine.deadlines.set(session, now + BOTH_FINS_NANOS);
        }
    }

    private void settle(Session session, long now) {
        if (session.clientFinAcked && session.serverFinAcked) {
            engine.ended(session, Kind.CLOSED, "", now);
        }
    }

    @Override
    public void icmpError(
            Session session, ServerLeg leg, Packet icmp, Failure failure, int quotedSeq, long now) {
        engine.relaying.icmpError(session, leg, icmp, failure, quotedSeq, now);
    }

    @Override
    public void deadline(Session session, long now) {
        if (engine.relaying.movedOverdue(session, now)) {
            return;
        }
        long patience =
                session.clientFin && session.serverFin ? BOTH_FINS_NANOS : Relaying.IDLE_NANOS;
        if (now - session.lastPacketAt >= patience) {
            leaveServers(session, now);
            tellClient(session, now);
            engine.ended(session, Kind.EXPIRED, "", now);
            return;
        }
        engine.deadlines.set(session, session.lastPacketAt + patience);
        if (session.unansweredSince != 0) {
            long timeout = session.service.config().connect().timeoutNanos();
            engine.deadlines.setIfEarlier(session, session.unansweredSince + timeout);
        }
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
        return "closing";
    }
}
