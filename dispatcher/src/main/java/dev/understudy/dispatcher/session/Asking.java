package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.bind.Race;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A UDP session that has no server: what the client has said is sent to one after the other, or to all, as the service's
 * strategy says, and the first one that answers has the session (P59). So it is at its beginning, and again when its
 * server fell silent or became unreachable. What the client says meanwhile goes to every server that is being asked.
 *
 * <p>Where silence is no failure ({@code recover: {on: [unreachable]}}, for protocols that only talk one way) nobody waits
 * for an answer: the first server has the session at once.
 */
final class Asking implements Phase {
    private final Engine engine;
    private final Recover recover;
    private final DatagramOpener opener;
    private final Race<ServerLeg> race;

    /** The server that is lost; null at the beginning. */
    private final ServerLeg lost;

    private final Failure cause;
    private final long troubledSince;
    private boolean started;
    private int icmpType;
    private int icmpCode;

    private Asking(
            Engine engine,
            Session session,
            List<Server> candidates,
            ServerLeg lost,
            Failure cause,
            long troubledSince) {
        this.engine = engine;
        this.lost = lost;
        this.cause = cause;
        this.troubledSince = troubledSince;
        recover = session.service.config().recover();
        opener = new DatagramOpener(engine, session, new Choosing(session, candidates, lost));
        race = new Race<>(opener, candidates, session.service.config().connect(), recover);
    }

    /** Begins a session with what is in its store; false if nobody could be asked. */
    static boolean begin(Engine engine, Session session, long now) {
        Asking phase =
                new Asking(engine, session, engine.candidates(session, now), null, null, now);
        session.phase = phase;
        phase.race.start(now);
        if (phase.race.exhausted()) {
            return false;
        }
        phase.started(session, now);
        return true;
    }

    /** Asks others than the server that was lost; false, with the reason on record, if there are none. */
    static boolean again(Engine engine, Session session, ServerLeg lost, Failure cause, long now) {
        engine.failedServer(session, lost, cause, now);
        List<Server> others = new ArrayList<>(engine.candidates(session, now));
        others.remove(lost.server);
        Optional<String> obstacle =
                others.isEmpty() ? Optional.of("no other server") : engine.excess(session);
        if (obstacle.isPresent()) {
            engine.counters.add(Counter.NOT_RELOCATED);
            String why = cause.word() + ", " + obstacle.get();
            engine.event(session, Kind.NOT_RELOCATED, lost, 0, why, now);
            return false;
        }
        lost.state = LegState.CLOSED;
        lost.server.left();
        engine.bury(lost, now);
        long since = session.unansweredSince == 0 ? now : session.unansweredSince;
        session.leg = null;
        session.unansweredSince = 0;
        engine.moved(session);
        engine.event(session, Kind.RELOCATING, lost, 0, cause.word(), now);
        Asking phase = new Asking(engine, session, others, lost, cause, since);
        session.phase = phase;
        if (session.store == null || session.store.packets().isEmpty()) {
            // Nothing waits for an answer: the client's next datagram finds the server.
            engine.exchanging.keep(session);
            engine.deadlines.set(session, session.lastPacketAt + Exchanging.idleNanos(session));
        } else {
            phase.start(session, now);
        }
        return true;
    }

    private void start(Session session, long now) {
        race.start(now);
        if (race.exhausted()) {
            settle(session, now);
        } else {
            started(session, now);
        }
    }

    private void started(Session session, long now) {
        started = true;
        if (recover.timeout()) {
            engine.deadlines.set(session, race.nextDeadline());
            return;
        }
        ServerLeg first = opener.first();
        race.won(first, false, now);
        session.leg = first;
        first.server.won();
        taken(session, first, now);
    }

    @Override
    public void fromClient(Session session, Packet packet, long now) {
        session.lastPacketAt = now;
        session.packets++;
        session.bytesUp += packet.payloadLength();
        session.store.keep(engine.out.allocator, packet.frame());
        if (!started) {
            start(session, now);
            return;
        }
        if (!session.store.complete()) {
            engine.counters.add(Counter.LIMIT_STORE);
        }
        opener.latest(packet.frame());
        race.retransmit(now);
        opener.latest(null);
    }

    @Override
    public void fromServer(Session session, ServerLeg leg, Packet packet, long now) {
        if (!packet.checksumValid()) {
            engine.counters.add(Counter.BAD_CHECKSUM);
            return;
        }
        race.won(leg, leg.syns == 1, now);
        engine.bind(session, leg, now);
        session.clientState = LegState.ESTABLISHED;
        taken(session, leg, now);
        engine.exchanging.fromServer(session, leg, packet, now);
    }

    private void taken(Session session, ServerLeg leg, long now) {
        if (lost == null) {
            engine.event(session, Kind.WON, leg, now - session.openedAt, "datagram", now);
        } else {
            engine.counters.add(Counter.RELOCATIONS);
            engine.event(session, Kind.RELOCATED, leg, now - troubledSince, cause.word(), now);
            engine.hidden(session, lost, cause.word(), now - troubledSince, opener.asked(), now);
        }
        engine.exchanging.enter(session, now);
    }

    @Override
    public void icmpError(
            Session session, ServerLeg leg, Packet icmp, Failure failure, int quotedSeq, long now) {
        if (failure == Failure.LOCAL && engine.exchanging.said(session, quotedSeq)) {
            // About size or time: the client's own matter, whoever answers in the end.
            engine.errors.toClient(session, icmp, now);
            return;
        }
        if (failure != Failure.UNREACHABLE || !engine.exchanging.said(session, quotedSeq)) {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
            return;
        }
        icmpType = Icmp.type(icmp.frame(), icmp.l4());
        icmpCode = Icmp.code(icmp.frame(), icmp.l4());
        race.failed(leg, Failure.UNREACHABLE, now);
        settle(session, now);
    }

    @Override
    public void deadline(Session session, long now) {
        if (started) {
            race.deadline(now);
            settle(session, now);
        } else {
            engine.exchanging.expire(session, now);
        }
    }

    private void settle(Session session, long now) {
        if (!race.exhausted()) {
            engine.deadlines.set(session, race.nextDeadline());
            return;
        }
        engine.counters.add(Counter.FAILURES_SHOWN);
        Failure last = race.lastFailure();
        if (last == Failure.UNREACHABLE) {
            engine.out.client.unreachable(session, icmpType, icmpCode, now);
        }
        String gave = last == Failure.TIMEOUT ? "silence" : last.word();
        engine.event(session, Kind.EXHAUSTED, null, 0, gave, now);
        engine.forget(session, now);
    }

    @Override
    public void leaveServers(Session session, long now) {
        race.abandon(now);
    }

    @Override
    public void tellClient(Session session, long now) {
        // UDP has no word for it.
    }

    @Override
    public String label() {
        return lost == null ? "opening" : "relocating";
    }
}
