package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;

/**
 * Translate and forward: the steady state, in which a packet costs one look-up and a rewrite in place.
 *
 * <p>Until the server's first response byte the session can still be moved, so what the client sends is kept, and a lost
 * server leg (RST exactly in sequence, unreachable, no acknowledgement in time) goes to {@link Relocating} where that is
 * possible. Afterwards everything passes, a reset too.
 *
 * <p>An idle session is probed on both legs like a keep-alive (RFC 1122 §4.2.3.6) and ended when nobody answers: it never
 * hangs in the table. Idle means two hours and four minutes (RFC 5382 §5, REQ-5).
 */
final class Relaying implements Phase {
    static final long IDLE_NANOS = 7_440_000_000_000L;
    static final long PROBE_NANOS = 75_000_000_000L;
    static final int PROBES = 3;

    /** How long a client may leave a SYN+ACK unanswered: its retransmissions end earlier (RFC 5382 §5: 4 minutes). */
    static final long HALF_OPEN_NANOS = 75_000_000_000L;

    private final Engine engine;

    Relaying(Engine engine) {
        this.engine = engine;
    }

    void enter(Session session, long now) {
        session.phase = this;
        engine.deadlines.set(
                session, now + (session.clientAnswered ? IDLE_NANOS : HALF_OPEN_NANOS));
    }

    /** What was replayed waits for an acknowledgement. */
    void await(Session session, long now) {
        if (session.upNxt != session.upBase) {
            session.unansweredSince = now;
            engine.deadlines.setIfEarlier(
                    session, now + session.service.config().connect().timeoutNanos());
        }
    }

    @Override
    public void fromClient(Session session, Packet packet, long now) {
        int flags = packet.flags();
        session.lastPacketAt = now;
        session.packets++;
        if ((flags & (Tcp.SYN | Tcp.FIN | Tcp.RST)) != 0) {
            special(session, packet, flags, now);
            return;
        }
        if (session.store != null && !packet.checksumValid()) {
            // Not to be replayed, and not a sign of anything.
            engine.counters.add(Counter.BAD_CHECKSUM);
            return;
        }
        boolean credible = session.seenUp(packet);
        if (credible && !session.clientAnswered) {
            engine.admission.answered(session);
            engine.deadlines.set(session, now + IDLE_NANOS);
        }
        if (credible && session.store != null) {
            keep(session, packet, now);
        } else if (session.store != null && packet.payloadLength() > 0) {
            // Nothing may be executed that is not kept: it could not be judged when the server
            // dies.
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
            return;
        }
        engine.out.forwardUp(session, packet, now);
    }

    /** Keeps what a replay needs, and waits for its acknowledgement. */
    void keep(Session session, Packet packet, long now) {
        engine.kept.add(session, packet);
        if (!session.store.complete()) {
            // What has a gap is never replayed: its room is better used by others.
            session.releaseStore();
            return;
        }
        if (packet.payloadLength() > 0 && session.unansweredSince == 0) {
            session.unansweredSince = now;
            long timeout = session.service.config().connect().timeoutNanos();
            engine.deadlines.setIfEarlier(session, now + timeout);
        }
    }

    private void special(Session session, Packet packet, int flags, long now) {
        if ((flags & Tcp.RST) != 0) {
            resetByClient(session, packet, now);
        } else if ((flags & Tcp.FIN) != 0) {
            if (session.seenUp(packet)) {
                engine.closing.enter(session, now);
                engine.closing.took(session, packet, now);
            }
            engine.out.forwardUp(session, packet, now);
        } else {
            synByClient(session, packet, now);
        }
    }

    /** A client's SYN in the middle of its session. */
    void synByClient(Session session, Packet packet, long now) {
        if (packet.has(Tcp.ACK) || session.clientAnswered) {
            engine.out.client.challenge(session, now);
        } else if (session.translation == null) {
            // The SYN+ACK was lost on its way up: the server answers the SYN again.
            engine.out.shape(packet);
            engine.out.forwardUp(session, packet, now);
        } else {
            engine.out.client.synAckAgain(session, now);
        }
    }

    /** A RST that is not exactly in sequence is for the server to judge; it ends nothing here. */
    void resetByClient(Session session, Packet rst, long now) {
        boolean exact = session.clientResetIsExact(rst);
        engine.out.forwardUp(session, rst, now);
        if (exact) {
            engine.ended(session, Kind.RESET, "by the client", now);
        } else {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
        }
    }

    @Override
    public void fromServer(Session session, ServerLeg leg, Packet packet, long now) {
        int flags = packet.flags();
        if ((flags & (Tcp.SYN | Tcp.FIN | Tcp.RST)) != 0) {
            specialDown(session, leg, packet, flags, now);
            return;
        }
        if (session.store != null && !packet.checksumValid()) {
            engine.counters.add(Counter.BAD_CHECKSUM);
            return;
        }
        if (!engine.out.translateDown(session, packet, now)) {
            return;
        }
        pass(session, packet, now);
    }

