package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import java.util.Optional;

/**
 * The client is connected, and no server is (FIG. 7): either its handshake was answered by us, and what it asks for decides
 * who serves it, or its server has gone between two requests and the next request will find another one.
 *
 * <p>What the client sends is kept and at first not acknowledged, so that its own stack answers for it. A head that does not
 * come in one flight would never come whole that way: after {@value #PATIENCE_MILLIS} ms we acknowledge what is there, and
 * owe it to the server from then on ({@link Delivery}).
 *
 * <p>A client that says nothing within the service's bind timer expects the server to speak first, and is bound by address.
 * A client that closes is answered by us: nobody else is left who could.
 */
final class Binding implements Phase {
    private static final int PATIENCE_MILLIS = 150;
    private static final long PATIENCE_NANOS = PATIENCE_MILLIS * 1_000_000L;

    /** RFC 6298 §2: when our SYN+ACK is due again for the first time. */
    private static final long SYN_ACK_NANOS = 1_000_000_000L;

    /** How long a client may take to acknowledge the end of an answer whose server is gone. */
    private static final long ACKNOWLEDGEMENT_NANOS = 500_000_000L;

    private final Engine engine;

    Binding(Engine engine) {
        this.engine = engine;
    }

    /** A handshake was answered by us: the client may speak. */
    void enter(Session session, long now) {
        session.phase = this;
        engine.deadlines.set(session, now + Math.min(timer(session), SYN_ACK_NANOS));
    }

    private static long timer(Session session) {
        return session.service.config().bind().timerNanos();
    }

    /** When our SYN+ACK is due next: 1, 3, 7, ... seconds after the first one. Nobody else sends it again. */
    private static long nextSynAck(Session session, long now) {
        long step = SYN_ACK_NANOS;
        long next = session.openedAt + step;
        while (next - now <= 0) {
            step *= 2;
            next += step;
        }
        return Math.min(next, session.openedAt + Relaying.HALF_OPEN_NANOS);
    }

    /** Whether neither end has said anything yet: perhaps the client waits for its server to speak first. */
    private static boolean untouched(Session session) {
        return session.upNxt == session.clientIsn + 1 && session.downNxt == session.serverIsn + 1;
    }

    /** A session goes on without a server until the client asks for something again. */
    static void park(Engine engine, Session session, String why, long now) {
        ServerLeg leg = session.leg;
        engine.leaveGently(session, leg, now);
        engine.event(session, Kind.PARKED, leg, 0, why, now);
        engine.unbind(session);
        session.conversation.listenAnew(session, engine.conversations.heldStore());
        session.phase = engine.binding;
        engine.deadlines.set(
                session, now + (untouched(session) ? timer(session) : Relaying.IDLE_NANOS));
    }

    /** The server is gone, but its answer is through, as far as we know: the client's acknowledgement will tell. */
    static void awaitAcknowledgement(Engine engine, Session session, Failure cause, long now) {
        ServerLeg leg = session.leg;
        if (cause != Failure.RESET) {
            engine.out.server.reset(session, leg, now);
        }
        leg.server.left();
        engine.bury(leg, now);
        engine.event(session, Kind.PARKED, leg, 0, "its server " + cause.sentence(), now);
        engine.unbind(session);
        session.conversation.forgetUngiven(session, engine.conversations.heldStore());
        session.phase = engine.binding;
        engine.deadlines.set(session, now + ACKNOWLEDGEMENT_NANOS);
    }

    @Override
    public void fromClient(Session session, Packet packet, long now) {
        int flags = packet.flags();
        session.lastPacketAt = now;
        session.packets++;
        if ((flags & Tcp.RST) != 0) {
            if (session.clientResetIsExact(packet)) {
                engine.ended(session, Kind.RESET, "by the client", now);
            } else {
                engine.counters.add(Counter.OUT_OF_SEQUENCE);
            }
            return;
        }
        if ((flags & Tcp.SYN) != 0) {
            if (session.clientAnswered || (flags & Tcp.ACK) != 0) {
                engine.out.client.challenge(session, now);
            } else {
                engine.out.client.synAckAgain(session, now);
            }
            return;
        }
        if (!packet.checksumValid() || !session.seenUp(packet)) {
            engine.counters.add(Counter.BAD_CHECKSUM);
            return;
        }
        boolean answers = !session.clientAnswered;
        if (answers) {
            engine.admission.answered(session);
            engine.deadlines.setIfEarlier(session, now + timer(session));
        }
        engine.conversations.heard(session, packet);
        boolean settled = settleAnswers(session, now);
        if (packet.segmentLength() > 0) {
            engine.kept.add(session, packet);
            session.conversation.readUp(packet);
            engine.conversations.nameRead(session);
            session.noteFin(packet);
            decide(session, now);
        } else if (settled) {
            decide(session, now);
        } else if (SeqNum.lt(packet.seq(), session.upNxt) && !answers) {
            // A keep-alive probe: nobody but us is there to answer it.
            acknowledge(session, now);
        }
    }

