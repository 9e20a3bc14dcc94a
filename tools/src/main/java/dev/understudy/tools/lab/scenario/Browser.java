package dev.understudy.tools.lab.scenario;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** One connection of an ordinary client, on an ordinary socket of the client's kernel. */
final class Browser implements AutoCloseable {
    /**
     * What came back.
     *
     * @param text the body, if it is short
     * @param bytes of the body
     * @param sha256 of the body
     */
    record Page(int status, String text, long bytes, String sha256) {}

    private static final int PATIENCE_MILLIS = 20_000;
    private static final int SHORT = 4096;

    private final Socket socket;
    private final InputStream in;
    private final long connectNanos;

    /** Connects; the calling thread has to be in the client's namespace. */
    Browser(InetSocketAddress original) throws IOException {
        this(new Socket(), original);
    }

    /** The same from a socket that is bound already. */
    Browser(Socket socket, InetSocketAddress original) throws IOException {
        this.socket = socket;
        long begin = System.nanoTime();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(original, PATIENCE_MILLIS);
            connectNanos = System.nanoTime() - begin;
            in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    Socket socket() {
        return socket;
    }

    /** How long connecting took. */
    long connectNanos() {
        return connectNanos;
    }

    /** One request and its whole response. */
    Page get(String path) throws IOException {
        return ask("GET", path, "");
    }

    Page post(String path, String body) throws IOException {
        return ask("POST", path, body);
    }

    private Page ask(String method, String path, String body) throws IOException {
        String length = body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n";
        String request =
                method
                        + " "
                        + path
                        + " HTTP/1.1\r\nHost: shop.example\r\n"
                        + length
                        + "\r\n"
                        + body;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        String status = line();
        long bytes = 0;
        for (String field = line(); !field.isEmpty(); field = line()) {
            if (field.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                bytes = Long.parseLong(field.substring(15).strip());
            }
        }
        return body(Integer.parseInt(status.split(" ", 3)[1]), bytes);
    }

    private Page body(int status, long bytes) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        StringBuilder text = new StringBuilder();
        byte[] some = new byte[1 << 16];
        for (long left = bytes; left > 0; ) {
            int read = in.read(some, 0, (int) Math.min(left, some.length));
            if (read < 0) {
                throw new EOFException((bytes - left) + " bytes of " + bytes + " came");
            }
            digest.update(some, 0, read);
            if (bytes <= SHORT) {
                text.append(new String(some, 0, read, StandardCharsets.UTF_8));
            }
            left -= read;
        }
        return new Page(status, text.toString(), bytes, HexFormat.of().formatHex(digest.digest()));
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection ended before the answer did");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
