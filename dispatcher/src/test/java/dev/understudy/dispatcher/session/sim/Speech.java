package dev.understudy.dispatcher.session.sim;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * What is spoken in a simulation, and what the dispatcher has to make of it.
 *
 * @param http whether it is HTTP, kept alive, with the same answers on every server; else a request, bytes and FIN
 * @param binding when the server is chosen
 * @param proof what a server tells of an answer's identity
 */
record Speech(boolean http, Binding binding, Proof proof) {
    static final Speech PLAIN = new Speech(false, Binding.CONNECT, Proof.NONE);

    enum Binding {
        CONNECT,
        INSTANT,
        HONEST
    }

    enum Proof {
        ETAG,
        NONE,
        CHUNKED
    }

    static Speech of(SplittableRandom random) {
        Binding[] bindings = Binding.values();
        Proof[] proofs = Proof.values();
        return new Speech(
                true,
                bindings[random.nextInt(bindings.length)],
                proofs[random.nextInt(proofs.length)]);
    }

    /** Whether a server has a page: some lack some, so that they answer 404. */
    static boolean holds(int server, int request) {
        return request % 7 != server + 3;
    }

    /** What a server answers to a request for {@code size} bytes of which the first {@code from} are not wanted. */
    byte[] answer(int server, int request, int size, int from, boolean post) {
        if (!post && !holds(server, request)) {
            return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
                    .getBytes(StandardCharsets.ISO_8859_1);
        }
        StringBuilder head = new StringBuilder();
        head.append(from > 0 ? "HTTP/1.1 206 Partial Content\r\n" : "HTTP/1.1 200 OK\r\n");
        if (proof == Proof.ETAG) {
            head.append("ETag: \"").append(request).append("\"\r\nAccept-Ranges: bytes\r\n");
        }
        if (from > 0) {
            head.append("Content-Range: bytes %d-%d/%d\r\n".formatted(from, size - 1, size));
        }
        StringBuilder body = new StringBuilder();
        for (int i = from; i < size; i++) {
            body.append((char) (ModelServer.content(0, request, i) & 0xFF));
        }
        if (proof == Proof.CHUNKED) {
            head.append("Transfer-Encoding: chunked\r\n\r\n");
            // Every server cuts otherwise.
            int cut = 300 + 200 * server;
            for (int at = 0; at < body.length(); at += cut) {
                String chunk = body.substring(at, Math.min(body.length(), at + cut));
                head.append(Integer.toHexString(chunk.length())).append("\r\n");
                head.append(chunk).append("\r\n");
            }
            head.append("0\r\n\r\n");
        } else {
            head.append("Content-Length: ").append(size - from).append("\r\n\r\n").append(body);
        }
        return head.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
