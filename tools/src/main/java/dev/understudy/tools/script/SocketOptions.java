package dev.understudy.tools.script;

import dev.understudy.stack.tcp.TcpConfig;
import dev.understudy.stack.tcp.TcpConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The options of one socket, by their names in C. Those that mean TCP reach the connection, now or when there is one. */
final class SocketOptions {
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000 * MILLI;

    /** Options that are taken and mean nothing to TCP. */
    private static final List<String> IDLE =
            List.of("SO_REUSEADDR", "SO_REUSEPORT", "SO_NOSIGPIPE", "SO_RCVLOWAT", "SO_SNDTIMEO");

    private final Map<String, Long> values = new HashMap<>();

    /** A new socket's options are those of the one that it was accepted from. */
    SocketOptions copy() {
        SocketOptions copy = new SocketOptions();
        copy.values.putAll(values);
        return copy;
    }

    /** Whether there is such an option here. */
    boolean set(String name, long value, TcpConnection connection) {
        boolean known = IDLE.contains(name) || meansTcp(name);
        if (known) {
            values.put(name, value);
            if (connection != null) {
                apply(name, value, connection);
            }
        }
        return known;
    }

    private static boolean meansTcp(String name) {
        return switch (name) {
            case "SO_RCVBUF",
                    "SO_SNDBUF",
                    "SO_KEEPALIVE",
                    "SO_LINGER",
                    "TCP_NODELAY",
                    "TCP_KEEPIDLE",
                    "TCP_KEEPINTVL",
                    "TCP_KEEPCNT",
                    "TCP_USER_TIMEOUT" ->
                    true;
            default -> false;
        };
    }

    OptionalLong get(String name) {
        Long value = values.get(name);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** With the buffers that were asked for before there is a connection: the SYN tells of them. */
    TcpConfig configure(TcpConfig config) {
        return config.withBuffers(
                values.getOrDefault("SO_SNDBUF", (long) config.sendBuffer()).intValue(),
                values.getOrDefault("SO_RCVBUF", (long) config.receiveBuffer()).intValue());
    }

    void apply(TcpConnection connection) {
        values.forEach((name, value) -> apply(name, value, connection));
    }

    private void apply(String name, long value, TcpConnection connection) {
        switch (name) {
            case "SO_RCVBUF" -> connection.receiveBuffer((int) value);
            case "SO_SNDBUF" -> connection.sendBuffer((int) value);
            case "SO_LINGER" -> connection.lingerZero(value == 0);
            case "TCP_NODELAY" -> connection.noDelay(value != 0);
            case "TCP_USER_TIMEOUT" -> connection.userTimeout(value * MILLI);
            case "SO_KEEPALIVE", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT" ->
                    keepAlive(connection);
            default -> {
                // Remembered for getsockopt.
            }
        }
    }

    private void keepAlive(TcpConnection connection) {
        if (values.getOrDefault("SO_KEEPALIVE", 0L) == 0) {
            connection.keepAlive(false);
            return;
        }
        connection.keepAlive(
                values.getOrDefault("TCP_KEEPIDLE", 7_200L) * SECOND,
                values.getOrDefault("TCP_KEEPINTVL", 75L) * SECOND,
                values.getOrDefault("TCP_KEEPCNT", 9L).intValue());
    }
}
