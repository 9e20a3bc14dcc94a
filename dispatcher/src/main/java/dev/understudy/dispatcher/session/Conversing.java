package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;

/**
 * Translate and forward as {@link Relaying} does, and read along (FIG. 6, FIG. 7): a {@link Conversation} tells which
 * bytes may pass. So an answer that another server is to be asked for ("404") is held back, a request whose server is not
 * the one at hand waits until the answer before it is through, and the loss of a server is mended wherever that is
 * possible: between two requests, before an answer, and in the middle of one.
 *
 * <p>A server that says nothing while an answer is due is asked by keep-alive probes whether it lives (RFC 1122
 * §4.2.3.6): a slow application has a kernel that answers at once, a dead host has none, and a host that has taken the
 * dead one's place resets. So {@link Silence} is told from slowness.
 *
 * <p>A conversation that cannot be read any more (not HTTP, ambiguous, a tunnel) goes on in {@link Relaying}.
 */
final class Conversing implements Phase {
    /**
     * How long a server may say nothing if nobody can take its part: longer than networks usually fail for, and then the
     * client is told. Probes go on meanwhile, each after twice the time of the one before.
     */
    static final long HOPELESS_NANOS = 60_000_000_000L;

    /** When a deadline is past that this phase cannot meet yet, it looks again so much later. */
    private static final long AGAIN_NANOS = 20_000_000L;

    private final Engine engine;

    Conversing(Engine engine) {
        this.engine = engine;
    }

    void enter(Session session, long now) {
        session.phase = this;
        session.conversation.silence.broken(now);
        engine.passing.upKept(session, now);
        arm(session, now);
    }

    // ---- the client's side

    @Override
    public void fromClient(Session session, Packet packet, long now) {
        int flags = packet.flags();
        session.lastPacketAt = now;
        session.packets++;
        if ((flags & Tcp.RST) != 0) {
            engine.relaying.resetByClient(session, packet, now);
            return;
        }
        if ((flags & Tcp.SYN) != 0) {
            engine.relaying.synByClient(session, packet, now);
            return;
        }
        if (!packet.checksumValid()) {
            engine.counters.add(Counter.BAD_CHECKSUM);
            return;
        }
        int length = packet.segmentLength();
        Conversation conversation = session.conversation;
        if (conversation.idle(session)) {
            conversation.silence.broken(now);
        }
        if (!session.seenUp(packet)) {
            if (length == 0) {
                engine.out.forwardUp(session, packet, now);
            }
            return;
        }
        if (!session.clientAnswered) {
            engine.admission.answered(session);
        }
        engine.conversations.heard(session, packet);
        if (length > 0) {
            engine.kept.add(session, packet);
            if (session.noteFin(packet)) {
                session.leg.state = session.leg.state.finSent();
            }
            boolean follows = conversation.readUp(packet);
            engine.conversations.nameRead(session);
            if (!follows) {
                giveUp(session, now);
                engine.out.forwardUp(session, packet, now);
                return;
            }
        }
        if (engine.deciding.progress(session, now)) {
            return;
        }
        engine.passing.up(session, packet, now);
        if (conversation.readable()) {
            arm(session, now);
        } else {
            giveUp(session, now);
        }
    }

    // ---- the server's side

    @Override
    public void fromServer(Session session, ServerLeg leg, Packet packet, long now) {
        if (leg != session.leg) {
            // An answer that was put aside: its server sends again what nobody acknowledges.
            return;
        }
        int flags = packet.flags();
        if ((flags & Tcp.SYN) != 0) {
            engine.relaying.synAgain(session, leg, packet, now);
            return;
        }
        // Data that is not read, the client judges; what it says beside its bytes is not used.
        if (packet.payloadLength() == 0 && !packet.checksumValid()) {
            engine.counters.add(Counter.BAD_CHECKSUM);
            return;
        }
        if (!engine.out.translateDown(session, packet, now)) {
            return;
        }
        if ((flags & Tcp.RST) != 0) {
            reset(session, leg, packet, now);
            return;
        }
        Conversation conversation = session.conversation;
        Answers answers = conversation.answers;
        if (answers.serverClosed && SeqNum.gt(packet.seq(), answers.closedAt)) {
            packet.seq(answers.closedAt);
        }
        boolean holding = !answers.held.isEmpty();
        int end = packet.seq() + packet.payloadLength();
        if (!session.credibleDown(packet)) {
            if (packet.segmentLength() == 0 || !holding) {
                engine.out.deliver(session, packet, now);
            }
            return;
        }
        session.packets++;
        if (Passing.answersProbe(session, packet)) {
            conversation.silence.answered(now);
            return;
        }
        session.lastPacketAt = now;
        conversation.silence.broken(now);
        conversation.serverWindow = packet.window();
        if (session.translation != null && !engine.passing.leavesNews(session, leg, packet, now)) {
            return;
        }
        boolean bare = (flags & Tcp.FIN) == 0 && packet.payloadLength() == 0;
        if (bare) {
            leg.noteClock(engine.out.options.parse(packet), session.clockOffset());
        }
        if (bare || (flags & Tcp.FIN) == 0 && !holding && answers.skips(end)) {
            engine.passing.down(session, packet, now);
        } else {
            read(session, leg, packet, now);
        }
    }

