package dev.understudy.tools.lab;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * One connection of an ordinary client: a blocking socket of the kernel whose namespace the calling thread is in.
 * Every body is compared with what the servers are known to say, so that a byte gone wrong is a failure.
 */
final class WebClient implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;

    WebClient(InetSocketAddress original, int timeoutMillis) throws IOException {
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMillis);
            socket.connect(original, timeoutMillis);
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Who the client's kernel says it is connected to. */
    SocketAddress remote() {
        return socket.getRemoteSocketAddress();
    }

    int localPort() {
        return socket.getLocalPort();
    }

    /**
     * One request and its response.
     *
     * @param size bytes to ask for, 0 for the server's name
     * @param last whether the server may close afterwards
     * @return the name of the server that answered
     * @throws IOException if anything but the right answer comes
     */
    String get(int size, boolean last) throws IOException {
        ask(size, last);
        return answer(size);
    }

    /** The first half of {@link #get}. */
    void ask(int size, boolean last) throws IOException {
        String close = last ? "Connection: close\r\n" : "";
        String request = "GET " + path(size) + " HTTP/1.1\r\nHost: lab\r\n" + close + "\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }

    /** The second half of {@link #get}. */
    String answer(int size) throws IOException {
        String status = line();
        if (!status.equals("HTTP/1.1 200 OK")) {
            throw new IOException("the answer was '" + status + "'");
        }
        String server = "";
        int length = 0;
        for (String field = line(); !field.isEmpty(); field = line()) {
            if (field.startsWith("Server: ")) {
                server = field.substring("Server: ".length());
            } else if (field.startsWith("Content-Length: ")) {
                length = Integer.parseInt(field.substring("Content-Length: ".length()));
            }
        }
        byte[] expected = size == 0 ? WebServer.greeting(server) : WebServer.bytes(size);
        byte[] body = in.readNBytes(length);
        if (length != expected.length || !Arrays.equals(body, expected)) {
            throw new IOException(
                    String.format(
                            Locale.ROOT,
                            "the body is not what %s has at %s (%d bytes of %d came)",
                            server,
                            path(size),
                            body.length,
                            expected.length));
        }
        return server;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static String path(int size) {
        return size == 0 ? "/" : "/bytes/" + size;
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
}
