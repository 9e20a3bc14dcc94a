package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.protocol.Framing;
import dev.understudy.dispatcher.protocol.HttpResponse;
import dev.understudy.dispatcher.protocol.RangeRequest;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.stack.tcp.SeqNum;
import java.util.List;
import java.util.Optional;

/**
 * Whether an answer whose server was lost in its middle can be taken up by another one, and how that would be proved. The
 * taking up is for {@link Resuming}.
 *
 * @param means how the rest is proved to be the rest
 * @param answer the head that the client has
 * @param bodyAt the client leg's number of its body's first byte
 * @param since when the first server was missed
 */
record Resumption(Means means, HttpResponse answer, int bodyAt, long since) {
    /** How the rest of an answer is proved to be the rest. */
    enum Means {
        /** By a strong ETag, or a Last-Modified that is as good (RFC 9110 §8.8.2.2). */
        VALIDATOR,
        /** By the bytes that were delivered. */
        DIGEST
    }

    /** Finds another server for the rest of an answer; false, with the reason on record, if that is not possible. */
    static boolean begin(Engine engine, Session session, ServerLeg lost, Failure cause, long now) {
        engine.failedServer(session, lost, cause, now);
        Conversation conversation = session.conversation;
        Exchange exchange = conversation.oldest().orElseThrow();
        conversation.failed(session, lost.server);
        if (exchange.complete(conversation.answers.position())) {
            if (session.downNxt == session.clientAck) {
                return false;
            }
            if (!conversation.repeatableBehind(exchange)) {
                return stays(
                        engine,
                        session,
                        lost,
                        cause,
                        "the next request might be executed twice",
                        now);
            }
            Binding.awaitAcknowledgement(engine, session, cause, now);
            return true;
        }
        List<Server> others = Relocating.others(engine, session, lost, now);
        Optional<String> obstacle = obstacle(engine, session, exchange, others);
        if (obstacle.isPresent()) {
            return stays(engine, session, lost, cause, obstacle.get(), now);
        }
        if (cause != Failure.RESET) {
            engine.out.server.reset(session, lost, now);
        }
        long since = cause == Failure.TIMEOUT ? conversation.silence.since() : now;
        Resumption plan = of(session, exchange, since);
        conversation.forgetAhead(engine.conversations.heldStore());
        Relocating.resume(engine, session, lost, cause.word(), others, plan, now);
        return true;
    }

    private static boolean stays(
            Engine engine, Session session, ServerLeg leg, Failure cause, String why, long now) {
        engine.counters.add(Counter.NOT_RELOCATED);
        engine.event(session, Kind.NOT_RELOCATED, leg, 0, cause.word() + ", " + why, now);
        return false;
    }

    /** The client has not acknowledged the end of an answer whose server is gone: it has not got it. */
    static boolean again(Engine engine, Session session, long now) {
        Exchange exchange = session.conversation.oldest().orElseThrow();
        List<Server> others = Relocating.others(engine, session, null, now);
        if (obstacle(engine, session, exchange, others).isPresent()) {
            return false;
        }
        Resumption plan = of(session, exchange, now);
        session.conversation.forgetAhead(engine.conversations.heldStore());
        Relocating.resume(engine, session, null, "lost", others, plan, now);
        return true;
    }

    /** A server has not proved anything: the next one is asked, and where there is none, the client is told the truth. */
    void elsewhere(Engine engine, Session session, ServerLeg leg, String why, long now) {
        List<Server> others = Relocating.others(engine, session, leg, now);
        if (others.isEmpty() || engine.excess(session).isPresent()) {
            engine.counters.add(Counter.FAILURES_SHOWN);
            engine.event(session, Kind.EXHAUSTED, leg, 0, why, now);
            engine.out.client.reset(session, now);
            engine.ended(session, Kind.RESET, "no server can go on with the answer", now);
            return;
        }
        Relocating.resume(engine, session, leg, why, others, this, now);
    }

    private static Resumption of(Session session, Exchange exchange, long since) {
        Conversation conversation = session.conversation;
        int bodyAt = conversation.answers.exactSeq(exchange.answer.headEnd());
        return new Resumption(means(exchange), exchange.answer, bodyAt, since);
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
        if (answer.bodyEnd() >= 0
                && conversation.answers.place(session.downNxt) > answer.bodyEnd()) {
            return Optional.of("the client has a part of the answer behind it");
        }
        if (means(exchange) == Means.DIGEST
                && (!conversation.proof().of(answer)
                        || SeqNum.gt(session.downNxt, conversation.answers.next()))) {
            return Optional.of("nothing proves that another server's answer would be the same");
        }
        if (answer.framing() == Framing.CHUNKED
                && conversation
                        .answers
                        .splice(answer, Math.max(answer.headEnd(), acknowledged(session)))
                        .isEmpty()) {
            return Optional.of("nobody can tell how its chunks would have gone on");
        }
        return Optional.empty();
    }

    /** Whether validators can prove it; if not, the bytes have to. */
    static Means means(Exchange exchange) {
        HttpResponse answer = exchange.answer;
        return RangeRequest.possible(exchange.request, answer) && answer.framing() == Framing.LENGTH
                ? Means.VALIDATOR
                : Means.DIGEST;
    }

    /** How many bytes of the body the client has; negative while it lacks a part of the head. */
    long had(Session session) {
        return acknowledged(session) - answer.headEnd();
    }

    /** Whether the new answer has to be framed as the client knows it. */
    boolean reframes() {
        return answer.framing() == Framing.CHUNKED;
    }

    /** How far the client has acknowledged the answers on its leg, as a place in their stream. */
    static long acknowledged(Session session) {
        return session.conversation.answers.place(session.clientAck);
    }

    /** Whether another server's answer may be the same one, as far as its head tells. */
    boolean fits(HttpResponse other) {
        boolean sameFraming =
                other.framing() == answer.framing() && other.bodyLength() == answer.bodyLength()
                        || answer.framing() == Framing.CHUNKED && other.framing() == Framing.LENGTH;
        return other.status() == answer.status()
                && sameFraming
                && other.contentEncoding().equals(answer.contentEncoding());
    }

    /** Whether another server's answer is the rest of this one, from byte {@code have} of its body on. */
    boolean continues(HttpResponse other, long have) {
        String validator = RangeRequest.validator(answer).orElseThrow();
        return RangeRequest.continues(answer, other, have, validator)
                && other.framing() == Framing.LENGTH
                && other.bodyLength() == answer.bodyLength() - have;
    }
}
