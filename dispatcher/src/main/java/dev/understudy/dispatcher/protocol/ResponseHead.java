package dev.understudy.dispatcher.protocol;

import java.util.List;
import java.util.Optional;

/**
 * Reads a response's head (RFC 9112 §4).
 *
 * @param oddity what another reader might take otherwise; the framing is then unknown
 */
record ResponseHead(HttpResponse.Facts facts, Optional<String> oddity) {
    private static final String PATTERN = "HTTP/1.# ###";

    /** Whether bytes can be the beginning of a status line. */
    static boolean canBegin(byte[] bytes, int length) {
        for (int at = 0; at < Math.min(length, PATTERN.length()); at++) {
            char due = PATTERN.charAt(at);
            boolean fits = due == '#' ? bytes[at] >= '0' && bytes[at] <= '9' : bytes[at] == due;
            if (!fits) {
                return false;
            }
        }
        return length < PATTERN.length()
                || bytes[9] != '0'
                        && (length == PATTERN.length() || " \r\n".indexOf(bytes[12]) >= 0);
    }

    /** The status, as soon as its three digits and what ends them are here; 0 before. */
    static int status(byte[] bytes, int length) {
        return length <= PATTERN.length()
                ? 0
                : (bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + bytes[11] - '0';
    }

    /** @param method of the request that is answered */
    static ResponseHead of(HttpHead head, String method, int status) {
        String version = head.startLine().substring(0, 8);
        boolean http10 = version.equals("HTTP/1.0");
        BodyLength body = body(head, method, status, http10);
        Optional<String> oddity = head.oddity().or(body::oddity);
        List<String> connection = head.members("connection");
        return new ResponseHead(
                new HttpResponse.Facts(
                        version,
                        http10 ? !connection.contains("keep-alive") : connection.contains("close"),
                        oddity.isPresent() ? Framing.UNKNOWN : body.framing(),
                        oddity.isPresent() ? 0 : body.length(),
                        head.first("etag"),
                        head.first("last-modified"),
                        head.first("date"),
                        head.first("content-range"),
                        head.first("content-encoding"),
                        head.members("accept-ranges").contains("bytes"),
                        head.bindsConnection("www-authenticate")
                                || head.bindsConnection("proxy-authenticate")),
                oddity);
    }

    /** RFC 9112 §6.3, in its order. */
    private static BodyLength body(HttpHead head, String method, int status, boolean http10) {
        boolean never = status < 200 || status == 204 || status == 304 || method.equals("HEAD");
        if (never || method.equals("CONNECT") && status < 300) {
            return BodyLength.none();
        }
        boolean unsaid = !head.has("content-length") && !head.has("transfer-encoding");
        return unsaid
                ? new BodyLength(Framing.UNTIL_CLOSE, 0, Optional.empty())
                : BodyLength.of(head, http10);
    }
}
