package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.protocol.Framing;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.session.Resumption.Means;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * A server was lost in the middle of its answer, and another one is made to go on where the client stands (DESIGN 7.5). The
 * client gets no byte that one healthy server would not have sent, so what the new server has must be proved to be the same:
 *
 * <ol>
 *   <li>By validators. The first answer had a strong ETag, or a Last-Modified that is as good (RFC 9110 §8.8.2.2): the request
 *       is sent with Range and If-Range, and only a 206 of exactly the rest, under the same validator, is spliced in.
 *   <li>Else by the bytes themselves: the request is sent as it was, what the client has already is read and not passed on,
 *       and only if its digest is that of what was delivered, the rest follows ({@link Proof}).
 * </ol>
 *
 * Whatever proves nothing is no better than a lost server: the next one is asked, and when there is none left the client
 * gets an honest RST.
 *
 * <p>Until the splice this side is the receiver: the new server's head, and the bytes that the client has, are
 * acknowledged by us. At the splice the two numberings are joined ({@link Joining}), and from then on the session
 * is translated like any other. Where the new server's segments are not what the client waits for, we tell it
 * ourselves, up to a place where they are ({@link Retelling}).
 */
final class Resuming implements Phase {
    private static final String TOO_MUCH = "the client lacks more than can be kept";
    private static final String UNKNOWN_CHUNKS =
            "nobody can tell how its chunks would have gone on";

    private final Engine engine;
    private final ServerLeg leg;
    private final Relocating.Move move;
    private final Resumption plan;
    private final SecondRequest request = new SecondRequest();
    private final SecondAnswer answer;

    private boolean ended;

    /** Whether the server has been told to wait. */
    private boolean shut;

    private long shutAt;

    private Optional<Retelling> retelling = Optional.empty();
    private long heardAt;

    private Resuming(
            Engine engine, Session session, ServerLeg leg, Relocating.Move move, long now) {
        this.engine = engine;
        this.leg = leg;
        this.move = move;
        this.plan = move.resumption();
        this.answer =
                new SecondAnswer(
                        plan,
                        session.conversation.proof(),
                        engine.out.allocator,
                        engine.stores,
                        leg.received);
        this.heardAt = now;
        leg.ours = true;
    }

    // ---- the way in

    /** A server has taken the connection: the request goes out to it. */
    static void enter(
            Engine engine, Session session, ServerLeg leg, Relocating.Move move, long now) {
        Resuming phase = new Resuming(engine, session, leg, move, now);
        session.phase = phase;
        engine.replays.greet(session, leg, now);
        phase.ask(session, now);
        if (session.phase == phase) {
            phase.arm(session, now);
        }
    }

    /** Sends the request, once the client has the whole head that it will not get again. */
    private void ask(Session session, long now) {
        if (request.sent() || plan.had(session) < 0) {
            return;
        }
        if (plan.means() == Means.DIGEST) {
            retelling = Retelling.of(session, engine.out, engine.stores, plan);
            if (retelling.isEmpty()) {
                fail(session, UNKNOWN_CHUNKS, now);
                return;
            }
            answer.show(retelling.get());
        }
        request.send(engine, session, leg, plan, now);
    }

    // ---- the client is held

    @Override
    public void fromClient(Session session, Packet packet, long now) {
        int flags = packet.flags();
        session.lastPacketAt = now;
        session.packets++;
        if ((flags & Tcp.RST) != 0) {
            if (session.clientResetIsExact(packet)) {
                leaveServers(session, now);
                engine.ended(session, Kind.RESET, "by the client", now);
            } else {
                engine.counters.add(Counter.OUT_OF_SEQUENCE);
            }
        } else if ((flags & Tcp.SYN) != 0) {
            engine.out.client.challenge(session, now);
        } else if (packet.checksumValid() && session.seenUp(packet)) {
            engine.conversations.held(session, packet, now);
            ask(session, now);
            retelling.ifPresent(part -> part.clientSaid(packet, now));
            goOn(session, now);
        }
    }

    /** The client has got on: the splice may be due, or room for more. */
    private void goOn(Session session, long now) {
        if (spliceDue()) {
            splice(session, answer.readTo(), retelling.orElseThrow().toldTo(), now);
        } else if (shut && !ended && reopens()) {
            taken(session, leg.received, now);
        } else if (session.phase == this) {
            arm(session, now);
        }
    }

