package dev.understudy.tools.lab.scenario;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** Something long to download, which every server has, and servers that die in its middle. */
final class Film {
    private static final int PIECE = 1 << 16;

    private final byte[] content;

    /**
     * A film of its own for each number.
     *
     * @param size in bytes
     */
    Film(int size, int number) {
        content = new byte[size];
        for (int at = 0; at < size; at++) {
            content[at] = (byte) (at * 31 + (at >>> 8) * 7 + (at >>> 16) + number * 13);
        }
    }

    String sha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Sends what it is asked for up to a point of the whole, where it dies. */
    Actor.Script dying(int until, boolean tagged, boolean politely) {
        return (self, request, to) -> {
            send(request, to, until, tagged);
            if (until < content.length) {
                self.die(politely);
            }
        };
    }

    /** Sends what is asked for up to a point of the whole; with an ETag if {@code tagged}, and ranges only then. */
    void send(Actor.Request request, Socket to, int until, boolean tagged) throws IOException {
        String range = tagged ? request.field("Range") : "";
        boolean part = range.startsWith("bytes=");
        int from = part ? Integer.parseInt(range.substring(6, range.indexOf('-'))) : 0;
        String status =
                part
                        ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes "
                                + from
                                + "-"
                                + (content.length - 1)
                                + "/"
                                + content.length
                                + "\r\n"
                        : "HTTP/1.1 200 OK\r\n";
        String head =
                status
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
