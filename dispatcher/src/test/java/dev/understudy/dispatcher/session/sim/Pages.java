package dev.understudy.dispatcher.session.sim;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What the servers of a scenario hold: the same pages, but for one that lacks some.
 *
 * @param proof what a server tells of an answer's identity
 * @param lacking the server that answers 404; -1 if none does
 */
record Pages(Speech.Proof proof, int lacking) {
    static final Pages NONE = new Pages(Speech.Proof.NONE, -1);
    static final Pages TAGGED = new Pages(Speech.Proof.ETAG, -1);
    static final Pages CHUNKED = new Pages(Speech.Proof.CHUNKED, -1);

    static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
    private static final String MISSING = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    private static final int CHUNK = 700;

    /** What a server answers to a request of which it has got all, from an offset of the content on. */
    String answer(int server, String path, int from) {
        if (server == lacking) {
            return MISSING;
        }
        String[] words = path.split("/", -1);
        int number = Integer.parseInt(words[words.length - 2]);
        int size = Integer.parseInt(words[words.length - 1]);
        StringBuilder head = new StringBuilder();
        head.append(from > 0 ? "HTTP/1.1 206 Partial Content\r\n" : "HTTP/1.1 200 OK\r\n");
        if (proof == Speech.Proof.ETAG) {
            head.append("ETag: \"").append(number).append("\"\r\nAccept-Ranges: bytes\r\n");
        }
        if (from > 0) {
            head.append("Content-Range: bytes %d-%d/%d\r\n".formatted(from, size - 1, size));
        }
        byte[] content = new byte[size - from];
        for (int i = from; i < size; i++) {
            content[i - from] = ModelServer.content(0, number, i);
        }
        String body = new String(content, StandardCharsets.ISO_8859_1);
        if (proof != Speech.Proof.CHUNKED) {
            return head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
        }
        head.append("Transfer-Encoding: chunked\r\n\r\n");
        for (int at = 0; at < body.length(); at += CHUNK) {
            String chunk = body.substring(at, Math.min(body.length(), at + CHUNK));
            head.append(Integer.toHexString(chunk.length())).append("\r\n");
            head.append(chunk).append("\r\n");
        }
        return head + "0\r\n\r\n";
    }

    /** All that a client may get for a request. */
    List<String> lawful(Ask ask) {
        String redirection =
                String.join(
                        "\r\n",
                        "HTTP/1.1 302 Found",
                        "Location: http://10.20.0.9/x",
                        "Content-Type: text/plain",
                        "Content-Length: 25",
                        "Connection: close",
                        "",
                        "Go to http://10.20.0.9/x\n");
        if (ask.path().startsWith("/away/")) {
            return List.of(redirection);
        }
        int holder = lacking == 0 ? 1 : 0;
        String whole = answer(holder, ask.path(), 0);
        if (ask.expects()) {
            return List.of(whole, CONTINUE + whole);
        }
        return lacking < 0 ? List.of(whole) : List.of(whole, MISSING);
    }
}
