package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.protocol.RangeRequest;
import dev.understudy.dispatcher.session.Resumption.Means;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * What a server is asked for that is to go on with an answer: the rest of it, if validators can prove that it is the rest
 * (RFC 9110 §14.2, §13.1.5), else the whole once more. What the client has asked for behind that follows.
 */
final class SecondRequest {
    /** Bytes of the body that the client had when the request was sent; -1 before. */
    private long have = -1;

    private int growth;
    private int replayed;
    private int sentTo;

    /** Owes it to a server. */
    void send(Engine engine, Session session, ServerLeg leg, Resumption plan, long now) {
        Exchange exchange = session.conversation.oldest().orElseThrow();
        have = plan.had(session);
        sentTo = session.upNxt;
        ByteBuf stored = engine.replays.stored(session, session.upBase, sentTo);
        byte[] head = new byte[Rewriting.headBytes(exchange)];
        stored.readBytes(head);
        byte[] altered = exchange.rewrite(head);
        if (plan.means() == Means.VALIDATOR) {
            String validator = RangeRequest.validator(plan.answer()).orElseThrow();
            altered = RangeRequest.of(altered, have, validator);
        }
        growth = altered.length - head.length;
        replayed = altered.length + stored.readableBytes();
        engine.replays.owe(session, leg, Unpooled.wrappedBuffer(altered), false, now);
        int end = session.upBase + head.length + stored.readableBytes();
        boolean fin = session.clientFin && end == session.clientFinSeq;
        engine.replays.owe(session, leg, stored, fin, now);
        stored.release();
    }

    boolean sent() {
        return have >= 0;
    }

    /** Bytes of the body that the client had. */
    long have() {
        return have;
    }

    /** How much longer the request is on the server leg than on the client leg. */
    int growth() {
        return growth;
    }

    /** Bytes that were sent once more. */
    int replayed() {
        return replayed;
    }

    /** How far the client's bytes have been sent, in its numbers. */
    int sentTo() {
        return sentTo;
    }
}
