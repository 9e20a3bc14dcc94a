package dev.understudy.tools.script;

import dev.understudy.stack.tcp.TcpConnection;
import dev.understudy.stack.tcp.TcpState;
import dev.understudy.tools.script.language.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.LongFunction;

/** One entry of poll: which events of which socket are asked for, and which ones the script expects. */
final class PollEntry {
    private final Socket socket;
    private final List<String> asked;
    private final Value expected;

    private PollEntry(Socket socket, List<String> asked, Value expected) {
        this.socket = socket;
        this.asked = asked;
        this.expected = expected;
    }

    static PollEntry of(Value value, LongFunction<Socket> sockets) {
        if (value instanceof Value.Struct struct
                && struct.field("fd") instanceof Value.Whole descriptor) {
            Socket socket = sockets.apply(descriptor.value());
            if (socket != null) {
                return new PollEntry(
                        socket, names(struct.field("events")), struct.field("revents"));
            }
        }
        throw ScriptEnd.unsupported("poll of " + value);
    }

    private static List<String> names(Value value) {
        List<String> names = new ArrayList<>();
        if (value instanceof Value.Either either) {
            either.values().forEach(each -> names.addAll(names(each)));
        } else if (value instanceof Value.Name name) {
            names.add(name.name());
        }
        return names;
    }

    boolean isReady() {
        return !events().isEmpty();
    }

    /** Compares what is ready with what the script expects. */
    void check() {
        if (!(expected instanceof Value.Anything)) {
            TreeSet<String> wanted = new TreeSet<>(names(expected));
            TreeSet<String> seen = new TreeSet<>(events());
            if (!wanted.equals(seen)) {
                throw ScriptEnd.failed("revents " + wanted, seen.toString());
            }
        }
    }

    private List<String> events() {
        List<String> events = new ArrayList<>();
        TcpConnection connection = socket.connection().orElse(null);
        if (connection == null) {
            boolean pending =
                    socket.listener().map(listener -> listener.waiting() > 0).orElse(false);
            add(events, "POLLIN", pending);
            return events;
        }
        boolean closed = connection.isClosed();
        boolean inputEnded = connection.inputEnded() || socket.inputShut() || closed;
        boolean outputEnded = socket.outputShut() || closed;
        add(events, "POLLIN", connection.readable() > 0 || inputEnded);
        add(events, "POLLRDHUP", inputEnded);
        boolean writable =
                connection.state().compareTo(TcpState.ESTABLISHED) >= 0 && connection.room() > 0;
        add(events, "POLLOUT", writable || outputEnded);
        if (socket.hasError()) {
            events.add("POLLERR");
        }
        if (inputEnded && outputEnded) {
            events.add("POLLHUP");
        }
        return events;
    }

    private void add(List<String> events, String name, boolean is) {
        if (is && asked.contains(name)) {
            events.add(name);
        }
    }
}
