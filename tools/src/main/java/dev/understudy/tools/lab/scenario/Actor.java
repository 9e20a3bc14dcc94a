package dev.understudy.tools.lab.scenario;

import dev.understudy.tools.net.Host;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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

    private final Script script;
    private final SocketServer server;
    private final List<String> asked = new CopyOnWriteArrayList<>();

    public Actor(Host host, int port, Script script) throws IOException {
        this.script = script;
        this.server = new SocketServer(host, port, this::serve);
    }

    private void serve(Socket socket) throws IOException {
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
        return server.connections();
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
        server.die(politely);
    }

    /** Closes every connection, and goes on listening. */
    public void hangUp() throws IOException {
        server.hangUp();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
