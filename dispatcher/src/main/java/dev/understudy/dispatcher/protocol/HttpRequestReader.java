package dev.understudy.dispatcher.protocol;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * Follows what a client sends on one connection, request by request (RFC 9112; HTTP/2 with prior knowledge up to its first
 * request). It is fed the bytes in order and each once; between heads it holds nothing.
 *
 * <pre>{@code
 *  bytes in order ──▶ HEAD ──▶ BODY ──▶ HEAD ──▶ …        one HttpRequest for every head
 *                       └─ not HTTP, tunnel, ambiguous ──▶ OPAQUE: looks at nothing any more
 * }</pre>
 *
 * A connection that is {@linkplain #pinned pinned} stays with the server it has: what follows belongs together, or somebody
 * else may see other requests in it than we do. Nothing that a client sends makes a method throw.
 */
public final class HttpRequestReader {
    /** What comes next. */
    public enum State {
        HEAD,
        BODY,
        /** Nothing is looked at any more. */
        OPAQUE
    }

    private static final int MOST_WAITING = 256;

    private final ArrayDeque<HttpRequest> waiting = new ArrayDeque<>(2);
    private final HeadBuffer head = new HeadBuffer();
    private Optional<ChunkedBody> chunks = Optional.empty();
    private Optional<Http2Opening> http2 = Optional.empty();
    private Optional<HttpRequest> last = Optional.empty();
    private Optional<String> pinned = Optional.empty();
    private Optional<String> ambiguity = Optional.empty();
    private State state = State.HEAD;
    private boolean notHttp;
    private long left;
    private long position;
    private long requests;

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
            settle();
        }
    }

    private int readHead(ByteBuf bytes, int index, int length) {
        if (http2.isPresent()) {
            return http2.get().read(bytes, index, length);
        }
        boolean startLine = !head.startLineComplete();
        int taken = head.add(bytes, index, length);
        if (startLine && !RequestHead.canBegin(head.bytes(), startLineLength())) {
            unreadable("what was sent is no HTTP request");
        } else if (head.tooLong()) {
            unreadable("a head is longer than " + HeadBuffer.MOST_FIELDS + " bytes");
        }
        return taken;
    }

    private int startLineLength() {
        return head.startLineComplete() ? head.startLineLength() : head.length();
    }

    private int readBody(ByteBuf bytes, int index, int length) {
        if (chunks.isPresent()) {
            return chunks.get().read(bytes, index, length);
        }
        int step = (int) Math.min(left, length);
        left -= step;
        return step;
    }

    /** Draws the consequences of what was read; {@link #position} is right behind it. */
    private void settle() {
        switch (state) {
            case HEAD -> {
                if (head.complete()) {
                    headRead();
                } else if (http2.isPresent()) {
                    http2Read(http2.get());
                }
            }
            case BODY -> bodyRead();
            case OPAQUE -> {
                // For good.
            }
        }
    }

    private void headRead() {
        HttpHead parsed = new HttpHead(head.bytes(), head.length());
        long start = position - head.length();
        head.clear();
        if (requests == 0 && RequestHead.isPreface(parsed)) {
            http2 = Optional.of(new Http2Opening());
            pin("HTTP/2 carries many requests on one connection");
            return;
        }
        RequestHead read = RequestHead.of(parsed);
        read.oddity().ifPresent(this::ambiguous);
        if (read.facts().isEmpty()) {
            unreadable("what was sent is no HTTP request");
            return;
        }
        HttpRequest request = new HttpRequest(read.facts().get(), start, position);
        if (request.bindsConnection()) {
            pin("its authentication holds for the connection");
        }
        if (request.connect()) {
            pin("a tunnel was asked for");
        }
        add(request);
        if (state == State.OPAQUE || read.oddity().isPresent() || request.connect()) {
            state = State.OPAQUE;
            return;
        }
        switch (request.framing()) {
            case LENGTH -> {
                left = request.bodyLength();
                state = State.BODY;
            }
            case CHUNKED -> {
                chunks = Optional.of(new ChunkedBody());
                state = State.BODY;
            }
            default -> state = State.HEAD;
        }
    }

    private void http2Read(Http2Opening opening) {
        if (opening.broken()) {
            unreadable("HTTP/2 did not begin with a request");
        } else if (opening.request().isPresent()) {
            add(new HttpRequest(opening.request().get(), 0, position));
            state = State.OPAQUE;
            http2 = Optional.empty();
        }
    }

    private void bodyRead() {
        if (chunks.isEmpty()) {
            if (left == 0) {
                state = State.HEAD;
            }
        } else if (chunks.get().broken()) {
            ambiguous(chunks.get().why());
            state = State.OPAQUE;
        } else if (chunks.get().ended()) {
            last.ifPresent(request -> request.endsAt(position));
            chunks = Optional.empty();
            state = State.HEAD;
        }
    }

    private void add(HttpRequest request) {
        requests++;
        last = Optional.of(request);
        if (waiting.size() < MOST_WAITING) {
            waiting.add(request);
        } else {
            pin("more than " + MOST_WAITING + " requests came at once");
            state = State.OPAQUE;
        }
    }

    private void unreadable(String why) {
        notHttp = requests == 0;
        if (!notHttp) {
            ambiguous(why);
        }
        pin(why);
        head.clear();
        http2 = Optional.empty();
        state = State.OPAQUE;
    }

    private void ambiguous(String why) {
        if (ambiguity.isEmpty()) {
            ambiguity = Optional.of(why);
        }
        pin(why);
    }

    private void pin(String why) {
        if (pinned.isEmpty()) {
            pinned = Optional.of(why);
        }
    }

    /** The next request whose head has been read, in order, each once. */
    public Optional<HttpRequest> poll() {
        return Optional.ofNullable(waiting.poll());
    }

    /** The server has answered 101 or opened a tunnel: what the client sends from now on is no HTTP. */
    public void switched() {
        pin("the protocol was switched");
        head.clear();
        chunks = Optional.empty();
        state = State.OPAQUE;
    }

    public State state() {
        return state;
    }

    /** Whether the last request is complete and nothing of the next one has come. */
    public boolean betweenRequests() {
        return state == State.HEAD && head.length() == 0 && http2.isEmpty();
    }

    /** Offset of the next byte to be read: the number of bytes read or skipped so far. */
    public long position() {
        return position;
    }

    /** Requests whose heads have been read. */
    public long requests() {
        return requests;
    }

    /** Whether the connection turned out, within its first bytes, to carry no HTTP that we can read. */
    public boolean notHttp() {
        return notHttp;
    }

    /** Whether two readers might see different requests in what was sent; see {@link #reason}. */
    public boolean ambiguous() {
        return ambiguity.isPresent();
    }

    /** Whether the connection must keep its server from here on. */
    public boolean pinned() {
        return pinned.isPresent();
    }

    /** Why it is pinned, as the end of a sentence: an ambiguity if there is one. */
    public Optional<String> reason() {
        return ambiguity.or(() -> pinned);
    }

    /** How many of the next bytes need not be shown to {@link #read}; {@link Long#MAX_VALUE} if none ever need. */
    public long skippable() {
        return switch (state) {
            case HEAD -> 0;
            case BODY -> chunks.isPresent() ? chunks.get().skippable() : left;
            case OPAQUE -> Long.MAX_VALUE;
        };
    }

    /** Passes over bytes instead of reading them, at most {@link #skippable}. */
    public void skip(long bytes) {
        if (bytes > skippable()) {
            throw new IllegalArgumentException(bytes + " bytes cannot be skipped here");
        }
        position += bytes;
        if (state == State.BODY) {
            if (chunks.isPresent()) {
                chunks.get().skip(bytes);
            } else {
                left -= bytes;
            }
            bodyRead();
        }
    }
}
