package dev.understudy.tools.script;

import dev.understudy.stack.tcp.CloseReason;
import dev.understudy.stack.tcp.TcpConnection;
import dev.understudy.stack.tcp.TcpHandler;
import dev.understudy.stack.tcp.TcpListener;
import java.util.Optional;

/** A script's socket: what its descriptor stands for, and what POSIX remembers of it that TCP does not. */
final class Socket implements TcpHandler {
    private final SocketOptions options;
    private boolean nonBlocking;
    private int boundPort;
    private TcpListener listener;
    private TcpConnection connection;
    private boolean connected;
    private boolean connectTold;
    private boolean inputShut;
    private boolean outputShut;
    private String error = "";

    Socket(boolean nonBlocking, SocketOptions options) {
        this.nonBlocking = nonBlocking;
        this.options = options;
    }

    /** A socket for a connection that a listener's queue gave. */
    static Socket accepted(TcpConnection connection, boolean nonBlocking, SocketOptions options) {
        Socket socket = new Socket(nonBlocking, options);
        socket.connected = true;
        socket.join(connection);
        if (connection.isClosed() && connection.closeReason() != null) {
            socket.ended(connection.closeReason());
        }
        return socket;
    }

    private void join(TcpConnection joined) {
        connection = joined;
        joined.handler(this);
        options.apply(joined);
    }

    void connecting(TcpConnection opened) {
        join(opened);
    }

    void listening(TcpListener opened) {
        listener = opened;
    }

    // ---- what the connection tells

    @Override
    public void connected(TcpConnection which, long now) {
        connected = true;
    }

    @Override
    public void closed(TcpConnection which, CloseReason reason, long now) {
        ended(reason);
    }

    private void ended(CloseReason reason) {
        error =
                switch (reason) {
                    case GRACEFUL, ABORTED -> error;
                    case RESET -> connection.inputEnded() ? "EPIPE" : "ECONNRESET";
                    case REFUSED -> "ECONNREFUSED";
                    case TIMED_OUT -> "ETIMEDOUT";
                    case UNREACHABLE -> "EHOSTUNREACH";
                };
    }

    // ---- what a system call asks

    SocketOptions options() {
        return options;
    }

    boolean nonBlocking() {
        return nonBlocking;
    }

    void nonBlocking(boolean value) {
        nonBlocking = value;
    }

    int boundPort() {
        return boundPort;
    }

    void boundPort(int port) {
        boundPort = port;
    }

    Optional<TcpListener> listener() {
        return Optional.ofNullable(listener);
    }

    Optional<TcpConnection> connection() {
        return Optional.ofNullable(connection);
    }

    boolean isConnected() {
        return connected;
    }

    /** What connect returns once it is done: success first, and then that it was before. */
    Outcome takeConnectResult() {
        Outcome result = connectTold ? Outcome.error("EISCONN") : Outcome.of(0);
        connectTold = true;
        return result;
    }

    boolean inputShut() {
        return inputShut;
    }

    boolean outputShut() {
        return outputShut;
    }

    void shutInput() {
        inputShut = true;
    }

    void shutOutput() {
        outputShut = true;
    }

    boolean hasError() {
        return !error.isEmpty();
    }

    /** The pending error's name, which is told once; empty for none. */
    String takeError() {
        String taken = error;
        error = "";
        return taken;
    }
}
