package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.protocol.HttpRequest;
import dev.understudy.dispatcher.protocol.HttpRequestReader;
import dev.understudy.dispatcher.protocol.HttpResponse;
import dev.understudy.dispatcher.protocol.HttpResponseReader;
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
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What is understood of an HTTP conversation on one session: which requests wait for an answer, where each message begins
 * and ends, and how far the bytes of either direction may pass. It reads along; sending is for {@link Conversing}.
 *
 * <p>The oldest unanswered exchange is the one that matters: {@link Session#upBase} and {@link Session#downBase} are where
 * its request and its answer begin. Once the client has acknowledged the whole answer, the next exchange becomes the oldest
 * one ({@link #advance}). Between two exchanges a session can be moved without anybody's noticing.
 *
 * <p>Two gates, in the client leg's numbers: bytes before a gate pass, the others wait in a store.
 *
 * <ul>
 *   <li>{@link #upGate}: a request passes when its head is read and its server is the one that the session has.
 *   <li>{@link #downGate}: an answer passes when its head is read and its status is none that another server is asked for.
 * </ul>
 */
final class Conversation {
    private final class Up implements InOrder.Reader {
        @Override
        public void read(ByteBuf bytes, int index, int length) {
            if (hello == null) {
                requests.read(bytes, index, length);
            } else {
                hello.read(bytes, index, length);
            }
        }

        @Override
        public long skippable() {
            return hello == null ? requests.skippable() : 0;
        }

        @Override
        public void skip(long bytes) {
            requests.skip(bytes);
        }
    }

    private final class Down implements InOrder.Reader {
        @Override
        public void read(ByteBuf bytes, int index, int length) {
            responses.read(bytes, index, length);
        }

        @Override
        public long skippable() {
            long most = responses.skippable();
            return most > 0 && proves(responses.current().orElse(null)) ? 0 : most;
        }

        @Override
        public void skip(long bytes) {
            responses.skip(bytes);
        }
    }

    /** A gate that is this far ahead is open. */
    private static final int FAR = 1 << 30;

    private final ByteBufAllocator allocator;
    private final StoreBudget budget;
    private final Function<HttpRequest, Exchange> router;
    private final boolean routed;
    final HttpRequestReader requests = new HttpRequestReader();

    /** The client's TLS hello, if its name decides; then nothing else is read. */
    final TlsHello hello;

    final InOrder up;
    private final ArrayDeque<Exchange> unanswered = new ArrayDeque<>(2);

    /** The first of them: it is asked for with every segment. */
    private Optional<Exchange> oldest = Optional.empty();

    HttpResponseReader responses = new HttpResponseReader(this::prove);
    InOrder down;

    /** Segments of the server behind the gate, in the client leg's numbers. */
    HeldBack held;

    /** The response that began last, interim or final; null before the first one. */
    private HttpResponse newest;

    /** Where the last request whose head was read ends, in the client's stream; -1 while nobody knows. */
    private long asked;

    /** A digest of the answer that is being delivered, where nothing else could prove another's to be the same. */
    final Proof proof;

    /** The newest answer that needs no digest: it is not looked at again for every segment. */
    private HttpResponse unproved;

    /** How far the session's server has been given the client's bytes. */
    int sentUp;

    /** Servers that have failed the oldest exchange since it got on last, and how far it was then. */
    final List<Server> tried = new ArrayList<>(0);

    private int failedAt;

    /** The last answer that ended, for what it said of closing. */
    private Optional<Exchange> last = Optional.empty();

    /** The server has said FIN where the conversation goes on: it answers nothing any more. */
    boolean serverClosed;

    /** Where that FIN is; the client knows nothing of it. */
    int closedAt;

    /** How long the server has said nothing while an answer is due. */
    final Silence silence = new Silence();

    /** The server's window field as the client got it last. */
    int serverWindow;

    /** The client's window field as it came last, and its clock. */
    int clientWindow = 0xFFFF;

    int clientTsVal;

    /** An answer that is held back until no other server gives a better one; null if there is none. */
    Understood fallback;

    /** A server leg with what its server has said: enough to take it up again. */
    record Understood(
            ServerLeg leg,
            Translation translation,
            HttpResponseReader responses,
            InOrder down,
            HeldBack held,
            HttpResponse newest,
            int sentUp,
            HttpResponse answer) {}

    /**
     * @param router says which servers hold what a request asks for
     * @param routed whether a request has to wait until that is known
     * @param hello what is read instead of requests; null if requests are
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
        this.routed = routed;
        this.hello = hello;
        this.proof = resumes ? new Proof() : null;
        this.held = held;
        up = new InOrder(new Up(), allocator, budget, session.upBase);
        down = new InOrder(new Down(), allocator, budget, session.downBase);
        sentUp = session.upBase;
    }

    // ---- reading along

    /** Reads a client's segment; false if the conversation cannot be followed any more. */
    boolean readUp(Packet packet) {
        if (packet.payloadLength() > 0
                && !up.offer(
                        packet.seq(), packet.frame(), packet.payload(), packet.payloadLength())) {
            return false;
        }
        for (Optional<HttpRequest> next = requests.poll();
                next.isPresent();
                next = requests.poll()) {
            Exchange exchange = router.apply(next.get());
            unanswered.add(exchange);
            oldest = Optional.of(unanswered.peek());
            responses.expect(next.get().method());
            asked = next.get().bodyEnd();
        }
        if (asked < 0 && requests.betweenRequests()) {
            asked = requests.position();
        }
        return true;
    }

    /** Reads a server's segment, in the client leg's numbers; false if the conversation cannot be followed any more. */
    boolean readDown(Packet packet) {
        if (packet.payloadLength() > 0
                && !down.offer(
                        packet.seq(), packet.frame(), packet.payload(), packet.payloadLength())) {
            return false;
        }
        assign();
        return true;
    }

    /** We have told the client something in a server's stead, at this number of the client leg. */
    void told(int seq, ByteBuf bytes) {
        down.offer(seq, bytes, bytes.readerIndex(), bytes.readableBytes());
        assign();
    }

    /** Gives the answers that have begun to the exchanges that await them. */
    private void assign() {
        for (Optional<HttpResponse> next = responses.poll();
                next.isPresent();
                next = responses.poll()) {
            HttpResponse response = next.get();
            newest = response;
            if (!response.interim()) {
                awaiting().ifPresent(exchange -> exchange.answer = response);
            }
        }
    }

    /** Part of an answer's body has been read: it is digested if only its own bytes can prove another's to be the same. */
    private void prove(HttpResponse answer, ByteBuf bytes, int index, int length) {
        if (proves(answer)) {
            proof.add(bytes, index, length);
        }
    }

    /** Whether this answer is one that is digested. The digest begins when that is asked for the first time. */
    private boolean proves(HttpResponse answer) {
        if (proof == null || answer == null || answer == unproved) {
            return false;
        }
        if (proof.of(answer)) {
            return true;
        }
        assign();
        for (Exchange exchange : unanswered) {
            if (exchange.answer == answer
                    && Resumption.means(exchange) == Resumption.Means.DIGEST) {
                proof.begin(answer);
                return true;
            }
        }
        unproved = answer;
        return false;
    }

    private Optional<Exchange> awaiting() {
        for (Exchange exchange : unanswered) {
            if (exchange.answer == null) {
                return Optional.of(exchange);
            }
        }
        return Optional.empty();
    }

    /** Another server will answer all that is unanswered, its first byte being the client leg's {@link Session#downBase}. */
    void listenAnew(Session session, HeldBack newHeld) {
        down.release();
        held.release();
        held = newHeld;
        responses = new HttpResponseReader(this::prove);
        down = new InOrder(new Down(), allocator, budget, session.downBase);
        newest = null;
        serverClosed = false;
        sentUp = session.upBase;
        for (Exchange exchange : unanswered) {
            exchange.answer = null;
            exchange.settled = false;
            responses.expect(exchange.request.method());
        }
    }

    /** The server of the oldest answer is lost: what it sent ahead of a gap, behind the gate or behind that answer is void. */
    void forgetAhead(HeldBack newHeld) {
        down.release();
        held.release();
        held = newHeld;
        serverClosed = false;
        Exchange oldest = unanswered.peek();
        if (!oldest.complete(responses.position())) {
            return;
        }
        int end = down.seq(oldest.answer.bodyEnd(), responses.position());
        responses.backTo(oldest.answer);
        down = new InOrder(new Down(), allocator, budget, end);
        newest = oldest.answer;
        for (Exchange exchange : unanswered) {
            if (exchange != oldest) {
                exchange.answer = null;
                exchange.settled = false;
                responses.expect(exchange.request.method());
            }
        }
    }

    /** Puts the server leg and its answer aside: it is taken up again if nobody has a better one. */
    void setAside(Session session, HeldBack newHeld) {
        Exchange oldest = unanswered.peek();
        fallback =
                new Understood(
                        session.leg,
                        session.translation,
                        responses,
                        down,
                        held,
                        newest,
                        sentUp,
                        oldest.answer);
        held = newHeld;
        responses = new HttpResponseReader(this::prove);
        down = new InOrder(new Down(), allocator, budget, session.downBase);
    }

    /** Takes up again what was {@linkplain #setAside put aside}: its answer is the client's now. */
    void takeUp(Session session) {
        Understood kept = fallback;
        fallback = null;
        down.release();
        held.release();
        responses = kept.responses;
        down = kept.down;
        held = kept.held;
        newest = kept.newest;
        sentUp = kept.sentUp;
        session.leg = kept.leg;
        session.translation = kept.translation;
        Exchange oldest = unanswered.peek();
        oldest.answer = kept.answer;
        oldest.settled = true;
    }

    /** Forgets what was put aside; the leg is the caller's to leave. */
    void dropFallback() {
        fallback.down.release();
        fallback.held.release();
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
            session.downBase = down.seq(first.answer.bodyEnd(), responses.position());
            session.upBase = up.seq(first.request.bodyEnd(), requests.position());
            last = Optional.of(first);
            any = true;
        }
        responses.acknowledged(down.offset(session.clientAck, responses.position()));
        if (any) {
            oldest = Optional.ofNullable(unanswered.peek());
            tried.clear();
            session.gotOn();
        }
        return any;
    }

    private boolean isOver(Session session, Exchange exchange) {
        return exchange.answer != null
                && exchange.answer.bodyEnd() >= 0
                && exchange.request.bodyEnd() >= 0
                && down.offset(session.clientAck, responses.position()) >= exchange.answer.bodyEnd()
                && up.offset(session.upNxt, requests.position()) >= exchange.request.bodyEnd();
    }

    /** Whether nothing is outstanding: no request, not even a part of one, and no byte that the client has not got. */
    boolean idle(Session session) {
        return unanswered.isEmpty()
                && requests.betweenRequests()
                && session.upNxt == session.upBase
                && session.clientAck == session.downBase
                && !up.hasGap();
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
            if (!exchange.complete(responses.position())) {
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
                        && down.offset(session.downNxt, responses.position())
                                > first.answer.start();
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
            if (exchange != answered && !exchange.repeatable() && !notBegun(exchange)) {
                return false;
            }
        }
        return true;
    }

    /** Whether it still says what can be read: neither a tunnel, nor ambiguous, nor something else than HTTP. */
    boolean readable() {
        if (hello != null) {
            return hello.result() == TlsHello.Result.NEED_MORE;
        }
        return requests.state() != HttpRequestReader.State.OPAQUE
                && responses.state() != HttpResponseReader.State.OPAQUE;
    }

    // ---- the gates

    /** How far the client's bytes may go to the server that the session has. */
    int upGate(Session session, Server server) {
        boolean leaving = server.drained() || serverClosed;
        if (!routed && !leaving) {
            return session.upNxt;
        }
        if (hello != null) {
            boolean fits = session.holders != null && session.holders.contains(server);
            return fits ? session.upNxt : session.upBase;
        }
        for (Exchange exchange : unanswered) {
            if (!exchange.fits(server)
                    || exchange.awaitsRewriting()
                    || leaving && notBegun(exchange)) {
                return up.seq(exchange.request.start(), requests.position());
            }
        }
        if (!readable()) {
            return session.upNxt;
        }
        int gate = asked < 0 ? up.next() : up.seq(asked, requests.position());
        return session.clientFin && gate == session.clientFinSeq ? gate + 1 : gate;
    }

    private boolean notBegun(Exchange exchange) {
        return SeqNum.le(sentUp, up.seq(exchange.request.start(), requests.position()));
    }

    /** Whether the server that has closed can be left: the client has all, and no request of it is with the server. */
    boolean outlivesServer(Session session) {
        Exchange oldest = unanswered.peek();
        return serverClosed
                && session.clientAck == session.downBase
                && (oldest == null ? sentUp == session.upBase : notBegun(oldest));
    }

    /** Whether something waits at the upper gate that is not for this server as it is, and all before it is over. */
    boolean waitsAtGate(Session session, Server server) {
        if (hello != null) {
            return session.holders != null && !session.holders.contains(server);
        }
        Exchange oldest = unanswered.peek();
        return oldest != null
                && oldest.decided()
                && session.clientAck == session.downBase
                && notBegun(oldest)
                && upGate(session, server) == session.upBase;
    }

    /** How far the server's bytes may go to the client. */
    int downGate(Session session, Recovery recovery) {
        for (Exchange exchange : unanswered) {
            if (exchange.answer != null
                    && !exchange.settled
                    && recovery.fails(exchange.answer.status())) {
                return down.seq(exchange.answer.start(), responses.position());
            }
        }
        return switch (responses.state()) {
            case HEAD -> down.seq(headStart(), responses.position());
            case BODY ->
                    unanswered.size() > 1
                            ? down.seq(
                                    responses.position() + responses.skippable(),
                                    responses.position())
                            : down.next() + FAR;
            case OPAQUE -> down.next() + FAR;
        };
    }

    /** What a service has other servers asked for. */
    interface Recovery {
        boolean fails(int status);

        /** Whether a server's close counts as a failure where the conversation goes on. */
        boolean closes();
    }

    /** Where the head that is being read begins: behind the message before it. */
    private long headStart() {
        if (responses.current().isPresent()) {
            return responses.current().get().start();
        }
        return newest == null ? 0 : newest.bodyEnd();
    }

    void release() {
        up.release();
        down.release();
        held.release();
        if (fallback != null) {
            dropFallback();
        }
    }
}
