package dev.understudy.tools.lab;

import dev.understudy.stack.link.NetworkNamespace;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A web server in a network namespace: enough of HTTP/1.1 (RFC 9112) for a client to see who answered. GET {@code /}
 * names the server, GET {@code /bytes/N} gives N bytes that are the same on every server.
 *
 * <p>Its listener can be closed and opened again while connections that it has accepted go on, which the JDK's own
 * server cannot do: it takes its connections with it. A listener that closes resets what waits in its queue, so the
 * acceptor empties the queue first ({@link #refuse}).
 */
public final class WebServer implements AutoCloseable {
    private static final int LONGEST_LINE = 8 << 10;
    private static final int LARGEST_BODY = 1 << 30;
    private static final int IDLE_MILLIS = 60_000;

    private final String name;
    private final NetworkNamespace namespace;
    private final int port;
    private final ExecutorService connections;
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong requests = new AtomicLong();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private ServerSocket listener;
    private CountDownLatch acceptor = new CountDownLatch(0);

    /**
     * A server that does not listen yet.
     *
     * @param name what GET {@code /} answers with
     * @param port it listens on every address of the namespace
     */
    public WebServer(String name, NetworkNamespace namespace, int port) {
        this.name = name;
        this.namespace = namespace;
        this.port = port;
        this.connections =
                Executors.newCachedThreadPool(
                        task -> {
                            Thread thread = new Thread(task, "web-" + name);
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /** Opens the listener, if it is closed. */
    public synchronized void listen() throws IOException {
        if (listener != null) {
            return;
        }
        ServerSocket opened =
                namespace.call(
                        () -> {
                            ServerSocket socket = new ServerSocket();
                            socket.setReuseAddress(true);
                            socket.bind(new InetSocketAddress(port), 1024);
                            return socket;
                        });
        listener = opened;
        acceptor = new CountDownLatch(1);
        CountDownLatch gone = acceptor;
        connections.execute(
                () -> {
                    accept(opened);
                    gone.countDown();
                });
    }

    /**
     * Closes the listener, if it is open: from now on the kernel answers a SYN with RST. Connections live on.
     *
     * @param grace how long connections that are on their way in are still accepted
     */
    public synchronized void refuse(Duration grace) throws IOException, InterruptedException {
        if (listener == null) {
            return;
        }
        long seen;
        do {
            seen = accepted.get();
            wait(Math.max(1, grace.toMillis()));
        } while (accepted.get() != seen);
        closeListener();
    }

    /** Dies, as a process does that is killed: the listener is closed, and every connection is reset. */
    public synchronized void kill() throws IOException, InterruptedException {
        if (listener != null) {
            closeListener();
        }
        for (Socket socket : open) {
            reset(socket);
        }
    }

    private void closeListener() throws IOException, InterruptedException {
        listener.close();
        listener = null;
        // The kernel listens as long as a thread is inside accept, whatever was closed.
        acceptor.await();
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException closed) {
            // It had ended by itself.
        }
    }

    /** How many requests were answered. */
    public long requests() {
        return requests.get();
    }

    @Override
    public synchronized void close() throws IOException {
        if (listener != null) {
            listener.close();
            listener = null;
        }
        connections.shutdownNow();
    }

    private void accept(ServerSocket from) {
        while (!from.isClosed()) {
            Socket socket;
            try {
                socket = from.accept();
            } catch (IOException closed) {
                return;
            }
            accepted.incrementAndGet();
            open.add(socket);
            connections.execute(() -> serve(socket));
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(IDLE_MILLIS);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            while (exchange(in, out)) {
                requests.incrementAndGet();
            }
        } catch (IOException gone) {
            // A client that leaves in the middle is its own affair.
        } finally {
            open.remove(socket);
        }
    }

    /** One request and its response; false when the connection has had its last. */
    private boolean exchange(InputStream in, OutputStream out) throws IOException {
        String request = line(in);
        if (request.isEmpty()) {
            return false;
        }
        boolean keep = true;
        for (String field = line(in); !field.isEmpty(); field = line(in)) {
            keep &= !field.equalsIgnoreCase("connection: close");
        }
        String[] words = request.split(" ", 3);
        byte[] body = words[0].equals("GET") && words.length == 3 ? body(words[1]) : new byte[0];
        String status = body.length == 0 ? "404 Not Found" : "200 OK";
        String head =
                String.join(
                        "\r\n",
                        "HTTP/1.1 " + status,
                        "Server: " + name,
                        "Content-Length: " + body.length,
                        "Connection: " + (keep ? "keep-alive" : "close"),
                        "",
                        "");
        byte[] start = head.getBytes(StandardCharsets.US_ASCII);
        byte[] whole = new byte[start.length + body.length];
        System.arraycopy(start, 0, whole, 0, start.length);
        System.arraycopy(body, 0, whole, start.length, body.length);
        out.write(whole);
        return keep;
    }

    private byte[] body(String path) {
        if (path.equals("/")) {
            return greeting(name);
        }
        OptionalInt count = count(path, LARGEST_BODY);
        return count.isPresent() ? bytes(count.getAsInt()) : new byte[0];
    }

    /** N of {@code /bytes/N}; empty if the path is another one, or asks for more than {@code largest}. */
    static OptionalInt count(String path, int largest) {
        String count = path.startsWith("/bytes/") ? path.substring("/bytes/".length()) : "";
        if (!count.matches("[1-9]\\d{0,9}") || Long.parseLong(count) > largest) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(Integer.parseInt(count));
    }

    /** What the server of this name answers to GET {@code /}. */
    static byte[] greeting(String name) {
        return ("This is " + name + ".\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** What every server answers to GET {@code /bytes/N}. */
    static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (i * 31 + (i >>> 8) * 7);
        }
        return bytes;
    }

    /** A line without its CRLF; empty at the end of the head and at the end of the stream. */
    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (line.length() == LONGEST_LINE) {
                throw new IOException("a line is longer than " + LONGEST_LINE + " bytes");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }
}
