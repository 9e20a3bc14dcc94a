package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.bind.Race;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.recover.Repeatable;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.dispatcher.translate.SequenceMap;
import dev.understudy.dispatcher.translate.Translation;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The server leg was lost, and another is being opened while the client is held (FIG. 6). The client leg stands, so the
 * stored SYN goes out with only what the client leg has agreed on; the new server's SYN+ACK does not reach the client
 * (P24); what the client sent is replayed; and from then on a {@link Translation} carries the delta (P10, P11).
 *
 * <p>A session is moved only while that is safe: the client has no response byte, no server has acknowledged any of its
 * request, so that the client's own stack still answers for every byte that is replayed, and the request may be repeated
 * ({@link Repeatable}). And it is moved no more often than a connection may try servers, or two servers that take
 * connections and then say nothing would hand it to and fro.
 *
 * <p>Nobody but this phase retransmits the SYN here: the client believes that it is connected.
 */
final class Relocating implements Phase {
    /** RFC 6298 §2.1: the first retransmission timeout. */
    private static final long RETRANSMIT_NANOS = 1_000_000_000L;

    private final Engine engine;
    private final Race<ServerLeg> race;
    private final ServerLeg lost;
    private final Failure cause;

    /** Since when the client has waited: the loss itself, or the request that found no answer. */
    private final long troubledSince;

    private long retransmittedAt;
    private long retransmitAt;

    private Relocating(
            Engine engine,
            Session session,
            ServerLeg lost,
            List<Server> candidates,
            Failure cause,
            long troubledSince,
            long now) {
        this.engine = engine;
        this.lost = lost;
        this.cause = cause;
        this.troubledSince = troubledSince;
        this.retransmittedAt = now;
        this.retransmitAt = now + RETRANSMIT_NANOS;
        this.race =
                new Race<>(
                        new LegOpener(engine, session),
                        candidates,
                        session.service.config().connect(),
                        session.service.config().recover());
    }

    /** Moves a session away from a lost leg; false, with the reason on record, if that is not possible. */
    static boolean begin(Engine engine, Session session, ServerLeg lost, Failure cause, long now) {
        if (cause != Failure.ASKED) {
            engine.failedServer(session, lost, cause, now);
        }
        List<Server> others = new ArrayList<>(engine.candidates(session, now));
        others.remove(lost.server);
        Optional<String> obstacle = obstacle(session, others);
        if (obstacle.isPresent()) {
            engine.counters.add(Counter.NOT_RELOCATED);
            engine.event(
                    session,
                    Kind.NOT_RELOCATED,
                    lost,
                    0,
                    cause.word() + ", " + obstacle.get(),
                    now);
            return false;
        }
        if (cause != Failure.RESET) {
            engine.out.resetServer(session, lost, now);
        }
        lost.state = LegState.CLOSED;
        lost.server.left();
        engine.bury(lost, now);
        long troubledSince = cause == Failure.TIMEOUT ? session.unansweredSince : now;
        session.leg = null;
        session.translation = null;
        session.unansweredSince = 0;
        session.moves++;
        engine.event(session, Kind.RELOCATING, lost, 0, cause.word(), now);
        Relocating phase = new Relocating(engine, session, lost, others, cause, troubledSince, now);
        session.phase = phase;
        phase.race.start(now);
        phase.settle(session, now);
        return true;
    }

    private static Optional<String> obstacle(Session session, List<Server> others) {
        if (others.isEmpty()) {
            return Optional.of("no other server");
        }
        if (session.store == null || !session.store.complete()) {
            return Optional.of("not all that the client sent could be kept");
        }
        if (session.moves >= session.service.config().connect().attempts()) {
            return Optional.of("it has been moved too often");
        }
        if (session.serverAck != session.upBase) {
            return Optional.of("the server had acknowledged the request");
        }
        if (!Repeatable.are(session.store.packets(), session.upBase)) {
            return Optional.of("the request might be executed twice");
        }
        return Optional.empty();
    }

