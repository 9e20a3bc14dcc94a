package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.translate.SequenceMap;
import dev.understudy.dispatcher.translate.Translation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Optional;

/**
 * Sends a request on with another head than the client's (P35): where a page has moved to, unseen. The head is owed to the
 * server from then on ({@link Replays}), so what the client repeats of its own is
 * acknowledged and goes no further; what follows in its
 * stream is shifted by the difference of the two lengths, as an epoch of the {@link SequenceMap}.
 */
final class Rewriting {
    private final Engine engine;

    Rewriting(Engine engine) {
        this.engine = engine;
    }

    /** All that is kept from the oldest request on, its head being the one that is to go out; the caller owns it. */
    ByteBuf outgoing(Session session, Exchange exchange, int end) {
        ByteBuf stored = engine.replays.stored(session, session.upBase, end);
        if (exchange.route().flatMap(route -> route.rewrite()).isEmpty()) {
            return stored;
        }
        byte[] head = new byte[headBytes(exchange)];
        stored.readBytes(head);
        return Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(exchange.rewrite(head)), stored);
    }

    /** How much longer the oldest request is on its way out than as the client sent it. */
    int growth(Session session) {
        Optional<Exchange> oldest = session.conversation.oldest();
        if (oldest.isEmpty() || oldest.get().route().flatMap(route -> route.rewrite()).isEmpty()) {
            return 0;
        }
        oldest.get().rewritten = true;
        byte[] head = head(session, oldest.get());
        session.ownUp(session.upBase + head.length);
        return oldest.get().rewrite(head).length - head.length;
    }

    private byte[] head(Session session, Exchange exchange) {
        ByteBuf stored =
                engine.replays.stored(
                        session, session.upBase, session.upBase + headBytes(exchange));
        byte[] head = new byte[stored.readableBytes()];
        stored.readBytes(head);
        stored.release();
        return head;
    }

    static int headBytes(Exchange exchange) {
        return (int) (exchange.request.headEnd() - exchange.request.start());
    }

    /** Lets the oldest request pass, altered, to the server that the session has already. */
    void pass(Session session, Exchange exchange, long now) {
        ServerLeg leg = session.leg;
        Conversation conversation = session.conversation;
        int start = session.upBase;
        int headEnd = start + headBytes(exchange);
        if (session.translation == null) {
            session.translation =
                    new Translation(
                                    session.clientOptions,
                                    leg.options,
                                    new SequenceMap(0),
                                    new SequenceMap(0),
                                    engine.out.drops)
                            .timestamps(session.lastTsVal, session.lastTsVal, now);
        }
        exchange.rewritten = true;
        int gate = conversation.gates.up(session, leg.server);
        if (session.clientFin && gate == session.clientFinSeq + 1) {
            // The FIN goes the client's own way, when it comes again.
            gate--;
        }
        ByteBuf bytes = outgoing(session, exchange, gate);
        int growth = bytes.readableBytes() - (gate - start);
        SequenceMap up = session.translation.clientToServer();
        int first = up.map(start);
        if (!up.append(headEnd, up.delta() - growth)) {
            up.reset(up.delta() - growth);
        }
        engine.replays.oweFrom(session, leg, first, bytes, now);
        bytes.release();
        conversation.sentUp = gate;
        session.ownUp(gate);
    }
}
