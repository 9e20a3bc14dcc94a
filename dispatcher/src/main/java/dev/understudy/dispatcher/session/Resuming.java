package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.protocol.Framing;
import dev.understudy.dispatcher.protocol.HttpResponse;
import dev.understudy.dispatcher.protocol.HttpResponseReader;
import dev.understudy.dispatcher.protocol.RangeRequest;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.recover.Proof;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.translate.SequenceMap;
import dev.understudy.dispatcher.translate.Translation;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
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
 * acknowledged by us. At the splice the two numberings are joined ({@link SequenceMap#splice}), and from then on the session
 * is translated like any other.
 */
final class Resuming implements Phase, InOrder.Reader {
    /** How the rest is proved to be the rest. */
    enum Means {
        VALIDATOR,
        DIGEST
    }

    /**
     * What is to be resumed.
     *
     * @param answer the head that the client has
     * @param bodyAt the client leg's number of its body's first byte
     * @param since when the first server was missed
     */
    record Plan(Means means, HttpResponse answer, int bodyAt, long since) {}

    private final Engine engine;
    private final ServerLeg leg;
    private final Relocating.Move move;
    private final Plan plan;
    private final HttpResponseReader reader = new HttpResponseReader();
    private final InOrder stream;
    private final Proof again = new Proof();

    /** How many bytes of the body were delivered, and have to be proved, without a validator. */
    private final long target;

    /** How much longer the request is on the server leg than on the client leg. */
    private int growth;

    /** Bytes of the body that the client had when the request was sent: where the splice is. */
    private long have = -1;

    private Optional<HttpResponse> answer = Optional.empty();
    private long heardAt;

    private Resuming(
            Engine engine, Session session, ServerLeg leg, Relocating.Move move, long now) {
        this.engine = engine;
        this.leg = leg;
        this.move = move;
        this.plan = move.resumption();
        this.stream = new InOrder(this, engine.out.allocator, leg.received);
        this.heardAt = now;
        this.target = session.conversation.proof.length();
        leg.ours = true;
        reader.expect("GET");
    }

    // ---- the way in

    /** Finds another server for the rest of an answer; false, with the reason on record, if that is not possible. */
    static boolean begin(Engine engine, Session session, ServerLeg lost, Failure cause, long now) {
        engine.failedServer(session, lost, cause, now);
        Conversation conversation = session.conversation;
        Exchange exchange = conversation.oldest().orElseThrow();
        conversation.failed(session, lost.server);
        if (exchange.complete(conversation.responses.position())) {
            if (session.downNxt == session.clientAck) {
                return false;
            }
            if (!conversation.repeatableBehind(exchange)) {
                engine.counters.add(Counter.NOT_RELOCATED);
                String why = cause.word() + ", the next request might be executed twice";
                engine.event(session, Kind.NOT_RELOCATED, lost, 0, why, now);
                return false;
            }
            Binding.awaitAcknowledgement(engine, session, cause, now);
            return true;
        }
        List<Server> others = Relocating.others(engine, session, lost, now);
        Optional<String> obstacle = obstacle(engine, session, exchange, others);
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
        long since = cause == Failure.TIMEOUT ? conversation.lastServerAt : now;
        Relocating.resume(
                engine, session, lost, cause.word(), others, plan(session, exchange, since), now);
        return true;
    }

    /** The client has not acknowledged the end of an answer whose server is gone: it has not got it. */
    static boolean again(Engine engine, Session session, long now) {
        Exchange exchange = session.conversation.oldest().orElseThrow();
        List<Server> others = Relocating.others(engine, session, null, now);
        if (obstacle(engine, session, exchange, others).isPresent()) {
            return false;
        }
        Relocating.resume(engine, session, null, "lost", others, plan(session, exchange, now), now);
        return true;
    }

    private static Plan plan(Session session, Exchange exchange, long since) {
        Conversation conversation = session.conversation;
        int bodyAt =
                conversation.down.seq(exchange.answer.headEnd(), conversation.responses.position());
        return new Plan(means(exchange), exchange.answer, bodyAt, since);
    }

    private static Optional<String> obstacle(
            Engine engine, Session session, Exchange exchange, List<Server> others) {
        Conversation conversation = session.conversation;
        HttpResponse answer = exchange.answer;
        Optional<String> before = Relocating.obstacle(engine, session, others);
        if (before.isPresent()) {
            return before;
        }
        if (!session.service.config().recover().resume()) {
            return Optional.of("its answer has begun, and resume is off");
        }
        if (answer == null || !answer.headRead()) {
            return Optional.of("its answer has begun, and cannot be read");
        }
        if (!exchange.request.method().equals("GET")) {
            return Optional.of("its answer has begun, and only that to a GET can be resumed");
        }
        if (means(exchange) == Means.DIGEST
                && (!conversation.proof.of(answer)
                        || session.downNxt != conversation.down.next())) {
            return Optional.of("nothing proves that another server's answer would be the same");
        }
        return Optional.empty();
    }

    /** Whether validators can prove it; if not, the bytes have to. */
    static Means means(Exchange exchange) {
        return means(exchange, exchange.answer);
    }

    static Means means(Exchange exchange, HttpResponse answer) {
        return RangeRequest.possible(exchange.request, answer) && answer.framing() == Framing.LENGTH
                ? Means.VALIDATOR
                : Means.DIGEST;
    }

    /** A server has taken the connection: the request goes out to it. */
    static void enter(
            Engine engine, Session session, ServerLeg leg, Relocating.Move move, long now) {
        Resuming phase = new Resuming(engine, session, leg, move, now);
        session.phase = phase;
        engine.replays.greet(session, leg, now);
        phase.ask(session, now);
        phase.arm(session, now);
    }

    /** Sends the request, once the client has the whole head that it will not get again. */
    private void ask(Session session, long now) {
        if (have >= 0 || SeqNum.lt(session.clientAck, plan.bodyAt())) {
            return;
        }
        Exchange exchange = session.conversation.oldest().orElseThrow();
        have = bodyBytesOfClient(session);
        ByteBuf stored = engine.replays.stored(session, session.upBase, session.upNxt);
        int headBytes = (int) (exchange.request.headEnd() - exchange.request.start());
        ByteBuf head = stored.readSlice(headBytes);
        if (plan.means() == Means.VALIDATOR) {
            byte[] asked = new byte[headBytes];
            head.readBytes(asked);
            asked = exchange.rewrite(asked);
            ByteBuf altered =
                    Unpooled.wrappedBuffer(
                            RangeRequest.of(
                                    asked,
                                    have,
                                    RangeRequest.validator(plan.answer()).orElseThrow()));
            growth = altered.readableBytes() - headBytes;
            engine.replays.owe(session, leg, altered, false, now);
            altered.release();
        } else {
            byte[] asked = new byte[headBytes];
            head.readBytes(asked);
            ByteBuf same = Unpooled.wrappedBuffer(exchange.rewrite(asked));
            growth = same.readableBytes() - headBytes;
            engine.replays.owe(session, leg, same, false, now);
            same.release();
        }
        engine.replays.owe(session, leg, stored, session.clientFin, now);
        stored.release();
        if (session.clientFin) {
            leg.state = leg.state.finSent();
        }
    }

    private long bodyBytesOfClient(Session session) {
        Conversation conversation = session.conversation;
        return conversation.down.offset(session.clientAck, conversation.responses.position())
                - plan.answer().headEnd();
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
            engine.out.challengeClient(session, now);
        } else if (packet.checksumValid() && session.seenUp(packet)) {
            engine.conversations.held(session, packet, now);
            ask(session, now);
        }
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
        if (ahead > Session.SERVER_AHEAD || packet.has(Tcp.SYN)) {
            engine.out.acknowledgeLeg(session, leg, Tcp.ACK, now);
            return;
        }
        engine.out.options.parse(packet);
        if (engine.out.options.hasTimestamps()) {
            leg.tsVal = SeqNum.max(leg.tsVal, engine.out.options.tsVal());
        }
        heardAt = now;
        if (packet.has(Tcp.RST)) {
            if (ahead == 0) {
                fail(session, "reset", now);
            }
            return;
        }
        if (packet.payloadLength() > 0) {
            stream.offer(packet.seq(), packet.frame(), packet.payload(), packet.payloadLength());
        }
        if (reader.state() == HttpResponseReader.State.OPAQUE) {
            fail(session, "no answer that can be read", now);
        } else if (answer.isPresent() && answer.get().headRead()) {
            judge(session, answer.get(), packet, now);
        } else if (packet.has(Tcp.FIN)) {
            fail(session, "closed", now);
        } else {
            taken(session, stream.next(), now);
        }
    }

    /** Acknowledges to the server what was read and is not the client's. */
    private void taken(Session session, int upTo, long now) {
        leg.received = upTo;
        engine.out.acknowledgeLeg(session, leg, Tcp.ACK, now);
        arm(session, now);
    }

    private void judge(Session session, HttpResponse theirs, Packet packet, long now) {
        Optional<String> difference = difference(theirs);
        if (difference.isPresent()) {
            fail(session, difference.get(), now);
            return;
        }
        int bodyAt = stream.seq(theirs.headEnd(), reader.position());
        if (plan.means() == Means.VALIDATOR) {
            splice(session, bodyAt, packet, now);
            return;
        }
        if (again.length() < target) {
            if (packet.has(Tcp.FIN) && stream.next() == packet.seq() + packet.payloadLength()) {
                fail(session, "its answer is shorter", now);
            } else {
                taken(session, stream.next(), now);
            }
        } else if (!again.sameAs(session.conversation.proof)) {
            fail(session, "its answer is another one", now);
        } else if (bodyBytesOfClient(session) == target) {
            have = target;
            splice(session, bodyAt + (int) have, packet, now);
        } else {
            // The client is about to acknowledge what was delivered: until then nothing more is
            // taken.
            taken(session, bodyAt + (int) target, now);
        }
    }

    /** What the new answer has that the old one had not, or the other way round; empty if they are the same. */
    private Optional<String> difference(HttpResponse other) {
        HttpResponse first = plan.answer();
        if (plan.means() == Means.DIGEST) {
            boolean same =
                    other.status() == first.status()
                            && other.framing() == first.framing()
                            && other.bodyLength() == first.bodyLength()
                            && other.contentEncoding().equals(first.contentEncoding());
            return same ? Optional.empty() : Optional.of("its answer is another one");
        }
        if (other.status() != 206) {
            return Optional.of("answered " + other.status() + " to a range");
        }
        String validator = RangeRequest.validator(first).orElseThrow();
        return RangeRequest.continues(first, other, have, validator)
                        && other.framing() == Framing.LENGTH
                        && other.bodyLength() == first.bodyLength() - have
                ? Optional.empty()
                : Optional.of("its range is another one");
    }

    /** From here on the server's byte {@code position} is the client's next one. */
    private void splice(Session session, int position, Packet packet, long now) {
        int image = plan.bodyAt() + (int) have;
        SequenceMap down = new SequenceMap(0);
        down.splice(position, image);
        session.translation =
                new Translation(
                                session.clientOptions,
                                leg.options,
                                new SequenceMap(-growth),
                                down,
                                engine.out.drops)
                        .timestamps(
                                session.lastTsVal,
                                leg.options.timestamps()
                                        ? leg.tsVal
                                        : session.conversation.clientTsVal,
                                now);
        leg.received = position;
        leg.ours = false;
        stream.release();
        session.conversation.sentUp = session.upNxt;
        engine.counters.add(Counter.RELOCATIONS);
        engine.event(
                session,
                Kind.RESUMED,
                leg,
                have,
                plan.means() == Means.VALIDATOR ? "by its validator" : "by its digest",
                now);
        if (move.lost() != null) {
            engine.hidden(session, move.lost(), move.why(), now - plan.since(), now);
        }
        engine.out.acknowledgeLeg(session, leg, Tcp.ACK, now);
        engine.conversing.enter(session, now);
        int skipped = position - packet.seq();
        if (skipped < packet.payloadLength() || packet.has(Tcp.FIN)) {
            ByteBuf rest = engine.out.without(packet, Math.max(0, skipped));
            Packet tail = new Packet();
            tail.parse(rest);
            engine.conversing.fromServer(session, leg, tail, now);
            rest.release();
        }
    }

    /** This server does not prove anything: the next one is asked, if there is one. */
    private void fail(Session session, String why, long now) {
        stream.release();
        engine.out.resetOwn(session, leg, now);
        session.conversation.tried.add(leg.server);
        engine.event(session, Kind.FAILED, leg, 0, why, now);
        List<Server> others = Relocating.others(engine, session, leg, now);
        if (others.isEmpty() || engine.excess(session).isPresent()) {
            engine.counters.add(Counter.FAILURES_SHOWN);
            engine.event(session, Kind.EXHAUSTED, leg, 0, why, now);
            engine.out.resetClient(session, now);
            engine.ended(session, Kind.RESET, "no server can go on with the answer", now);
            return;
        }
        Relocating.resume(engine, session, leg, why, others, plan, now);
    }

    // ---- reading along: InOrder.Reader

    @Override
    public void read(ByteBuf bytes, int index, int length) {
        long from = reader.position();
        reader.read(bytes, index, length);
        for (Optional<HttpResponse> next = reader.poll(); next.isPresent(); next = reader.poll()) {
            if (answer.isEmpty() && !next.get().interim()) {
                answer = next;
            }
        }
        if (plan.means() == Means.DIGEST && answer.isPresent() && answer.get().headRead()) {
            prove(answer.get(), from, bytes, index, length);
        }
    }

    private void prove(HttpResponse response, long from, ByteBuf bytes, int index, int length) {
        long begin = Math.max(from, response.headEnd());
        long end = Math.min(from + length, response.headEnd() + target);
        if (begin < end) {
            again.add(bytes, index + (int) (begin - from), (int) (end - begin));
        }
    }

    @Override
    public long skippable() {
        return 0;
    }

    @Override
    public void skip(long bytes) {
        reader.skip(bytes);
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
        engine.counters.add(Counter.OUT_OF_SEQUENCE);
    }

    private void arm(Session session, long now) {
        long timeout = session.service.config().connect().timeoutNanos();
        engine.deadlines.setIfEarlier(session, Math.max(now + 1, heardAt + timeout));
    }

    @Override
    public void deadline(Session session, long now) {
        if (now - heardAt >= session.service.config().connect().timeoutNanos()) {
            fail(session, "timeout", now);
        } else {
            arm(session, now);
        }
    }

    @Override
    public void leaveServers(Session session, long now) {
        stream.release();
        engine.out.resetOwn(session, leg, now);
    }

    @Override
    public void tellClient(Session session, long now) {
        engine.out.resetClient(session, now);
    }

    @Override
    public String label() {
        return "resuming";
    }
}