    @Override
    public void fromClient(Session session, Packet packet, long now) {
        int flags = packet.flags();
        session.lastPacketAt = now;
        session.packets++;
        if ((flags & Tcp.RST) != 0) {
            if (session.clientResetIsExact(packet)) {
                race.abandon(now);
                engine.ended(session, Kind.RESET, "by the client", now);
            } else {
                engine.counters.add(Counter.OUT_OF_SEQUENCE);
            }
        } else if ((flags & Tcp.SYN) != 0) {
            syn(session, packet, now);
        } else if (packet.checksumValid() && session.seenUp(packet)) {
            if (!session.clientAnswered) {
                engine.answered(session);
            }
            engine.keep(session, packet);
            if ((flags & Tcp.FIN) != 0 && !session.clientFin) {
                session.clientFin = true;
                session.clientFinSeq = packet.seq() + packet.payloadLength();
                session.clientState = session.clientState.finSent();
            }
        }
    }

    /** The client never got the lost server's SYN+ACK. The server that is to take over may not have got our SYN. */
    private void syn(Session session, Packet packet, long now) {
        if (session.clientAnswered || packet.has(Tcp.ACK)) {
            engine.out.challengeClient(session, now);
        } else {
            engine.out.synAckAgain(session, now);
            race.retransmit(now);
        }
    }

    @Override
    public void fromServer(Session session, ServerLeg leg, Packet packet, long now) {
        if (!LegAnswer.isToSyn(packet, leg.isn)) {
            engine.doubtful(packet, now);
        } else if (packet.has(Tcp.RST)) {
            race.failed(leg, Failure.RESET, now);
            settle(session, now);
        } else {
            won(session, leg, packet, now);
        }
    }

    private void won(Session session, ServerLeg leg, Packet synAck, long now) {
        race.won(leg, leg.syns == 1, now);
        engine.bind(session, leg, now);
        int delta = SequenceMap.delta(synAck.seq() + 1, session.downBase);
        LegOptions clientLeg = session.clientOptions;
        LegOptions serverLeg = engine.shapedOffer(session).fromSynAck(synAck, engine.out.options);
        int said =
                serverLeg.timestamps() ? engine.out.options.tsVal() : engine.clientTsVal(session);
        if (Translation.needed(
                clientLeg, serverLeg, delta, clientLeg.timestamps() && serverLeg.timestamps())) {
            session.translation =
                    new Translation(
                                    clientLeg,
                                    serverLeg,
                                    new SequenceMap(0),
                                    new SequenceMap(delta),
                                    engine.out.drops)
                            .timestamps(session.lastTsVal, said, now);
        }
        engine.counters.add(Counter.RELOCATIONS);
        engine.event(session, Kind.RELOCATED, leg, now - troubledSince, cause.word(), now);
        if (cause != Failure.ASKED) {
            engine.hidden(session, lost, cause.word(), now - troubledSince, now);
        }
        if (session.store.complete()) {
            engine.out.replay(session, now);
        }
        if (session.clientFin) {
            leg.state = leg.state.finSent();
            engine.closing.enter(session, now);
        } else {
            engine.relaying.enter(session, now);
        }
        engine.relaying.await(session, now);
    }

    @Override
    public void icmpError(
            Session session, ServerLeg leg, Packet icmp, Failure failure, int quotedSeq, long now) {
        if (failure != Failure.UNREACHABLE || quotedSeq != leg.isn) {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
            return;
        }
        race.failed(leg, Failure.UNREACHABLE, now);
        settle(session, now);
    }

    @Override
    public void deadline(Session session, long now) {
        if (now - retransmitAt >= 0) {
            race.retransmit(now);
            retransmitAt = now + 2 * (retransmitAt - retransmittedAt);
            retransmittedAt = now;
        }
        race.deadline(now);
        settle(session, now);
    }

    private void settle(Session session, long now) {
        if (!race.exhausted()) {
            engine.deadlines.set(session, Math.min(race.nextDeadline(), retransmitAt));
            return;
        }
        engine.counters.add(Counter.FAILURES_SHOWN);
        engine.out.resetClient(session, now);
        engine.event(session, Kind.EXHAUSTED, null, 0, race.lastFailure().word(), now);
        engine.ended(session, Kind.RESET, "no server is left", now);
    }

    @Override
    public void leaveServers(Session session, long now) {
        race.abandon(now);
    }

    @Override
    public void tellClient(Session session, long now) {
        engine.out.resetClient(session, now);
    }

    @Override
    public String label() {
        return "relocating";
    }
}
