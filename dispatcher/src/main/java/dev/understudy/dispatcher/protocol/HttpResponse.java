package dev.understudy.dispatcher.protocol;

import java.util.Optional;

/**
 * One response, filled in as it is read: first its status, then what the rest of its head says, last its end. Offsets count
 * bytes of the server's stream, from wherever its reader began.
 */
public final class HttpResponse {
    /** What a head says beyond its status. */
    record Facts(
            String version,
            boolean close,
            Framing framing,
            long bodyLength,
            Optional<String> etag,
            Optional<String> lastModified,
            Optional<String> date,
            Optional<String> contentRange,
            Optional<String> contentEncoding,
            boolean acceptsRanges,
            boolean bindsConnection) {}

    private static final Facts UNREAD =
            new Facts(
                    "",
                    false,
                    Framing.UNKNOWN,
                    0,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    false,
                    false);

    private final int status;
    private final long start;
    private Facts facts = UNREAD;
    private long headEnd = -1;
    private long bodyEnd = -1;
    private String trailers = "\r\n";

    HttpResponse(int status, long start) {
        this.status = status;
        this.start = start;
    }

    void head(Facts read, long end) {
        facts = read;
        headEnd = end;
    }

    void endsAt(long offset) {
        bodyEnd = offset;
    }

    void trailers(String section) {
        trailers = section;
    }

    /** Its trailer section with the empty line that ends it, once its body has ended; what is not chunked has none. */
    public String trailers() {
        return trailers;
    }

    /** 100 to 999. */
    public int status() {
        return status;
    }

    /** Whether the final response is still to come: 1xx but for 101 (RFC 9110 §15.2). */
    public boolean interim() {
        return status < 200 && status != 101;
    }

    /** Where its first byte lies. */
    public long start() {
        return start;
    }

    /** Whether everything below is known; before, all of it is empty. */
    public boolean headRead() {
        return headEnd >= 0;
    }

    /** Where its body begins; -1 while the head has not been read. */
    public long headEnd() {
        return headEnd;
    }

    /** Where the byte after its last one lies; -1 while that is not known, as with chunks and until-close. */
    public long bodyEnd() {
        return bodyEnd;
    }

    /** {@code HTTP/1.1} or {@code HTTP/1.0}. */
    public String version() {
        return facts.version;
    }

    /** Whether the server means to close after it (RFC 9112 §9.3). */
    public boolean close() {
        return facts.close;
    }

    public Framing framing() {
        return facts.framing;
    }

    /** Bytes of body with {@link Framing#LENGTH}, else 0. */
    public long bodyLength() {
        return facts.bodyLength;
    }

    /** The ETag as sent, with quotes and, if weak, with {@code W/}. */
    public Optional<String> etag() {
        return facts.etag;
    }

    /** The ETag if it is strong: equal tags then mean equal bytes (RFC 9110 §8.8.1). */
    public Optional<String> strongEtag() {
        return facts.etag.filter(
                tag -> tag.length() >= 2 && tag.startsWith("\"") && tag.endsWith("\""));
    }

    public Optional<String> lastModified() {
        return facts.lastModified;
    }

    public Optional<String> date() {
        return facts.date;
    }

    /** As sent: {@code bytes 5-9/10}. */
    public Optional<String> contentRange() {
        return facts.contentRange;
    }

    public Optional<String> contentEncoding() {
        return facts.contentEncoding;
    }

    /** Whether {@code Accept-Ranges: bytes} was said. */
    public boolean acceptsRanges() {
        return facts.acceptsRanges;
    }

    /** Whether the server asks for an authentication that holds for the connection (NTLM, Negotiate). */
    public boolean bindsConnection() {
        return facts.bindsConnection;
    }

    @Override
    public String toString() {
        return status + " " + facts.framing;
    }
}
