package dev.understudy.dispatcher.protocol;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * Follows what a server sends on one connection, response by response (RFC 9112 §4, §6). It is told the method of each
 * request, for the end of a response depends on it, and is fed the bytes in order and each once. A status is known with
 * the first thirteen bytes, long before its head: that is when it is decided whether the client sees this response at all.
 *
 * <p>Nothing that a server sends makes a method throw. What cannot be followed ends in {@link State#OPAQUE}.
 */
public final class HttpResponseReader {
    /** What comes next. */
    public enum State {
        /** A status line, or the fields after it. */
        HEAD,
        BODY,
        /** Nothing is looked at any more. */
        OPAQUE
    }

    /** Who wants to see what the bodies hold. */
    @FunctionalInterface
    public interface Content {
        /** The next {@code length} bytes of an answer's content, without its framing, lie at {@code index}. */
        void read(HttpResponse answer, ByteBuf bytes, int index, int length);
    }

    /** How the newest chunked body was cut; kept behind its end, for the client may not have all of it. */
    private record Cut(HttpResponse answer, ChunkedBody body, ChunkHistory history) {}

    private static final int MOST_WAITING = 256;

    private final Content content;
    private final ArrayDeque<String> expected = new ArrayDeque<>(2);
    private final ArrayDeque<HttpResponse> waiting = new ArrayDeque<>(2);
    private final HeadBuffer head = new HeadBuffer();
    private Optional<HttpResponse> current = Optional.empty();
    private Optional<ChunkedBody> chunks = Optional.empty();
    private Optional<Cut> cut = Optional.empty();
    private Optional<String> reason = Optional.empty();
    private State state = State.HEAD;
    private boolean notHttp;
    private boolean ambiguous;
    private boolean untilClose;
    private long left;
    private long position;
    private long responses;

    /** A reader whose bodies nobody wants to see. */
    public HttpResponseReader() {
        this((answer, bytes, index, length) -> {});
    }

    /** A reader that shows {@code content} what it reads of bodies; what is skipped is not shown. */
    public HttpResponseReader(Content content) {
        this.content = content;
    }

    /** A request has gone to the server. Its final response is the next one that nobody waits for yet. */
    public void expect(String method) {
        if (expected.size() < MOST_WAITING) {
            expected.add(method);
        } else {
            opaque("more than " + MOST_WAITING + " requests wait for their responses");
        }
    }

    /** Reads all readable bytes of a buffer, which is left as it is. */
    public void read(ByteBuf bytes) {
        read(bytes, bytes.readerIndex(), bytes.readableBytes());
    }

    /** Reads {@code length} bytes from {@code index} on: those that follow {@link #position}. */
    public void read(ByteBuf bytes, int index, int length) {
        int at = 0;
        while (at < length) {
            int step =
                    switch (state) {
                        case HEAD -> readHead(bytes, index + at, length - at);
                        case BODY -> readBody(bytes, index + at, length - at);
                        case OPAQUE -> length - at;
                    };
            position += step;
            at += step;
            if (state == State.HEAD) {
                headGrew();
            } else if (state == State.BODY) {
                bodyGrew();
            }
        }
    }

    private int readHead(ByteBuf bytes, int index, int length) {
        return head.add(bytes, index, length);
    }

    private void headGrew() {
        if (!ResponseHead.canBegin(head.bytes(), head.length())) {
            notHttp = responses == 0;
            opaque("what was sent is no HTTP response");
            return;
        }
        int status = ResponseHead.status(head.bytes(), head.length());
        if (status != 0 && current.isEmpty()) {
            begin(new HttpResponse(status, position - head.length()));
        }
        if (head.tooLong()) {
            opaque("a head is longer than " + HeadBuffer.MOST_FIELDS + " bytes");
        } else if (head.complete() && current.isPresent()) {
            headRead(current.get());
        }
    }

    private void begin(HttpResponse response) {
        responses++;
        current = Optional.of(response);
        if (waiting.size() < MOST_WAITING) {
            waiting.add(response);
        } else {
            opaque("more than " + MOST_WAITING + " responses came at once");
        }
    }

    private void headRead(HttpResponse response) {
        HttpHead parsed = new HttpHead(head.bytes(), head.length());
        head.clear();
        // Unasked for, as 408 of a server that tired of waiting: nothing else can follow it.
        boolean unsolicited = expected.isEmpty();
        String method = unsolicited ? "GET" : expected.peek();
        ResponseHead read = ResponseHead.of(parsed, method, response.status());
        response.head(read.facts(), position);
        if (response.interim()) {
            ended(response);
            return;
        }
        expected.poll();
        if (read.oddity().isPresent()) {
            ambiguous = true;
            opaque(read.oddity().get());
        } else if (response.status() == 101) {
            response.endsAt(position);
            opaque("the protocol was switched");
        } else if (method.equals("CONNECT") && response.status() < 300) {
            response.endsAt(position);
            opaque("a tunnel was opened");
        } else {
            beginBody(response);
        }
    }

    private void beginBody(HttpResponse response) {
        state = State.BODY;
        switch (response.framing()) {
            case LENGTH -> {
                left = response.bodyLength();
                response.endsAt(position + left);
            }
            case CHUNKED -> {
                ChunkHistory history = new ChunkHistory();
                ChunkedBody chunked = new ChunkedBody(history);
                chunks = Optional.of(chunked);
                cut = Optional.of(new Cut(response, chunked, history));
            }
            case UNTIL_CLOSE -> untilClose = true;
            default -> ended(response);
        }
    }

    private int readBody(ByteBuf bytes, int index, int length) {
        HttpResponse answer = current.orElseThrow();
        if (chunks.isPresent()) {
            return chunks.get()
                    .read(
                            bytes,
                            index,
                            length,
                            (at, step) -> content.read(answer, bytes, at, step));
        }
        int step = length;
        if (!untilClose) {
            step = (int) Math.min(left, length);
            left -= step;
        }
        content.read(answer, bytes, index, step);
        return step;
    }

    private void bodyGrew() {
        if (untilClose) {
            return;
        }
        if (chunks.isEmpty() ? left == 0 : chunks.get().ended()) {
            current.ifPresent(this::ended);
        } else if (chunks.isPresent() && chunks.get().broken()) {
            ambiguous = true;
            opaque(chunks.get().why());
        }
    }

    private void ended(HttpResponse response) {
        response.endsAt(position);
        chunks.ifPresent(body -> response.trailers(body.trailers()));
        current = Optional.empty();
        chunks = Optional.empty();
        left = 0;
        state = State.HEAD;
    }

    private void opaque(String why) {
        if (reason.isEmpty()) {
            reason = Optional.of(why);
        }
        head.clear();
        state = State.OPAQUE;
    }

    /**
     * The server has closed its direction. Ends a body that lasts until then; returns whether the close came where HTTP lets
     * it come: between two responses with none owing, or at such an end.
     */
    public boolean closed() {
        if (state == State.BODY && untilClose) {
            current.ifPresent(response -> response.endsAt(position));
            current = Optional.empty();
            untilClose = false;
            state = State.HEAD;
        }
        return state == State.OPAQUE
                || state == State.HEAD && head.length() == 0 && expected.isEmpty();
    }

    /** What was read behind the end of an answer is void: another server begins there. Requests are to be expected anew. */
    public void backTo(HttpResponse answer) {
        position = answer.bodyEnd();
        state = State.HEAD;
        head.clear();
        current = Optional.empty();
        chunks = Optional.empty();
        untilClose = false;
        left = 0;
        expected.clear();
        waiting.clear();
    }

    /** The next response whose status is known, in order, each once. It is filled in as reading goes on. */
    public Optional<HttpResponse> poll() {
        return Optional.ofNullable(waiting.poll());
    }

    /** The response that is being read, from its status to its end. */
    public Optional<HttpResponse> current() {
        return current;
    }

    public State state() {
        return state;
    }

    /** Whether every response that was expected is complete. */
    public boolean idle() {
        return state == State.HEAD && head.length() == 0 && expected.isEmpty();
    }

    /** Requests without a complete head of their final response. */
    public int owing() {
        return expected.size();
    }

    /** Offset of the next byte to be read: the number of bytes read or skipped so far. */
    public long position() {
        return position;
    }

    /** Whether the first bytes cannot be a response. */
    public boolean notHttp() {
        return notHttp;
    }

    /** Whether two readers might see different responses in what was sent. */
    public boolean ambiguous() {
        return ambiguous;
    }

    /** Why nothing is looked at any more, as the end of a sentence. */
    public Optional<String> reason() {
        return reason;
    }

    /** Bytes of the current body's content up to {@link #position}, without its framing; 0 outside of a body. */
    public long content() {
        return chunks.map(ChunkedBody::content)
                .orElseGet(
                        () ->
                                current.filter(HttpResponse::headRead)
                                        .map(response -> position - response.headEnd())
                                        .orElse(0L));
    }

    /** Bytes of content that the current chunk still has to bring at {@link #position}; 0 outside of a chunk. */
    public long leftOfChunk() {
        return chunks.map(ChunkedBody::left).orElse(0L);
    }

    /** The client has everything before this offset, and will not need it again. */
    public void acknowledged(long offset) {
        if (cut.isPresent()) {
            cut.get().history().forget(offset - cut.get().answer().headEnd());
        }
    }

    /**
     * Goes on with the newest chunked body from any offset that was not yet acknowledged; empty if it is not this answer's, or
     * nobody can tell how it went on.
     */
    public Optional<ChunkSplice> splice(HttpResponse answer, long offset) {
        return cut.filter(c -> c.answer() == answer && offset >= answer.headEnd())
                .flatMap(c -> ChunkSplice.at(c.history(), c.body(), offset - answer.headEnd()));
    }

    /** How many of the next bytes need not be shown to {@link #read}; {@link Long#MAX_VALUE} if none ever need. */
    public long skippable() {
        return switch (state) {
            case HEAD -> 0;
            case BODY ->
                    untilClose
                            ? Long.MAX_VALUE
                            : chunks.isPresent() ? chunks.get().skippable() : left;
            case OPAQUE -> Long.MAX_VALUE;
        };
    }

    /** Passes over bytes instead of reading them, at most {@link #skippable}. */
    public void skip(long bytes) {
        if (bytes > skippable()) {
            throw new IllegalArgumentException(bytes + " bytes cannot be skipped here");
        }
        position += bytes;
        if (state == State.BODY && !untilClose) {
            if (chunks.isPresent()) {
                chunks.get().skip(bytes);
            } else {
                left -= bytes;
            }
            bodyGrew();
        }
    }
}
