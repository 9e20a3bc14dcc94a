package dev.understudy.dispatcher.session.sim;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One request of a scripted client.
 *
 * @param path ends with the request's number and the size of its answer: {@code /images/3/2000}
 * @param body bytes of its body
 * @param expects whether the client waits for {@code 100 Continue} before it sends the body
 * @param pieces into how many segments it is cut at least
 */
record Ask(String method, String path, int body, boolean expects, int pieces) {
    static Ask get(String path) {
        return new Ask("GET", path, 0, false, 1);
    }

    static Ask post(String path, int body) {
        return new Ask("POST", path, body, false, 1);
    }

    int number() {
        return Integer.parseInt(words()[words().length - 2]);
    }

    int size() {
        return Integer.parseInt(words()[words().length - 1]);
    }

    private String[] words() {
        return path.split("/", -1);
    }

    boolean repeatable() {
        return method.equals("GET");
    }

    /** Whether a route declares it to be safe to be executed twice, as that of {@code /safe/**} does. */
    boolean declared() {
        return path.startsWith("/safe/");
    }

    String head() {
        return method
                + " "
                + path
                + " HTTP/1.1\r\nHost: shop.example\r\n"
                + (expects ? "Expect: 100-continue\r\n" : "")
                + (body > 0 ? "Content-Length: " + body + "\r\n" : "")
                + "\r\n";
    }

    /** What is said at once: all of it, or the head alone if the body waits; cut into pieces. */
    List<byte[]> opening() {
        return cut(head() + (expects ? "" : content()));
    }

    /** What is said after {@code 100 Continue}. */
    List<byte[]> rest() {
        return cut(content());
    }

    private String content() {
        return "b".repeat(body);
    }

    private List<byte[]> cut(String text) {
        List<byte[]> cuts = new ArrayList<>();
        int each = Math.max(1, (text.length() + pieces - 1) / pieces);
        for (int at = 0; at < text.length(); at += each) {
            cuts.add(
                    text.substring(at, Math.min(text.length(), at + each))
                            .getBytes(StandardCharsets.ISO_8859_1));
        }
        return cuts;
    }
}