    private boolean reopens() {
        Retelling part = retelling.orElseThrow();
        return (!part.begun() || plan.reframes()) && part.takesAny();
    }

    // ---- the new server's answer

    @Override
    public void fromServer(Session session, ServerLeg from, Packet packet, long now) {
        if (from != leg || !packet.checksumValid()) {
            engine.counters.add(Counter.BAD_CHECKSUM);
            return;
        }
        session.packets++;
        int ahead = packet.seq() - leg.received;
        if (!SeqNum.within(ahead, -Session.SERVER_AHEAD, Session.SERVER_AHEAD + 1)
                || packet.has(Tcp.SYN)
                || !leg.acknowledgesOurs(packet)) {
            engine.out.server.acknowledgeReceived(session, leg, now);
            return;
        }
        leg.noteClock(engine.out.options.parse(packet), 0);
        heardAt = now;
        if (packet.has(Tcp.RST)) {
            if (ahead == 0) {
                lose(session, Failure.RESET, now);
            }
            return;
        }
        int length = packet.payloadLength();
        if (ended || retelling.isPresent() && !retelling.get().takes(length)) {
            shut(session, now);
            return;
        }
        answer.take(packet);
        if (lacksTooMuch()) {
            fail(session, TOO_MUCH, now);
        } else if (answer.headRead()) {
            judge(session, packet, now);
        } else if (answer.unreadable()) {
            fail(session, "no answer that can be read", now);
        } else if (answer.isLast(packet)) {
            lose(session, Failure.CLOSED, now);
        } else {
            taken(session, answer.next(), now);
        }
    }

    /** Acknowledges to the server what was read and is not the client's. */
    private void taken(Session session, int upTo, long now) {
        shut = false;
        leg.received = upTo;
        engine.out.server.acknowledgeReceived(session, leg, now);
        arm(session, now);
    }

    /** No more can be taken before the client has got on. */
    private void shut(Session session, long now) {
        if (!shut) {
            shut = true;
            shutAt = now;
        }
        engine.out.server.shut(session, leg, now);
        arm(session, now);
    }

    private void judge(Session session, Packet packet, long now) {
        boolean last = answer.isLast(packet);
        Optional<String> flaw = answer.flaw(request.have(), last);
        if (flaw.isPresent()) {
            fail(session, flaw.get(), now);
        } else if (!answer.proved()) {
            taken(session, answer.next(), now);
        } else if (plan.means() == Means.VALIDATOR) {
            int at = answer.bodyAt();
            splice(session, at, plan.bodyAt() + (int) request.have(), now);
            passRest(session, at, packet, now);
        } else {
            follow(session, last, packet, now);
        }
    }

    /** What the client has is proved to be the new server's too: it gets what comes behind. */
    private void follow(Session session, boolean last, Packet packet, long now) {
        boolean over = answer.isOver();
        Retelling part = retelling.orElseThrow();
        if (!part.begun() && !plan.reframes() && SeqNum.ge(session.clientAck, imageOfTarget())) {
            int at = answer.restAt();
            splice(session, at, imageOfTarget(), now);
            passRest(session, at, packet, now);
            return;
        }
        if (!part.begun() && !part.begin(now)) {
            fail(session, UNKNOWN_CHUNKS, now);
            return;
        }
        if (over) {
            ended = true;
            if (!part.end(answer.trailers())) {
                fail(session, lacksTooMuch() ? TOO_MUCH : "its answer ends otherwise", now);
                return;
            }
        } else if (last && plan.answer().framing() != Framing.UNTIL_CLOSE || answer.unreadable()) {
            fail(session, "its answer breaks off", now);
            return;
        }
        if (lacksTooMuch()) {
            fail(session, TOO_MUCH, now);
            return;
        }
        part.flush(now);
        leg.received = answer.readTo();
        if (spliceDue()) {
            splice(session, leg.received, part.toldTo(), now);
        } else if (plan.reframes() && !over) {
            taken(session, leg.received, now);
        } else {
            // So that the server pauses, and the client can catch up with it.
            shut(session, now);
        }
    }

    private boolean lacksTooMuch() {
        return retelling.isPresent() && retelling.get().overflown();
    }

    /** Where, on the client's leg, that ends what was delivered of a body that is not framed. */
    private int imageOfTarget() {
        return plan.bodyAt() + (int) answer.target();
    }

