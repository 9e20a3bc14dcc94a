package dev.understudy.dispatcher.protocol;

/**
 * One request of a connection: what its head says, and where its parts lie in the client's stream. Offsets count bytes from
 * the connection's first one. All is known once the head is read, but for the end of a chunked body.
 */
public final class HttpRequest {
    /** What dispatching has to know of a head. */
    record Facts(
            String method,
            String target,
            RequestTarget url,
            String version,
            boolean keepAlive,
            boolean expectsContinue,
            boolean upgrade,
            boolean bindsConnection,
            boolean range,
            boolean ifRange,
            Framing framing,
            long bodyLength) {}

    private final Facts facts;
    private final long start;
    private final long headEnd;
    private long bodyEnd;

    HttpRequest(Facts facts, long start, long headEnd) {
        this.facts = facts;
        this.start = start;
        this.headEnd = headEnd;
        this.bodyEnd =
                switch (facts.framing) {
                    case NONE -> headEnd;
                    case LENGTH -> headEnd + facts.bodyLength;
                    default -> -1;
                };
    }

    /** Where its first byte lies. */
    public long start() {
        return start;
    }

    /** Where its body begins: the byte after the head's empty line. */
    public long headEnd() {
        return headEnd;
    }

    /** Where the byte after its last one lies; -1 while a chunked body's end has not been read, or nobody can tell. */
    public long bodyEnd() {
        return bodyEnd;
    }

    void endsAt(long offset) {
        bodyEnd = offset;
    }

    public String method() {
        return facts.method;
    }

    /** The request target as sent. */
    public String target() {
        return facts.target;
    }

    /** The effective host (RFC 9112 §3.3) in lower case and without port; empty if none was sent. */
    public String host() {
        return facts.url.host();
    }

    /** The path without query, dot segments and needless percent-encoding; empty with CONNECT. */
    public String path() {
        return facts.url.path();
    }

    /** What follows the question mark, as sent; empty without one. */
    public String query() {
        return facts.url.query();
    }

    /** {@code HTTP/1.1}, {@code HTTP/1.0}, {@code HTTP/2.0}. */
    public String version() {
        return facts.version;
    }

    /** Whether the client means to send more requests on this connection (RFC 9112 §9.3). */
    public boolean keepAlive() {
        return facts.keepAlive;
    }

    /** Whether the client waits for a 100 before it sends the body (RFC 9110 §10.1.1). */
    public boolean expectsContinue() {
        return facts.expectsContinue;
    }

    /** Whether another protocol follows if the server answers 101 (RFC 9110 §7.8). */
    public boolean upgrade() {
        return facts.upgrade;
    }

    public boolean connect() {
        return facts.method.equals("CONNECT");
    }

    /** Whether it authenticates the connection rather than itself (NTLM, Negotiate: RFC 4559). */
    public boolean bindsConnection() {
        return facts.bindsConnection;
    }

    /** Whether it has a Range of its own. */
    public boolean range() {
        return facts.range;
    }

    public boolean ifRange() {
        return facts.ifRange;
    }

    public Framing framing() {
        return facts.framing;
    }

    /** Bytes of body with {@link Framing#LENGTH}, else 0. */
    public long bodyLength() {
        return facts.bodyLength;
    }

    /** Whether sending it twice does what sending it once does (RFC 9110 §9.2.2). */
    public boolean idempotent() {
        return switch (facts.method) {
            case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
            default -> false;
        };
    }

    @Override
    public String toString() {
        return facts.method + " " + facts.url.host() + " " + facts.target;
    }
}