    /** An answer that its server did not outlive may be acknowledged now. */
    private boolean settleAnswers(Session session, long now) {
        Conversation conversation = session.conversation;
        if (conversation.oldest().isEmpty() || !conversation.advance(session)) {
            return false;
        }
        engine.deciding.trim(session);
        if (conversation.oldest().isEmpty()) {
            conversation.listenAnew(session, engine.conversations.heldStore());
            engine.deadlines.set(session, now + Relaying.IDLE_NANOS);
        }
        return true;
    }

    /** Binds, waits, or closes, as what the client has sent so far wants it. */
    void decide(Session session, long now) {
        Conversation conversation = session.conversation;
        if (conversation.idle(session) || answerIsDue(session)) {
            // The client may have the answer already: its acknowledgement will tell.
            return;
        }
        if (Conversations.knowsRequest(session)) {
            bind(session, now);
        } else if (session.clientFin && conversation.requests.next() == session.clientFinSeq) {
            Answering.begin(engine, session, new byte[0], now);
        } else if (session.unansweredSince == 0) {
            session.unansweredSince = now;
            engine.deadlines.setIfEarlier(session, now + PATIENCE_NANOS);
        } else if (now - session.unansweredSince >= PATIENCE_NANOS) {
            acknowledge(session, now);
        }
    }

    private void bind(Session session, long now) {
        session.unansweredSince = 0;
        Optional<Exchange> oldest = session.conversation.oldest();
        if (oldest.isPresent() && oldest.get().redirected()) {
            engine.conversations.redirect(session, oldest.get(), now);
            return;
        }
        if (!Relocating.first(engine, session, now)) {
            engine.counters.add(Counter.FAILURES_SHOWN);
            engine.out.client.reset(session, now);
            engine.ended(session, Kind.RESET, "no server is left", now);
        }
    }

    /** Acknowledges what is kept without a gap; from here on it is owed. */
    private void acknowledge(Session session, long now) {
        engine.out.client.say(session, session.downNxt, acknowledgeable(session), Tcp.ACK, now);
    }

    private static int acknowledgeable(Session session) {
        int next = session.conversation.requests.next();
        return session.clientFin && next == session.clientFinSeq ? next + 1 : next;
    }

    @Override
    public void fromServer(Session session, ServerLeg leg, Packet packet, long now) {
        engine.doubtful(packet, now);
    }

    @Override
    public void icmpError(
            Session session,
            ServerLeg leg,
            Packet icmp,
            dev.understudy.dispatcher.recover.Failure failure,
            int quotedSeq,
            long now) {
        engine.counters.add(Counter.OUT_OF_SEQUENCE);
    }

    @Override
    public void deadline(Session session, long now) {
        Conversation conversation = session.conversation;
        if (now - session.lastPacketAt >= Relaying.IDLE_NANOS
                || !session.clientAnswered && now - session.openedAt >= Relaying.HALF_OPEN_NANOS) {
            expire(session, now);
        } else if (!session.clientAnswered) {
            if (now - session.openedAt >= SYN_ACK_NANOS) {
                engine.out.client.synAckAgain(session, now);
            }
            engine.deadlines.set(session, nextSynAck(session, now));
        } else if (Conversations.knowsRequest(session) && !answerIsDue(session)) {
            bind(session, now);
        } else if (answerIsDue(session)) {
            if (!Resumption.again(engine, session, now)) {
                engine.counters.add(Counter.FAILURES_SHOWN);
                expire(session, now);
            }
        } else if (untouched(session)) {
            if (now - session.lastPacketAt >= timer(session)) {
                bind(session, now);
            } else {
                engine.deadlines.set(session, session.lastPacketAt + timer(session));
            }
        } else if (session.upNxt == session.upBase) {
            engine.deadlines.set(session, session.lastPacketAt + Relaying.IDLE_NANOS);
        } else {
            if (conversation.requests.next() != session.upBase) {
                acknowledge(session, now);
            }
            engine.deadlines.set(session, now + Relaying.IDLE_NANOS);
        }
    }

    private void expire(Session session, long now) {
        tellClient(session, now);
        engine.ended(session, Kind.EXPIRED, "", now);
    }

    private static boolean answerIsDue(Session session) {
        Optional<Exchange> oldest = session.conversation.oldest();
        return oldest.isPresent() && oldest.get().answer != null;
    }

    /** As in {@link Opening}: the client is to be answered what it offers now. */
    @Override
    public boolean yieldsTo(Session session, Packet syn) {
        return Phase.super.yieldsTo(session, syn)
                || !session.clientAnswered && engine.kept.offersOther(session, syn);
    }

    @Override
    public void leaveServers(Session session, long now) {
        // There are none.
    }

    @Override
    public void tellClient(Session session, long now) {
        engine.out.client.reset(session, now);
    }

    @Override
    public String label() {
        return "binding";
    }
}
