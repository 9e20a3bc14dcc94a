package dev.understudy.tools.script;

import dev.understudy.stack.tcp.TcpConfig;
import dev.understudy.stack.tcp.TcpConnection;
import dev.understudy.tools.script.language.Value;
import java.util.List;
import java.util.OptionalLong;

/** setsockopt, getsockopt and ioctl. */
final class OptionCalls {
    private static final long SECOND = 1_000_000_000L;

    /** What a buffer's size becomes is each system's own: one doubles it, another rounds it up to segments. */
    private static final List<String> BUFFERS = List.of("SO_RCVBUF", "SO_SNDBUF");

    private final Arguments arguments;
    private final TcpConfig config;

    OptionCalls(Arguments arguments, TcpConfig config) {
        this.arguments = arguments;
        this.config = config;
    }

    Outcome set(Socket socket) {
        String name = arguments.name(2);
        long value = value(name, arguments.get(3));
        if (!socket.options().set(name, value, socket.connection().orElse(null))) {
            throw ScriptEnd.unsupported("socket option " + name);
        }
        return Outcome.of(0);
    }

    private static long value(String name, Value value) {
        if (value instanceof Value.Array array && array.values().size() == 1) {
            return value(name, array.values().get(0));
        }
        if (value instanceof Value.Whole whole) {
            return whole.value();
        }
        if (value instanceof Value.Struct struct
                && struct.field("onoff") instanceof Value.Whole on
                && struct.field("linger") instanceof Value.Whole time) {
            // Switched off is remembered as a time that is not zero.
            return on.value() == 0 ? 1 : time.value();
        }
        throw ScriptEnd.unsupported("socket option " + name + " with " + value);
    }

    Outcome get(Socket socket) {
        String name = arguments.name(2);
        if (!(arguments.get(3) instanceof Value.Array array) || array.values().size() != 1) {
            throw ScriptEnd.unsupported("getsockopt " + name + " into " + arguments.get(3));
        }
        Value expected = array.values().get(0);
        if (name.equals("SO_ERROR")) {
            String error = socket.takeError();
            compare(name, expected, error.isEmpty() ? new Value.Whole(0) : new Value.Name(error));
            return Outcome.of(0);
        }
        TcpConnection connection = socket.connection().orElse(null);
        OptionalLong value = value(name, socket, connection);
        if (value.isEmpty()) {
            throw ScriptEnd.unsupported("getsockopt " + name);
        }
        if (!BUFFERS.contains(name)) {
            compare(name, expected, new Value.Whole(value.getAsLong()));
        }
        return Outcome.of(0);
    }

    private OptionalLong value(String name, Socket socket, TcpConnection connection) {
        if (name.equals("TCP_MAXSEG") && connection != null) {
            return OptionalLong.of(connection.info().mss());
        }
        OptionalLong set = socket.options().get(name);
        if (set.isPresent()) {
            return set;
        }
        return switch (name) {
            case "SO_RCVBUF" -> OptionalLong.of(config.receiveBuffer());
            case "SO_SNDBUF" -> OptionalLong.of(config.sendBuffer());
            case "TCP_NODELAY" -> OptionalLong.of(config.noDelay() ? 1 : 0);
            case "TCP_KEEPCNT" -> OptionalLong.of(config.times().keepCount());
            case "TCP_KEEPIDLE" -> OptionalLong.of(config.times().keepIdle() / SECOND);
            case "TCP_KEEPINTVL" -> OptionalLong.of(config.times().keepInterval() / SECOND);
            default -> OptionalLong.empty();
        };
    }

    private static void compare(String name, Value expected, Value seen) {
        boolean same =
                expected instanceof Value.Name a && seen instanceof Value.Name b
                        ? Outcome.alike(a.name(), b.name())
                        : expected instanceof Value.Anything || expected.equals(seen);
        if (!same) {
            throw ScriptEnd.failed(name + " " + expected, seen.toString());
        }
    }

    Outcome ioctl(Socket socket) {
        TcpConnection connection = socket.connection().orElse(null);
        String name = arguments.name(1);
        if (connection == null
                || !(arguments.get(2) instanceof Value.Array array)
                || array.values().size() != 1) {
            throw ScriptEnd.unsupported("ioctl " + name);
        }
        long value =
                switch (name) {
                    case "SIOCINQ", "FIONREAD" -> connection.readable();
                    case "SIOCOUTQ", "TIOCOUTQ" -> connection.info().sendQueue();
                    default -> throw ScriptEnd.unsupported("ioctl " + name);
                };
        compare(name, array.values().get(0), new Value.Whole(value));
        return Outcome.of(0);
    }
}