    /** A segment of the server, translated, is the client's. */
    void pass(Session session, Packet packet, long now) {
        if (packet.has(Tcp.FIN)) {
            passFin(session, packet, now);
            return;
        }
        if (session.seenDown(packet)) {
            session.lastPacketAt = now;
            session.packets++;
            if (session.store != null) {
                watch(session, packet);
            }
        }
        engine.out.deliver(session, packet, now);
    }

    /** Still movable: notes what of it stays so. */
    void watch(Session session, Packet packet) {
        if (session.bytesDown > 0) {
            session.releaseStore();
            return;
        }
        if (session.serverAck != session.upBase) {
            session.unansweredSince = 0;
        }
        noteClock(session, packet);
    }

    /** While the session can be moved: what the server's clock said to the client last, which may not run backwards. */
    void noteClock(Session session, Packet packet) {
        if (session.clientOptions != null && session.clientOptions.timestamps()) {
            engine.out.options.parse(packet);
            if (engine.out.options.hasTimestamps()) {
                session.lastTsVal = SeqNum.max(session.lastTsVal, engine.out.options.tsVal());
            }
        }
    }

    private void specialDown(Session session, ServerLeg leg, Packet packet, int flags, long now) {
        if ((flags & Tcp.SYN) != 0) {
            synAgain(session, leg, packet, now);
        } else if (!engine.out.translateDown(session, packet, now)) {
            return;
        } else if ((flags & Tcp.RST) != 0) {
            reset(session, leg, packet, now);
        } else {
            passFin(session, packet, now);
        }
    }

    /** A FIN of the server, translated, is the client's. */
    void passFin(Session session, Packet packet, long now) {
        if (session.seenDown(packet)) {
            engine.closing.enter(session, now);
            engine.closing.gave(session, packet, now);
        }
        engine.out.deliver(session, packet, now);
    }

    /** A SYN+ACK once more: our, or the client's, last acknowledgement was lost. */
    void synAgain(Session session, ServerLeg leg, Packet packet, long now) {
        if (packet.seq() - session.delta() != session.serverIsn) {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
        } else if (session.translation == null) {
            noteClock(session, packet);
            engine.out.forwardDown(session, packet, now);
        } else if (session.clientAnswered) {
            engine.out.server.acknowledgeAgain(session, leg, packet, now);
        } else {
            engine.out.client.synAckAgain(session, now);
        }
    }

    /** A RST of the server, translated: it counts only where it is exact. */
    void reset(Session session, ServerLeg leg, Packet packet, long now) {
        if (!session.resetIsExact(packet)) {
            engine.out.server.challenge(session, now);
            return;
        }
        session.seenDown(packet);
        if (!lose(session, leg, Failure.RESET, now)) {
            engine.out.deliver(session, packet, now);
            engine.ended(session, Kind.RESET, "by the server", now);
        }
    }

    /** Moves a session because somebody wants it moved. */
    boolean relocate(Session session, long now) {
        return lose(session, session.leg, Failure.ASKED, now);
    }

    /** Moves a session whose server leg is lost; false if it stays, and the client is told the truth. */
    private boolean lose(Session session, ServerLeg leg, Failure failure, long now) {
        if (session.bytesDown > 0
                || session.serverFin
                || !failure.counts(session.service.config().recover())) {
            return false;
        }
        return Relocating.lost(engine, session, leg, failure, now);
    }

    @Override
    public void icmpError(
            Session session, ServerLeg leg, Packet icmp, Failure failure, int quotedSeq, long now) {
        if (!session.sent(quotedSeq)) {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
        } else if (failure != Failure.UNREACHABLE || !lose(session, leg, failure, now)) {
            engine.errors.toClient(session, icmp, now);
        }
    }

    @Override
    public void deadline(Session session, long now) {
        long timeout = session.service.config().connect().timeoutNanos();
        long idleFor = now - session.lastPacketAt;
        long next = session.lastPacketAt + IDLE_NANOS;
        if (movedOverdue(session, now)) {
            return;
        }
        if (session.unansweredSince != 0) {
            next = Math.min(next, session.unansweredSince + timeout);
        }
        if (!session.clientAnswered) {
            if (now - session.openedAt >= HALF_OPEN_NANOS) {
                expire(session, now);
                return;
            }
            next = Math.min(next, session.openedAt + HALF_OPEN_NANOS);
        } else if (idleFor >= IDLE_NANOS) {
            if (session.probes >= PROBES) {
                expire(session, now);
                return;
            }
            session.probes++;
            engine.out.probe(session, now);
            next = now + PROBE_NANOS;
        } else {
            session.probes = 0;
        }
        engine.deadlines.set(session, next - now > 0 ? next : now + timeout);
    }

    /** Moves a session whose server has not acknowledged the request in time; false if it has, or it cannot be moved. */
    boolean movedOverdue(Session session, long now) {
        long timeout = session.service.config().connect().timeoutNanos();
        if (session.unansweredSince == 0 || now - session.unansweredSince < timeout) {
            return false;
        }
        if (lose(session, session.leg, Failure.TIMEOUT, now)) {
            return true;
        }
        session.unansweredSince = 0;
        return false;
    }

    void expire(Session session, long now) {
        leaveServers(session, now);
        tellClient(session, now);
        engine.ended(session, Kind.EXPIRED, "", now);
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
        return "relaying";
    }
}
