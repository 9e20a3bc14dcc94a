package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.protocol.HttpRequest;
import dev.understudy.dispatcher.protocol.HttpResponse;
import dev.understudy.dispatcher.protocol.TlsHello;
import dev.understudy.dispatcher.recover.Proof;
import dev.understudy.dispatcher.recover.StoreBudget;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.translate.Translation;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What is understood of an HTTP conversation on one session: which requests wait for an answer, where each message begins
 * and ends, and how far the bytes of either direction may pass ({@link Gates}). It reads along; sending is for {@link
 * Conversing}.
 *
 * <p>The oldest unanswered exchange is the one that matters: {@link Session#upBase} and {@link Session#downBase} are where
 * its request and its answer begin. Once the client has acknowledged the whole answer, the next exchange becomes the oldest
 * one ({@link #advance}). Between two exchanges a session can be moved without anybody's noticing.
 */
final class Conversation {
    /** Requests that may wait for their answers: more is no pipelining, and each costs every segment a look. */
    private static final int MOST_UNANSWERED = 256;

    private final ByteBufAllocator allocator;
    private final StoreBudget budget;
    private final Function<HttpRequest, Exchange> router;
    private final Proving proving;
    final Requests requests;
    final Gates gates;

    /** What the session's server has answered; while there is none, what the next one will. */
    Answers answers;

    private final ArrayDeque<Exchange> unanswered = new ArrayDeque<>(2);

    /** The first of them: it is asked for with every segment. */
    private Optional<Exchange> oldest = Optional.empty();

    /** The last answer that ended, for what it said of closing. */
    private Optional<Exchange> last = Optional.empty();

    /** How far the session's server has been given the client's bytes. */
    int sentUp;

    /** Servers that have failed the oldest exchange since it got on last, and how far it was then. */
    final List<Server> tried = new ArrayList<>(0);

    private int failedAt;

    /** How long the server has said nothing while an answer is due. */
    final Silence silence = new Silence();

    /** The server's window field as the client got it last. */
    int serverWindow;

    /** The client's window field as it came last, and its clock. */
    int clientWindow = 0xFFFF;

    int clientTsVal;

    /** An answer that is held back until no other server gives a better one; null if there is none. */
    Understood fallback;

    /**
     * A server leg with what its server has said: enough to take it up again.
     *
     * @param given its answer to each request that it knows of, null if there was none yet
     */
    record Understood(
            ServerLeg leg,
            Translation translation,
            Answers answers,
            int sentUp,
            List<HttpResponse> given) {}

    /**
     * @param routed whether a request has to wait until it is known who may serve it
     * @param resumes whether answers may be taken up in the middle
     * @param hello what is read instead of requests; null if requests are
     * @param router says which servers hold what a request asks for
     */
    Conversation(
            Session session,
            HeldBack held,
            ByteBufAllocator allocator,
            StoreBudget budget,
            boolean routed,
            boolean resumes,
            TlsHello hello,
            Function<HttpRequest, Exchange> router) {
        this.allocator = allocator;
        this.budget = budget;
        this.router = router;
        proving = new Proving(this, resumes);
        requests = new Requests(hello, allocator, budget, session.upBase);
        gates = new Gates(this, requests, routed);
        answers = new Answers(proving, allocator, budget, held, session.downBase);
        sentUp = session.upBase;
    }

    // ---- reading along

    /** Reads a client's segment; false if the conversation cannot be followed any more. */
    boolean readUp(Packet packet) {
        if (!requests.take(packet)) {
            return false;
        }
        for (Optional<HttpRequest> next = requests.poll();
                next.isPresent();
                next = requests.poll()) {
            if (unanswered.size() == MOST_UNANSWERED) {
                return false;
            }
            Exchange exchange = router.apply(next.get());
            unanswered.add(exchange);
            oldest = Optional.of(unanswered.peek());
            answers.expect(next.get().method());
        }
        return true;
    }

    /** Reads a server's segment, in the client leg's numbers; false if the conversation cannot be followed any more. */
    boolean readDown(Packet packet) {
        if (!answers.take(packet)) {
            return false;
        }
        assign();
        return true;
    }

    /** We have told the client something in a server's stead, at this number of the client leg. */
    void told(int seq, ByteBuf bytes) {
        answers.told(seq, bytes);
        assign();
    }

    /** Gives the answers that have begun to the exchanges that await them. */
    private void assign() {
        for (Optional<HttpResponse> next = answers.poll();
                next.isPresent();
                next = answers.poll()) {
            HttpResponse response = next.get();
            if (!response.interim()) {
                awaiting().ifPresent(exchange -> exchange.answer = response);
            }
        }
    }

    /** Whether only the bytes of this answer, which is being read, can prove another's to be the same. */
    boolean isOnlyProvedByBytes(HttpResponse answer) {
        assign();
        for (Exchange exchange : unanswered) {
            if (exchange.answer == answer) {
                return Resumption.means(exchange) == Resumption.Means.DIGEST;
            }
        }
        return false;
    }

    /** The digest of the answer that is being delivered, if it has one; only if answers are resumed. */
    Proof proof() {
        return proving.proof();
    }

    private Optional<Exchange> awaiting() {
        for (Exchange exchange : unanswered) {
            if (exchange.answer == null) {
                return Optional.of(exchange);
            }
        }
        return Optional.empty();
    }

    // ---- one server after the other

    /** Another server will answer all that is unanswered, its first byte being the client leg's {@link Session#downBase}. */
    void listenAnew(Session session, HeldBack held) {
        answers.release();
        answers = hearing(session, held);
        sentUp = session.upBase;
        for (Exchange exchange : unanswered) {
            awaitAgain(exchange);
        }
    }

    private Answers hearing(Session session, HeldBack held) {
        return new Answers(proving, allocator, budget, held, session.downBase);
    }

    private void awaitAgain(Exchange exchange) {
        exchange.answer = null;
        exchange.settled = false;
        answers.expect(exchange.request.method());
    }

    /** The server of the oldest answer is lost: what it sent ahead of a gap, behind the gate or behind that answer is void. */
    void forgetAhead(HeldBack held) {
        answers.dropAhead(held);
        Exchange first = unanswered.peek();
        if (!first.complete(answers.position())) {
            return;
        }
        answers.backTo(first.answer);
        for (Exchange exchange : unanswered) {
            if (exchange != first) {
                awaitAgain(exchange);
            }
        }
    }

    /**
     * The server is lost, and all that the client was given of it is whole: what it sent behind that is void. Where the
     * client has a part of an answer, nothing is behind it.
     */
    void forgetUngiven(Session session, HeldBack held) {
        answers.dropAhead(held);
        long given = answers.place(session.downNxt);
        Exchange whole = null;
        for (Exchange exchange : unanswered) {
            if (exchange.complete(given)) {
                whole = exchange;
            } else if (exchange.answer != null && exchange.answer.start() < given) {
                return;
            }
        }
        if (whole == null) {
            return;
        }
        answers.backTo(whole.answer);
        unanswered.stream()
                .dropWhile(exchange -> exchange.complete(given))
                .forEach(this::awaitAgain);
    }

    /** Puts the server leg and its answer aside: it is taken up again if nobody has a better one. */
    void setAside(Session session, HeldBack held) {
        List<HttpResponse> given = new ArrayList<>();
        unanswered.forEach(exchange -> given.add(exchange.answer));
        fallback = new Understood(session.leg, session.translation, answers, sentUp, given);
        answers = hearing(session, held);
    }

    /** Takes up again what was {@linkplain #setAside put aside}: its answer is the client's now. */
    void takeUp(Session session) {
        Understood kept = fallback;
        fallback = null;
        answers.release();
        answers = kept.answers;
        sentUp = kept.sentUp;
        session.leg = kept.leg;
        session.translation = kept.translation;
        Iterator<HttpResponse> given = kept.given.iterator();
        for (Exchange exchange : unanswered) {
            if (given.hasNext()) {
                exchange.answer = given.next();
                exchange.settled = false;
            } else {
                awaitAgain(exchange);
            }
        }
        unanswered.peek().settled = true;
    }

    /** Forgets what was put aside; the leg is the caller's to leave. */
    void dropFallback() {
        fallback.answers.release();
        fallback = null;
    }

    // ---- how far it is

    /** The oldest exchange without a whole answer, if there is one. */
    Optional<Exchange> oldest() {
        return oldest;
    }

    /** Those exchanges, oldest first. */
    Iterable<Exchange> unanswered() {
        return unanswered;
    }

    /**
     * Goes on to the next exchange where the client has acknowledged the answer to the oldest one.
     *
     * @return whether it has
     */
    boolean advance(Session session) {
        boolean any = false;
        for (Exchange first = unanswered.peek();
                first != null && isOver(session, first);
                first = unanswered.peek()) {
            unanswered.poll();
            session.downBase = answers.seq(first.answer.bodyEnd());
            session.upBase = requests.seq(first.request.bodyEnd());
            last = Optional.of(first);
            any = true;
        }
        passInterim(session);
        answers.acknowledged(session.clientAck);
        if (any) {
            oldest = Optional.ofNullable(unanswered.peek());
            tried.clear();
            session.gotOn();
        }
        return any;
    }

    /**
     * Interim responses that the client has are no part of the answer (RFC 9110 §15.2): another server may still give all of
     * it, with interim responses of its own.
     */
    private void passInterim(Session session) {
        Exchange first = unanswered.peek();
        long end = answers.endOfInterim();
        if (first != null
                && end >= 0
                && (first.answer == null || first.answer.start() == end)
                && answers.place(session.clientAck) >= end) {
            session.downBase = SeqNum.max(session.downBase, answers.seq(end));
        }
    }

    private boolean isOver(Session session, Exchange exchange) {
        return exchange.answer != null
                && exchange.answer.bodyEnd() >= 0
                && exchange.request.bodyEnd() >= 0
                && answers.place(session.clientAck) >= exchange.answer.bodyEnd()
                && requests.place(session.upNxt) >= exchange.request.bodyEnd();
    }

    /** Whether nothing is outstanding: no request, not even a part of one, and no byte that the client has not got. */
    boolean idle(Session session) {
        return unanswered.isEmpty()
                && requests.betweenRequests()
                && session.upNxt == session.upBase
                && session.clientAck == session.downBase
                && !requests.hasGap();
    }

    /** Whether all is answered, and the client wants nothing but the end of the connection. */
    boolean ends(Session session) {
        return unanswered.isEmpty()
                && requests.betweenRequests()
                && session.clientFin
                && session.upBase == session.clientFinSeq
                && session.clientAck == session.downBase;
    }

    /** Whether all answers have come whole, though the client may not have acknowledged them yet. */
    boolean answeredAll() {
        for (Exchange exchange : unanswered) {
            if (!exchange.complete(answers.position())) {
                return false;
            }
        }
        return requests.betweenRequests();
    }

    /** Whether client and server both mean to go on after the last answer that came whole. */
    boolean keepsAlive() {
        Exchange newest = unanswered.isEmpty() ? last.orElse(null) : unanswered.peekLast();
        return newest == null
                || newest.request.keepAlive() && newest.answer != null && !newest.answer.close();
    }

    /** A server has failed the oldest exchange: it is not asked again before another one has got on with it. */
    void failed(Session session, Server server) {
        if (failedAt != session.downNxt) {
            tried.clear();
            session.gotOn();
            failedAt = session.downNxt;
        }
        tried.add(server);
    }

    /** Whether the client has seen something of the answer to the oldest request; every 4 GiB the numbers are its first again. */
    boolean answerShown(Session session) {
        Exchange first = unanswered.peek();
        return session.downNxt != session.downBase
                || first != null
                        && first.answer != null
                        && answers.place(session.downNxt) > first.answer.start();
    }

    /** Whether all that is unanswered may be executed once more (DESIGN 7.5). */
    boolean repeatable() {
        for (Exchange exchange : unanswered) {
            if (!exchange.repeatable()) {
                return false;
            }
        }
        return true;
    }

    /** Whether all that was asked behind an exchange may be executed once more, or is not with the server yet. */
    boolean repeatableBehind(Exchange answered) {
        for (Exchange exchange : unanswered) {
            if (exchange != answered && !exchange.repeatable() && !gates.isBehind(exchange)) {
                return false;
            }
        }
        return true;
    }

    /** Whether it still says what can be read: neither a tunnel, nor ambiguous, nor something else than HTTP. */
    boolean readable() {
        return requests.readable() && (requests.hello != null || answers.readable());
    }

    /** Whether the server that has closed can be left: the client has all, and no request of it is with the server. */
    boolean outlivesServer(Session session) {
        Exchange first = unanswered.peek();
        return answers.serverClosed
                && session.clientAck == session.downBase
                && (first == null ? sentUp == session.upBase : gates.isBehind(first));
    }

    /** Whether the client has asked for more than the oldest exchange. */
    boolean pipelines() {
        return unanswered.size() > 1;
    }

    void release() {
        requests.release();
        answers.release();
        if (fallback != null) {
            dropFallback();
        }
    }
}
