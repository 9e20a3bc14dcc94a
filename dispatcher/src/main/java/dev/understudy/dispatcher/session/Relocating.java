package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.bind.Race;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.recover.Repeatable;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The client is connected and held, and a server leg is being opened for it: because the one before was lost or gave an
 * answer that another server is asked for (FIG. 6), because the next URL belongs elsewhere (FIG. 7, P34), or because there
 * was none yet. The client leg stands, so the stored SYN goes out with only what the client leg has agreed on, and with
 * an ISN one before the oldest unanswered request ({@link Session#upBase}); the new server's SYN+ACK does not reach the client
 * (P24); what the client has asked for is replayed; and from then on a translation ({@link Joining}) carries the delta (P10, P11).
 *
 * <p>A request is replayed only while that is safe: the client has no byte of an answer to it, and it may be repeated ({@link
 * Repeatable}, DESIGN 7.5). An answer that has begun is taken up in the middle by {@link Resuming}. And a request is moved no
 * more often than a connection may try servers, or two servers that take connections and then say nothing would hand it to
 * and fro.
 *
 * <p>Nobody but this phase retransmits the SYN here: the client believes that it is connected.
 */
final class Relocating implements Phase {
    /** RFC 6298 §2.1: the first retransmission timeout. */
    private static final long RETRANSMIT_NANOS = 1_000_000_000L;

    private final Engine engine;
    private final Race<ServerLeg> race;
    private final Move move;

    private long retransmittedAt;
    private long retransmitAt;

    /**
     * Why a leg is being opened.
     *
     * @param lost the leg before; null if there was none
     * @param why in a word
     * @param hides whether the client would have seen a failure otherwise
     * @param since when the client began to wait
     * @param resumption an answer to be taken up in the middle; null if the request is replayed from its beginning
     */
    record Move(ServerLeg lost, String why, boolean hides, long since, Resumption resumption) {}

    private Relocating(
            Engine engine, Session session, List<Server> candidates, Move move, long now) {
        this.engine = engine;
        this.move = move;
        this.retransmittedAt = now;
        this.retransmitAt = now + RETRANSMIT_NANOS;
        this.race =
                new Race<>(
                        new LegOpener(
                                engine, session, new Choosing(session, candidates, move.lost())),
                        candidates,
                        session.service.config().connect(),
                        session.service.config().recover());
    }

    // ---- the ways in

    /** Moves a session away from a lost leg; false, with the reason on record, if that is not possible. */
    static boolean lost(Engine engine, Session session, ServerLeg lost, Failure cause, long now) {
        if (cause != Failure.ASKED) {
            engine.failedServer(session, lost, cause, now);
        }
        if (session.conversation != null) {
            session.conversation.failed(session, lost.server);
        }
        List<Server> others = others(engine, session, lost, now);
        Optional<String> obstacle = obstacle(engine, session, others);
        if (obstacle.isPresent()) {
            return stays(engine, session, lost, cause.word() + ", " + obstacle.get(), now);
        }
        if (cause != Failure.RESET) {
            engine.out.server.reset(session, lost, now);
        }
        long since = cause == Failure.TIMEOUT ? waitsSince(session, now) : now;
        leave(engine, session, lost, cause.word(), now);
        start(
                engine,
                session,
                others,
                new Move(lost, cause.word(), cause != Failure.ASKED, since, null),
                now);
        return true;
    }

    /** Since when a client has waited whose server says nothing: it may have acknowledged the request, and not answered it. */
    private static long waitsSince(Session session, long now) {
        long unanswered = session.unansweredSince == 0 ? now : session.unansweredSince;
        long asked = session.askedAt == 0 ? now : session.askedAt;
        return Math.min(unanswered, asked);
    }

    /** Has another server asked for what this one has answered with a status that counts as a failure (P21). */
    static boolean refused(Engine engine, Session session, Exchange exchange, long now) {
        ServerLeg leg = session.leg;
        String why = "answered " + exchange.answer.status();
        session.conversation.failed(session, leg.server);
        List<Server> others = others(engine, session, leg, now);
        Optional<String> obstacle = obstacle(engine, session, others);
        if (obstacle.isPresent()) {
            return stays(engine, session, leg, why + ", " + obstacle.get(), now);
        }
        if (session.conversation.fallback != null) {
            engine.conversations.leaveFallback(session, now);
        }
        session.conversation.setAside(session, engine.conversations.heldStore());
        engine.unbind(session);
        engine.moved(session);
        engine.event(session, Kind.RELOCATING, leg, 0, why, now);
        start(engine, session, others, new Move(leg, why, true, now, null), now);
        return true;
    }

    /** The oldest request belongs to another server than the one at hand (P34). */
    static boolean elsewhere(Engine engine, Session session, long now) {
        ServerLeg leg = session.leg;
        List<Server> others = others(engine, session, leg, now);
        if (others.isEmpty()) {
            return false;
        }
        engine.conversations.asked(session, now);
        engine.leaveGently(session, leg, now);
        engine.unbind(session);
        engine.event(
                session, Kind.RELOCATING, leg, 0, "the next request is for another server", now);
        start(engine, session, others, new Move(leg, "another server's", false, now, null), now);
        return true;
    }

    /** A client that has no server gets one; false if there is none to try. */
    static boolean first(Engine engine, Session session, long now) {
        List<Server> candidates = others(engine, session, null, now);
        if (candidates.isEmpty()) {
            return false;
        }
        engine.conversations.asked(session, now);
        start(engine, session, candidates, new Move(null, "bound", false, now, null), now);
        return true;
    }

    /** Takes an answer up in the middle; the caller has seen to it that this is possible. */
    static void resume(
            Engine engine,
            Session session,
            ServerLeg lost,
            String why,
            List<Server> others,
            Resumption plan,
            long now) {
        if (lost != null) {
            leave(engine, session, lost, why, now);
        }
        start(engine, session, others, new Move(lost, why, true, plan.since(), plan), now);
    }

    private static boolean stays(
            Engine engine, Session session, ServerLeg leg, String why, long now) {
        engine.counters.add(Counter.NOT_RELOCATED);
        engine.event(session, Kind.NOT_RELOCATED, leg, 0, why, now);
        return false;
    }

    private static void leave(
            Engine engine, Session session, ServerLeg lost, String why, long now) {
        lost.state = LegState.CLOSED;
        lost.server.left();
        engine.bury(lost, now);
        engine.unbind(session);
        engine.moved(session);
        engine.event(session, Kind.RELOCATING, lost, 0, why, now);
    }

    private static void start(
            Engine engine, Session session, List<Server> others, Move move, long now) {
        session.unansweredSince = 0;
        Relocating phase = new Relocating(engine, session, others, move, now);
        session.phase = phase;
        phase.race.start(now);
        phase.settle(session, now);
    }

    /** The servers that may be asked, but for those that have failed this request. */
    static List<Server> others(Engine engine, Session session, ServerLeg lost, long now) {
        List<Server> others = new ArrayList<>(engine.candidates(session, now));
        if (lost != null) {
            others.remove(lost.server);
        }
        if (session.conversation != null) {
            others.removeAll(session.conversation.tried);
        }
        return others;
    }

    static Optional<String> obstacle(Engine engine, Session session, List<Server> others) {
        if (others.isEmpty()) {
            return Optional.of("no other server");
        }
        if (session.store == null || !session.store.complete()) {
            return Optional.of("not all that the client sent could be kept");
        }
        if (!repeatable(session)) {
            return Optional.of("the request might be executed twice");
        }
        return engine.excess(session);
    }

    private static boolean repeatable(Session session) {
        return session.conversation == null
                ? Repeatable.are(session.store.packets(), session.upBase)
                : session.conversation.repeatable();
    }

    // ---- the client is held

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
            engine.conversations.held(session, packet, now);
        }
    }

    /** The client never got the lost server's SYN+ACK. The server that is to take over may not have got our SYN. */
    private void syn(Session session, Packet packet, long now) {
        if (session.clientAnswered || packet.has(Tcp.ACK)) {
            engine.out.client.challenge(session, now);
        } else {
            engine.out.client.synAckAgain(session, now);
            race.retransmit(now);
        }
    }

    // ---- a server answers

    @Override
    public void fromServer(Session session, ServerLeg leg, Packet packet, long now) {
        if (isAside(session, leg)) {
            return;
        }
        if (!LegAnswer.isToSyn(packet, leg.isn)) {
            engine.doubtful(packet, now);
        } else if (packet.has(Tcp.RST)) {
            race.failed(leg, Failure.RESET, now);
            settle(session, now);
        } else {
            won(session, leg, packet, now);
        }
    }

    private static boolean isAside(Session session, ServerLeg leg) {
        return session.conversation != null
                && session.conversation.fallback != null
                && session.conversation.fallback.leg() == leg;
    }

    private void won(Session session, ServerLeg leg, Packet synAck, long now) {
        race.won(leg, leg.syns == 1, now);
        engine.bind(session, leg, now);
        leg.received = synAck.seq() + 1;
        Abilities.learn(leg.server, synAck, engine.out.options);
        LegOptions offered = engine.kept.shapedOffer(session);
        engine.out.shape(synAck, offered);
        leg.options = offered.fromSynAck(synAck, engine.out.options);
        int said =
                leg.options.timestamps()
                        ? engine.out.options.tsVal()
                        : engine.kept.clientTsVal(session);
        leg.tsVal = engine.out.options.tsVal();
        leg.window = synAck.window();
        if (move.resumption() != null) {
            Resuming.enter(engine, session, leg, move, now);
            return;
        }
        int growth = session.conversation == null ? 0 : engine.rewriting.growth(session);
        session.translation = Joining.replayed(session, leg, said, growth, engine.out.drops, now);
        int end = session.upNxt;
        if (session.conversation != null) {
            session.conversation.listenAnew(session, engine.conversations.heldStore());
            end = session.conversation.gates.up(session, leg.server);
            session.conversation.sentUp = end;
        }
        tell(session, leg, engine.replays.replay(session, leg, end, now), now);
        if (session.conversation != null && !session.conversation.readable()) {
            engine.conversations.forget(session, now);
        }
        if (session.conversation != null) {
            engine.conversing.enter(session, now);
        } else if (session.clientFin) {
            engine.closing.enter(session, now);
            engine.relaying.await(session, now);
        } else {
            engine.relaying.enter(session, now);
            engine.relaying.await(session, now);
        }
    }

    /** Puts on record that the session has a server again, and what that has cost. */
    private void tell(Session session, ServerLeg leg, long replayed, long now) {
        long cost = now - move.since();
        if (move.lost() == null) {
            engine.event(session, Kind.BOUND, leg, cost, "", now);
            return;
        }
        engine.counters.add(Counter.RELOCATIONS);
        engine.event(session, Kind.RELOCATED, leg, cost, move.why(), now);
        if (move.hides()) {
            engine.hidden(session, move.lost(), move.why(), cost, replayed, now);
        }
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
        if (session.conversation != null && session.conversation.fallback != null) {
            session.conversation.takeUp(session);
            engine.event(session, Kind.RESTORED, session.leg, 0, move.why(), now);
            engine.conversing.enter(session, now);
            engine.passing.downHeld(session, now);
            return;
        }
        engine.counters.add(Counter.FAILURES_SHOWN);
        engine.out.client.reset(session, now);
        engine.event(session, Kind.EXHAUSTED, null, 0, race.lastFailure().word(), now);
        engine.ended(session, Kind.RESET, "no server is left", now);
    }

    @Override
    public void leaveServers(Session session, long now) {
        race.abandon(now);
    }

    @Override
    public void tellClient(Session session, long now) {
        engine.out.client.reset(session, now);
    }

    @Override
    public String label() {
        return move.lost() == null ? "binding" : "relocating";
    }
}
