package dev.understudy.tools.script;

import dev.understudy.stack.tcp.TcpConfig;
import dev.understudy.stack.tcp.TcpConnection;
import dev.understudy.tools.script.language.Action.SystemCall;
import dev.understudy.tools.script.language.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The system calls of a script, on our own TCP. A call is attempted again whenever something has happened, until it has an
 * outcome; whether it may take its time is the script's to say.
 *
 * <p>Descriptors are the script's own numbers. Errors are named as Linux names them.
 */
final class SystemCalls {
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;

    private static final List<String> FLAGS =
            List.of("MSG_DONTWAIT", "MSG_NOSIGNAL", "MSG_WAITALL");

    private final Net net;
    private final TcpConfig config;
    private final Map<Long, Socket> sockets = new HashMap<>();

    SystemCalls(Net net, TcpConfig config) {
        this.net = net;
        this.config = config;
    }

    /** A call under way; empty while it would block. */
    interface Pending {
        Optional<Outcome> attempt(long now);
    }

    /** The connections of all sockets. */
    Optional<TcpConnection> connection(long descriptor) {
        return Optional.ofNullable(sockets.get(descriptor)).flatMap(Socket::connection);
    }

    /** The script is over: what it left open is closed. */
    void closeAll(long now) {
        sockets.values().stream()
                .map(Socket::connection)
                .forEach(connection -> connection.ifPresent(open -> open.close(now)));
    }

    /** Begins a call. */
    Pending begin(SystemCall call, long now) {
        Arguments arguments = new Arguments(call);
        return switch (call.name()) {
            case "socket" -> done(socket(call, arguments));
            case "bind" -> done(bind(arguments));
            case "listen" -> done(listen(arguments));
            case "accept", "accept4" -> accept(call, arguments);
            case "connect" -> connect(arguments, now);
            case "read" -> read(arguments, arguments.length(2), -1);
            case "recv", "recvfrom" -> read(arguments, arguments.length(2), 3);
            case "readv" -> read(arguments, arguments.vectorLength(arguments.get(1)), -1);
            case "recvmsg" -> read(arguments, arguments.vectorLength(1), 2);
            case "write" -> write(arguments, arguments.length(2), -1);
            case "send", "sendto" -> write(arguments, arguments.length(2), 3);
            case "writev" -> write(arguments, arguments.vectorLength(arguments.get(1)), -1);
            case "sendmsg" -> write(arguments, arguments.vectorLength(1), 2);
            case "close" -> done(close(arguments, now));
            case "shutdown" -> done(shutdown(arguments, now));
            case "setsockopt" -> done(new OptionCalls(arguments, config).set(at(arguments)));
            case "getsockopt" -> done(new OptionCalls(arguments, config).get(at(arguments)));
            case "ioctl" -> done(new OptionCalls(arguments, config).ioctl(at(arguments)));
            case "fcntl" -> done(fcntl(arguments));
            case "poll" -> poll(arguments, now);
            default -> throw ScriptEnd.unsupported("system call " + call.name());
        };
    }

    private static Pending done(Outcome outcome) {
        return now -> Optional.of(outcome);
    }

    private Socket at(Arguments arguments) {
        Socket socket = sockets.get(arguments.number(0));
        if (socket == null) {
            throw ScriptEnd.unsupported("a descriptor that is no socket of ours");
        }
        return socket;
    }

    // ---- opening

    private Outcome socket(SystemCall call, Arguments arguments) {
        if (!arguments.has(1, "SOCK_STREAM")) {
            throw ScriptEnd.unsupported("socket of type " + arguments.get(1));
        }
        arguments.only(1, List.of("SOCK_STREAM", "SOCK_NONBLOCK", "SOCK_CLOEXEC"));
        arguments.only(2, List.of("IPPROTO_TCP", "IPPROTO_IP"));
        net.newSocket();
        return register(call, new Socket(arguments.has(1, "SOCK_NONBLOCK"), new SocketOptions()));
    }

    /** The descriptor is the one that the script expects. */
    private Outcome register(SystemCall call, Socket socket) {
        long descriptor =
                call.result() instanceof Value.Whole whole && whole.value() >= 0
                        ? whole.value()
                        : 3 + sockets.size();
        sockets.put(descriptor, socket);
        return Outcome.of(descriptor);
    }

    private Outcome bind(Arguments arguments) {
        OptionalLong port = Arguments.port(arguments.get(1));
        at(arguments).boundPort((int) port.orElse(Net.LOCAL_PORT));
        return Outcome.of(0);
    }

    private Outcome listen(Arguments arguments) {
        Socket socket = at(arguments);
        if (socket.connection().isPresent()) {
            return Outcome.error("EINVAL");
        }
        int backlog = (int) Math.max(0, Math.min(arguments.number(1), 4096));
        if (socket.boundPort() == 0) {
            socket.boundPort(Net.LOCAL_PORT);
        }
        socket.listening(net.listen(socket.boundPort(), backlog, socket.options()));
        return Outcome.of(0);
    }