    /** A segment that says something: it passes, or waits behind the gate, or is why another server is asked. */
    private void read(Session session, ServerLeg leg, Packet packet, long now) {
        if (!packet.checksumValid()) {
            engine.counters.add(Counter.BAD_CHECKSUM);
            return;
        }
        leg.noteClock(engine.out.options.parse(packet), session.clockOffset());
        Conversation conversation = session.conversation;
        if (!conversation.readDown(packet)) {
            giveUp(session, now);
            if (session.clientFin) {
                engine.closing.pass(session, packet, now);
            } else {
                engine.relaying.pass(session, packet, now);
            }
            return;
        }
        int end = packet.seq() + packet.payloadLength();
        int gate = conversation.gates.down(Rules.of(session));
        boolean waits = SeqNum.gt(end, gate);
        if (waits) {
            engine.holding.keep(session, packet);
            engine.passing.downCopy(
                    session, engine.out.copies.first(packet, gate - packet.seq()), now);
        }
        if (engine.deciding.progress(session, now)) {
            return;
        }
        engine.passing.downHeld(session, now);
        if (!waits) {
            engine.passing.downCopy(
                    session, engine.out.copies.first(packet, packet.payloadLength()), now);
        }
        engine.holding.watch(session, now);
        // A FIN that comes too early comes again.
        if (packet.has(Tcp.FIN)
                && conversation.answers.next() == end
                && !conversation.answers.hasGap()
                && !conversation.gates.judgesLater(Rules.of(session))) {
            closed(session, leg, packet, now);
            return;
        }
        if (!conversation.readable()) {
            giveUp(session, now);
        } else {
            arm(session, now);
        }
    }

    // ---- decisions

    /** The server has closed its direction, and all before that has been read. */
    private void closed(Session session, ServerLeg leg, Packet packet, long now) {
        Conversation conversation = session.conversation;
        boolean complete = conversation.answeredAll();
        boolean lawful = conversation.answers.closed();
        if (complete
                && conversation.keepsAlive()
                && !session.clientFin
                && Rules.of(session).closes()) {
            leg.state = leg.state.finReceived();
            conversation.answers.serverClosed = true;
            conversation.answers.closedAt = packet.seq() + packet.payloadLength();
            if (!engine.deciding.progress(session, now)) {
                arm(session, now);
            }
            return;
        }
        if (!lawful && !complete && lose(session, leg, Failure.CLOSED, now)) {
            return;
        }
        engine.holding.flush(session, packet.seq() + packet.segmentLength() + 1, now);
        engine.conversations.forget(session, now);
        engine.relaying.passFin(session, packet, now);
    }

    private void reset(Session session, ServerLeg leg, Packet packet, long now) {
        if (!session.resetIsExact(packet)) {
            engine.out.server.challenge(session, now);
        } else if (!lose(session, leg, Failure.RESET, now)) {
            session.seenDown(packet);
            engine.out.deliver(session, packet, now);
            engine.ended(session, Kind.RESET, "by the server", now);
        }
    }

    /** Moves a session because somebody wants it moved. */
    boolean relocate(Session session, long now) {
        return lose(session, session.leg, Failure.ASKED, now);
    }

