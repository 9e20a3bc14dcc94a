package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.stack.wire.Endpoint;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Beyond the patent: the server dies in the middle of its answer, twice, and the client does not notice. */
final class Resume implements Scenario {
    private static final int SIZE = 24 << 20;
    private static final int PIECE = 1 << 16;
    private static final int TAGGED = Stages.PORT;
    private static final int UNTAGGED = Stages.PORT + 1;

    @Override
    public String name() {
        return "resume";
    }

    @Override
    public String about() {
        return "beyond the patent, B03";
    }

    @Override
    public String shows() {
        return "The server of a download dies in its middle, and the next one too; every byte"
                + " arrives, once.";
    }

    @Override
    public List<ServiceConfig> services() {
        // One service for each showing: none of them remembers how servers died in the other.
        return List.of(service(TAGGED), service(UNTAGGED));
    }

    private static ServiceConfig service(int port) {
        return Stages.service(
                new Endpoint(Stages.ORIGINAL.address(), port),
                ServiceConfig.Protocol.TCP,
                Strategy.IN_ORDER,
                Stages.RESUME,
                Stages.A,
                Stages.B,
                Stages.C);
    }

    @Override
    public void play(Scene scene) throws IOException {
        byte[] content = content();
        String right = sha256(content);
        for (boolean tagged : List.of(true, false)) {
            String how = tagged ? "with an ETag" : "without one";
            scene.tell(
                    "A dies by a reset after a quarter, B by a close after half; C is well; "
                            + how
                            + ":");
            try (Actor a = scene.actor("A", dying(content, SIZE / 4, tagged, false));
                    Actor b = scene.actor("B", dying(content, SIZE / 2, tagged, true));
                    Actor c = scene.actor("C", dying(content, SIZE, tagged, false));
                    Browser browser = scene.browser(tagged ? TAGGED : UNTAGGED)) {
                long begin = System.nanoTime();
                Browser.Page page = browser.get("/film");
                long millis = (System.nanoTime() - begin) / 1_000_000;
                scene.claim(
                        "the whole arrives on one connection, " + how,
                        page.status() == 200 && page.bytes() == SIZE,
                        (page.bytes() >> 20) + " MiB in " + millis + " ms");
                scene.claim(
                        "its SHA-256 is that of a healthy server's, " + how,
                        page.sha256().equals(right),
                        page.sha256().substring(0, 16) + "...");
                scene.claim(
                        "all three played, " + how,
                        a.asked().size() == 1 && b.asked().size() == 1 && c.asked().size() == 1,
                        "A, then B, then C");
            }
        }
        tellProofs(scene);
    }

    /** Says how it was proved that the next server's bytes are the same. */
    private static void tellProofs(Scene scene) {
        for (Event event : scene.events(Event.Kind.RESUMED)) {
            scene.tell(EventText.line(event));
        }
    }

    private static byte[] content() {
        byte[] bytes = new byte[SIZE];
        for (int at = 0; at < SIZE; at++) {
            bytes[at] = (byte) (at * 31 + (at >>> 8) * 7 + (at >>> 16));
        }
        return bytes;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Sends what it is asked for up to a point of the whole, where it dies. */
    private static Actor.Script dying(byte[] content, int until, boolean tagged, boolean politely) {
        return (self, request, to) -> {
            String range = tagged ? request.field("Range") : "";
            int from =
                    range.startsWith("bytes=")
                            ? Integer.parseInt(range.substring(6, range.indexOf('-')))
                            : 0;
            send(to, content, from, until, tagged, !range.isEmpty());
            if (until < content.length) {
                self.die(politely);
            }
        };
    }

    private static void send(
            Socket to, byte[] content, int from, int until, boolean tagged, boolean part)
            throws IOException {
        String head =
                (part
                                ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes "
                                        + from
                                        + "-"
                                        + (content.length - 1)
                                        + "/"
                                        + content.length
                                        + "\r\n"
                                : "HTTP/1.1 200 OK\r\n")
                        + (tagged ? "ETag: \"film-1\"\r\nAccept-Ranges: bytes\r\n" : "")
                        + "Content-Length: "
                        + (content.length - from)
                        + "\r\n\r\n";
        OutputStream out = to.getOutputStream();
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        for (int at = from; at < until; at += PIECE) {
            out.write(Arrays.copyOfRange(content, at, Math.min(at + PIECE, until)));
        }
    }
}
