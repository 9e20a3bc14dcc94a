package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.service.Server;
import dev.understudy.stack.tcp.SeqNum;

/**
 * How far the bytes of either direction of a {@link Conversation} may pass, in the client leg's numbers: bytes before a gate
 * pass, the others wait in a store.
 *
 * <ul>
 *   <li>{@link #up}: a request passes when its head is read and its server is the one that the session has.
 *   <li>{@link #down}: an answer passes when its head is read and its status is none that another server is asked for.
 * </ul>
 */
final class Gates {
    /** A gate that is this far ahead is open. */
    private static final int FAR = 1 << 30;

    private final Conversation conversation;
    private final Requests requests;
    private final boolean routed;

    /**
     * @param routed whether a request has to wait until it is known who may serve it
     */
    Gates(Conversation conversation, Requests requests, boolean routed) {
        this.conversation = conversation;
        this.requests = requests;
        this.routed = routed;
    }

    /** How far the client's bytes may go to the server that the session has. */
    int up(Session session, Server server) {
        boolean leaving = server.drained() || conversation.answers.serverClosed;
        if (!routed && !leaving) {
            return session.upNxt;
        }
        if (requests.hello != null) {
            boolean fits = session.holders != null && session.holders.contains(server);
            return fits ? session.upNxt : session.upBase;
        }
        for (Exchange exchange : conversation.unanswered()) {
            if (!exchange.fits(server)
                    || exchange.awaitsRewriting()
                    || leaving && isBehind(exchange)) {
                return requests.seq(exchange.request.start());
            }
        }
        if (!conversation.readable()) {
            return session.upNxt;
        }
        int gate = requests.endOfAsked();
        return session.clientFin && gate == session.clientFinSeq ? gate + 1 : gate;
    }

    /** Whether the session's server has nothing of a request. */
    boolean isBehind(Exchange exchange) {
        return SeqNum.le(conversation.sentUp, requests.seq(exchange.request.start()));
    }

    /** Whether something waits at the upper gate that is not for this server as it is, and all before it is over. */
    boolean waits(Session session, Server server) {
        if (requests.hello != null) {
            return session.holders != null && !session.holders.contains(server);
        }
        Exchange oldest = conversation.oldest().orElse(null);
        return oldest != null
                && oldest.decided()
                && session.clientAck == session.downBase
                && isBehind(oldest)
                && up(session, server) == session.upBase;
    }

    /** Whether an answer waits for its turn of which another server may have to be asked then. */
    boolean judgesLater(Rules rules) {
        Exchange oldest = conversation.oldest().orElse(null);
        for (Exchange exchange : conversation.unanswered()) {
            if (exchange != oldest && waitsForJudgement(exchange, rules)) {
                return true;
            }
        }
        return false;
    }

    private static boolean waitsForJudgement(Exchange exchange, Rules rules) {
        return exchange.answer != null
                && !exchange.settled
                && rules.fails(exchange.answer.status());
    }

    /** How far the server's bytes may go to the client. */
    int down(Rules rules) {
        Answers answers = conversation.answers;
        for (Exchange exchange : conversation.unanswered()) {
            if (waitsForJudgement(exchange, rules)) {
                return answers.seq(exchange.answer.start());
            }
        }
        return switch (answers.state()) {
            case HEAD -> answers.headStart();
            case BODY -> conversation.pipelines() ? answers.bodyGoesOnTo() : answers.next() + FAR;
            case OPAQUE -> answers.next() + FAR;
        };
    }
}