    private Pending accept(SystemCall call, Arguments arguments) {
        Socket listening = at(arguments);
        boolean nonBlocking = arguments.has(3, "SOCK_NONBLOCK");
        return now -> {
            if (listening.listener().isEmpty()) {
                return Optional.of(Outcome.error("EINVAL"));
            }
            TcpConnection connection = listening.listener().get().accept();
            if (connection != null) {
                Socket socket =
                        Socket.accepted(connection, nonBlocking, listening.options().copy());
                return Optional.of(register(call, socket));
            }
            return wait(listening.nonBlocking(), "EAGAIN");
        };
    }

    private static Optional<Outcome> wait(boolean nonBlocking, String errno) {
        return nonBlocking ? Optional.of(Outcome.error(errno)) : Optional.empty();
    }

    private Pending connect(Arguments arguments, long begun) {
        Socket socket = at(arguments);
        if (socket.connection().isEmpty()) {
            int port = (int) Arguments.port(arguments.get(1)).orElse(Net.REMOTE_PORT);
            socket.connecting(
                    net.connect(socket.boundPort(), port, socket.options(), socket, begun));
            if (socket.nonBlocking()) {
                return done(Outcome.error("EINPROGRESS"));
            }
        } else if (socket.isConnected() && !socket.hasError()) {
            return done(socket.takeConnectResult());
        }
        return now -> {
            if (socket.hasError()) {
                return Optional.of(Outcome.error(socket.takeError()));
            }
            if (socket.isConnected()) {
                return Optional.of(socket.takeConnectResult());
            }
            return wait(socket.nonBlocking(), "EALREADY");
        };
    }

    // ---- data

    private Pending read(Arguments arguments, int length, int flags) {
        Socket socket = at(arguments);
        if (flags >= 0) {
            arguments.only(flags, FLAGS);
        }
        boolean all = flags >= 0 && arguments.has(flags, "MSG_WAITALL");
        boolean nonBlocking =
                socket.nonBlocking() || flags >= 0 && arguments.has(flags, "MSG_DONTWAIT");
        return now -> {
            Optional<Outcome> outcome = Transfers.read(socket, length, all, now);
            return outcome.isPresent() ? outcome : wait(nonBlocking, "EAGAIN");
        };
    }

    private Pending write(Arguments arguments, int length, int flags) {
        Socket socket = at(arguments);
        if (flags >= 0) {
            arguments.only(flags, FLAGS);
        }
        boolean nonBlocking =
                socket.nonBlocking() || flags >= 0 && arguments.has(flags, "MSG_DONTWAIT");
        return new Pending() {
            private int written;

            @Override
            public Optional<Outcome> attempt(long now) {
                Optional<Outcome> outcome = Transfers.write(socket, length - written, now);
                if (outcome.isEmpty()) {
                    return SystemCalls.wait(nonBlocking, "EAGAIN");
                }
                if (outcome.get().errno().isPresent()) {
                    return written > 0 ? Optional.of(Outcome.of(written)) : outcome;
                }
                written += (int) outcome.get().value();
                boolean done = nonBlocking || written == length;
                return done ? Optional.of(Outcome.of(written)) : Optional.empty();
            }
        };
    }

    // ---- closing

    private Outcome close(Arguments arguments, long now) {
        Socket socket = at(arguments);
        sockets.remove(arguments.number(0));
        socket.connection().ifPresent(connection -> connection.close(now));
        socket.listener().ifPresent(listener -> listener.close(now));
        return Outcome.of(0);
    }

    private Outcome shutdown(Arguments arguments, long now) {
        Socket socket = at(arguments);
        TcpConnection connection = socket.connection().orElse(null);
        if (connection == null || connection.isClosed() || socket.hasError()) {
            return Outcome.error("ENOTCONN");
        }
        String how = arguments.name(1);
        if (how.equals("SHUT_RD") || how.equals("SHUT_RDWR") || how.equals("0")) {
            socket.shutInput();
        }
        if (how.equals("SHUT_WR") || how.equals("SHUT_RDWR") || how.equals("1")) {
            socket.shutOutput();
            connection.shutdownOutput(now);
        }
        return Outcome.of(0);
    }

    // ---- the rest

    private Outcome fcntl(Arguments arguments) {
        Socket socket = at(arguments);
        switch (arguments.name(1)) {
            case "F_GETFL" -> {
                // Each system has its own number for O_NONBLOCK: a script that reads it means this.
                return new Outcome(
                        O_RDWR | (socket.nonBlocking() ? O_NONBLOCK : 0), Optional.empty());
            }
            case "F_SETFL" -> {
                socket.nonBlocking(arguments.has(2, "O_NONBLOCK"));
                return Outcome.of(0);
            }
            default -> throw ScriptEnd.unsupported("fcntl " + arguments.name(1));
        }
    }

    private Pending poll(Arguments arguments, long begun) {
        if (!(arguments.get(0) instanceof Value.Array array)) {
            throw ScriptEnd.unsupported("poll of " + arguments.get(0));
        }
        long timeout = arguments.number(2);
        long until = timeout < 0 ? Long.MAX_VALUE : begun + timeout * 1_000_000L;
        List<PollEntry> entries =
                array.values().stream().map(value -> PollEntry.of(value, sockets::get)).toList();
        return now -> {
            long ready = entries.stream().filter(PollEntry::isReady).count();
            if (ready == 0 && now < until) {
                return Optional.empty();
            }
            entries.forEach(PollEntry::check);
            return Optional.of(Outcome.of(ready));
        };
    }
}