    /** Whether the client has all that was told, up to a place where the new server's bytes are what it waits for. */
    private boolean spliceDue() {
        return retelling.isPresent() && retelling.get().done() && (ended || !plan.reframes());
    }

    /** From here on the server's byte {@code position} is the client's {@code image}. */
    private void splice(Session session, int position, int image, long now) {
        int growth = request.growth();
        session.translation =
                Joining.spliced(session, leg, growth, position, image, engine.out.drops, now);
        leg.received = position;
        leg.ours = false;
        release();
        session.conversation.sentUp = request.sentTo();
        engine.counters.add(Counter.RELOCATIONS);
        engine.event(
                session,
                Kind.RESUMED,
                leg,
                request.have(),
                plan.means() == Means.VALIDATOR ? "by its validator" : "by its digest",
                now);
        if (move.lost() != null) {
            long again = request.replayed() + (plan.means() == Means.DIGEST ? answer.target() : 0);
            engine.hidden(session, move.lost(), move.why(), now - plan.since(), again, now);
        }
        engine.out.server.acknowledgeReceived(session, leg, now);
        engine.conversing.enter(session, now);
    }

    /** What a segment brings behind the splice is the client's. */
    private void passRest(Session session, int position, Packet packet, long now) {
        int skipped = position - packet.seq();
        if (skipped < packet.payloadLength() || packet.has(Tcp.FIN)) {
            ByteBuf rest = engine.out.copies.without(packet, Math.max(0, skipped));
            Packet tail = new Packet();
            tail.parse(rest);
            session.phase.fromServer(session, leg, tail, now);
            rest.release();
        }
    }

    private void release() {
        answer.release();
        retelling.ifPresent(Retelling::release);
        retelling = Optional.empty();
    }

    /** This server is lost as well, which later sessions need not find out again. */
    private void lose(Session session, Failure failure, long now) {
        engine.failedServer(session, leg, failure, now);
        fail(session, failure.word(), now);
    }

    /** This server does not prove anything: the next one is asked, if there is one. */
    private void fail(Session session, String why, long now) {
        release();
        engine.out.server.resetOwn(leg, now);
        session.conversation.tried.add(leg.server);
        engine.event(session, Kind.FAILED, leg, 0, why, now);
        plan.elsewhere(engine, session, leg, why, now);
    }

    // ---- the rest

    @Override
    public void icmpError(
            Session session,
            ServerLeg from,
            Packet icmp,
            Failure failure,
            int quotedSeq,
            long now) {
        // Only a segment that it has not acknowledged can be meant (RFC 5927 §4.1).
        boolean meant =
                from == leg && session.delivery != null && session.delivery.isUnderWay(quotedSeq);
        if (failure == Failure.UNREACHABLE && meant) {
            lose(session, failure, now);
        } else {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
        }
    }

    private void arm(Session session, long now) {
        long next = awaitsServer() ? heardAt + timeout(session) : now + timeout(session);
        if (retelling.isPresent()) {
            next = Math.min(next, retelling.get().nextDeadline());
        }
        engine.deadlines.setIfEarlier(session, Math.max(now + 1, next));
    }

    /** Whether it is the server's turn. */
    private boolean awaitsServer() {
        return !ended && !shut;
    }

    private static long timeout(Session session) {
        return session.service.config().connect().timeoutNanos();
    }

    @Override
    public void deadline(Session session, long now) {
        retelling.ifPresent(part -> part.deadline(now));
        if (retelling.isPresent() && retelling.get().failed()) {
            leaveServers(session, now);
            tellClient(session, now);
            engine.ended(session, Kind.EXPIRED, "", now);
        } else if (awaitsServer() && now - heardAt >= timeout(session)) {
            lose(session, Failure.TIMEOUT, now);
        } else if (shut && !retelling.orElseThrow().begun() && now - shutAt >= timeout(session)) {
            fail(session, TOO_MUCH, now);
        } else {
            arm(session, now);
        }
    }

    @Override
    public void leaveServers(Session session, long now) {
        release();
        engine.out.server.resetOwn(leg, now);
    }

    @Override
    public void tellClient(Session session, long now) {
        engine.out.client.reset(session, now);
    }

    @Override
    public String label() {
        return "resuming";
    }
}
