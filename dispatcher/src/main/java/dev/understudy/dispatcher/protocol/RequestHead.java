package dev.understudy.dispatcher.protocol;

import java.util.List;
import java.util.Optional;

/**
 * Reads a request's head (RFC 9112 §3).
 *
 * @param facts empty if this is no request
 * @param oddity what another reader might take otherwise
 */
record RequestHead(Optional<HttpRequest.Facts> facts, Optional<String> oddity) {
    private static final int MOST_METHOD = 32;
    private static final String VERSION = "HTTP/1.";
    private static final String PREFACE = "PRI * HTTP/2.0";

    /**
     * Whether bytes can be the beginning of a request line. Early, so that a client that speaks something else is not kept
     * waiting: SSH and SMTP are told apart within their first line.
     */
    static boolean canBegin(byte[] bytes, int length) {
        int at = 0;
        while (at < length && HttpHead.isTokenChar(bytes[at])) {
            at++;
        }
        if (at == length || at == 0 || at > MOST_METHOD) {
            return at == length && at <= MOST_METHOD;
        }
        if (bytes[at] != ' ') {
            return false;
        }
        int target = ++at;
        while (at < length && (bytes[at] < 0 || bytes[at] > ' ')) {
            at++;
        }
        if (at == length) {
            return true;
        }
        if (bytes[at] != ' ' || at == target) {
            return false;
        }
        at++;
        for (int i = 0; i < VERSION.length() && at + i < length; i++) {
            if (bytes[at + i] != VERSION.charAt(i)) {
                return isPreface(bytes, length);
            }
        }
        return true;
    }

    private static boolean isPreface(byte[] bytes, int length) {
        for (int at = 0; at < length; at++) {
            char due = at < PREFACE.length() ? PREFACE.charAt(at) : "\r\n\r\n".charAt(at - 14);
            if (bytes[at] != due) {
                return false;
            }
        }
        return true;
    }

    static boolean isPreface(HttpHead head) {
        return head.startLine().equals(PREFACE);
    }

    static RequestHead of(HttpHead head) {
        String[] words = head.startLine().split(" ", -1);
        if (words.length != 3
                || !HttpHead.isToken(words[0])
                || !words[2].matches("HTTP/1\\.[0-9]")) {
            return new RequestHead(Optional.empty(), Optional.of("a request line has other parts"));
        }
        String method = words[0];
        String hostField = head.first("host").orElse("");
        Optional<RequestTarget> url = RequestTarget.of(method, words[1], hostField);
        boolean http10 = words[2].equals("HTTP/1.0");
        BodyLength body = BodyLength.of(head, http10);
        Optional<String> oddity = head.oddity().or(body::oddity);
        Framing framing = body.framing();
        if (framing == Framing.UNTIL_CLOSE) {
            // Of a request nobody could tell the end (RFC 9112 §6.3, rule 4).
            framing = Framing.UNKNOWN;
            oddity =
                    oddity.or(() -> Optional.of("a request's last transfer coding is not chunked"));
        }
        if (head.count("host") > 1) {
            oddity = oddity.or(() -> Optional.of("two Host fields are given"));
        }
        if (url.isEmpty()) {
            oddity = oddity.or(() -> Optional.of("the request target has none of the four forms"));
        }
        List<String> connection = head.members("connection");
        return new RequestHead(
                Optional.of(
                        new HttpRequest.Facts(
                                method,
                                words[1],
                                url.orElseGet(
                                        () ->
                                                new RequestTarget(
                                                        RequestTarget.host(hostField), "", "")),
                                words[2],
                                http10
                                        ? connection.contains("keep-alive")
                                        : !connection.contains("close"),
                                head.members("expect").contains("100-continue"),
                                head.has("upgrade") && connection.contains("upgrade"),
                                head.bindsConnection("authorization")
                                        || head.bindsConnection("proxy-authorization"),
                                head.has("range"),
                                head.has("if-range"),
                                oddity.isPresent() ? Framing.UNKNOWN : framing,
                                oddity.isPresent() ? 0 : body.length())),
                oddity);
    }
}