    /** Mends the loss of the server leg; false if that is not possible, and the client is told the truth. */
    private boolean lose(Session session, ServerLeg leg, Failure failure, long now) {
        Conversation conversation = session.conversation;
        if (!failure.counts(session.service.config().recover())) {
            return false;
        }
        if (conversation.idle(session) || conversation.ends(session)) {
            Binding.park(engine, session, "its server " + failure.sentence(), now);
            engine.binding.decide(session, now);
            return true;
        }
        if (!conversation.answerShown(session)) {
            return Relocating.lost(engine, session, leg, failure, now);
        }
        return conversation.oldest().isPresent()
                && Resumption.begin(engine, session, leg, failure, now);
    }

    /** Nobody reads along any more: plain relaying from here on. */
    private void giveUp(Session session, long now) {
        Conversation conversation = session.conversation;
        engine.holding.flush(session, session.downNxt + (1 << 30), now);
        engine.out.forwardStored(session, conversation.sentUp, session.upNxt, now);
        boolean untouched =
                session.downNxt == session.downBase && session.serverIsn + 1 == session.downBase;
        engine.conversations.forget(session, now);
        if (!untouched) {
            session.releaseStore();
        }
        if (session.clientFin) {
            engine.closing.enter(session, now);
        } else {
            engine.relaying.enter(session, now);
        }
    }

    @Override
    public void icmpError(
            Session session, ServerLeg leg, Packet icmp, Failure failure, int quotedSeq, long now) {
        if (leg != session.leg || !session.sent(quotedSeq)) {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
        } else if (failure != Failure.UNREACHABLE || !lose(session, leg, failure, now)) {
            engine.errors.toClient(session, icmp, now);
        }
    }

    // ---- time

    /** Sets the deadline to what comes first; a later one that stands already stays, and is looked at again then. */
    private void arm(Session session, long now) {
        Conversation conversation = session.conversation;
        long next = session.lastPacketAt + Relaying.IDLE_NANOS;
        if (!conversation.idle(session)) {
            next = Math.min(next, due(session));
        }
        next = Math.min(next, engine.holding.due(session));
        if (!session.clientAnswered) {
            next = Math.min(next, session.openedAt + Relaying.HALF_OPEN_NANOS);
        }
        engine.deadlines.setIfEarlier(session, next - now > 0 ? next : now + AGAIN_NANOS);
    }

    private static long due(Session session) {
        Silence silence = session.conversation.silence;
        boolean answering = session.conversation.answerShown(session);
        return Math.min(
                silence.due(answering, session.leg.roundTripNanos, timeout(session)),
                silence.since() + hopeless(session));
    }

    private static long hopeless(Session session) {
        return Math.max(HOPELESS_NANOS, timeout(session));
    }

    private static long timeout(Session session) {
        return session.service.config().connect().timeoutNanos();
    }

    @Override
    public void deadline(Session session, long now) {
        Conversation conversation = session.conversation;
        if (engine.deciding.progress(session, now)) {
            return;
        }
        engine.passing.upKept(session, now);
        engine.holding.deadline(session, now);
        if (!session.clientAnswered && now - session.openedAt >= Relaying.HALF_OPEN_NANOS
                || now - session.lastPacketAt
                        >= Relaying.IDLE_NANOS + Relaying.PROBES * Relaying.PROBE_NANOS) {
            engine.relaying.expire(session, now);
            return;
        }
        if (!conversation.idle(session)) {
            if (now - conversation.silence.since() >= hopeless(session)) {
                engine.counters.add(Counter.FAILURES_SHOWN);
                engine.relaying.expire(session, now);
                return;
            }
            if (now - due(session) >= 0 && !ask(session, now)) {
                return;
            }
        }
        if (now - session.lastPacketAt >= Relaying.IDLE_NANOS) {
            engine.out.probe(session, now);
            engine.deadlines.set(session, now + Relaying.PROBE_NANOS);
            return;
        }
        arm(session, now);
    }

    /**
     * Asks a silent server whether it lives, or gives it up.
     *
     * @return whether the session goes on here
     */
    private boolean ask(Session session, long now) {
        if (session.conversation.silence.isDeath(now, timeout(session))) {
            if (lose(session, session.leg, Failure.TIMEOUT, now)) {
                return false;
            }
            if (!Failure.TIMEOUT.counts(session.service.config().recover())) {
                // Silence is the ends' own affair.
                giveUp(session, now);
                return false;
            }
        }
        // If nobody else can help, the server may be out of reach for a while only.
        session.conversation.silence.probed(now);
        engine.out.server.probe(session, now);
        return true;
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
