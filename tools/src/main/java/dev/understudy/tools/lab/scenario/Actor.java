package dev.understudy.tools.lab.scenario;

import dev.understudy.tools.net.Host;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A web server that plays a part: for every request it does what its script says, be it answering, closing or resetting. It
 * keeps a list of what it was asked, so that a scenario can tell who was asked what, and how often.
 */
public final class Actor implements AutoCloseable {
    /** What it does when it is asked for something. */
    @FunctionalInterface
    public interface Script {
        void answer(Actor self, Request request, Socket to) throws IOException;
    }

    /** A request as it came. */
    public record Request(String method, String target, List<String> fields) {
        /** A field's value, or nothing. */
        public String field(String name) {
            for (String field : fields) {
                if (field.regionMatches(true, 0, name + ":", 0, name.length() + 1)) {
                    return field.substring(name.length() + 1).strip();
                }
            }
            return "";
        }
    }

    private static final int LONGEST_LINE = 8 << 10;
    private static final int PATIENCE_MILLIS = 5_000;

    private final String name;
    private final Script script;
    private final ServerSocket listener;
    private final Thread accepting;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final List<String> asked = new CopyOnWriteArrayList<>();

    public Actor(Host host, int port, Script script) throws IOException {
        this.name = host.name();
        this.script = script;
        this.listener =
                host.namespace()
                        .call(
                                () -> {
                                    ServerSocket socket = new ServerSocket();
                                    socket.setReuseAddress(true);
                                    socket.bind(new InetSocketAddress(port), 128);
                                    return socket;
                                });
        this.accepting = start(this::accept);
    }

    private Thread start(Runnable task) {
        Thread thread = new Thread(task, "actor-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                List<String> fields = new ArrayList<>();
                for (String field = line(in); !field.isEmpty(); field = line(in)) {
                    fields.add(field);
                }
                String[] words = line.split(" ", 3);
                Request request = new Request(words[0], words[1], fields);
                String length = request.field("Content-Length");
                in.skipNBytes(length.isEmpty() ? 0 : Long.parseLong(length));
                asked.add(words[0] + " " + words[1]);
                script.answer(this, request, socket);
            }
        } catch (IOException | RuntimeException gone) {
            // Dying in the middle is what some of these are for.
        } finally {
            sockets.remove(socket);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (line.length() == LONGEST_LINE) {
                throw new IOException("a line is too long");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /** Everything it was asked, in order: {@code GET /images/fox}. */
    public List<String> asked() {
        return List.copyOf(asked);
    }

    /** Connections that it has now. */
    int connections() {
        return sockets.size();
    }

    /** Answers with 200, or another status, and a short text. */
    public static void say(Socket to, String status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        String head = "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length + "\r\n\r\n";
        byte[] start = head.getBytes(StandardCharsets.US_ASCII);
        byte[] whole = new byte[start.length + body.length];
        System.arraycopy(start, 0, whole, 0, start.length);
        System.arraycopy(body, 0, whole, start.length, body.length);
        to.getOutputStream().write(whole);
    }

    /** Resets a connection, as a process does that dies with unread data. */
    public static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Dies: its port is closed, and every connection is reset, or closed if {@code politely}. */
    public void die(boolean politely) throws IOException {
        shut();
        for (Socket socket : sockets) {
            if (politely) {
                socket.close();
            } else {
                reset(socket);
            }
        }
    }

    /** A port is closed only when nobody waits at it any more: until then the kernel completes handshakes for it. */
    private void shut() throws IOException {
        listener.close();
        try {
            accepting.join(PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Closes every connection, and goes on listening. */
    public void hangUp() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        hangUp();
    }
}
