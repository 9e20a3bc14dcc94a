package dev.understudy.tools.lab.scenario;

import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP port of a host with a thread for every connection, which can die as a process does. */
final class SocketServer implements AutoCloseable {
    /** What is done with a connection. */
    @FunctionalInterface
    interface Service {
        void serve(Socket socket) throws IOException;
    }

    private static final int BACKLOG = 128;
    private static final int PATIENCE_MILLIS = 5_000;

    private final String name;
    private final Service service;
    private final ServerSocket listener;
    private final Thread accepting;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    SocketServer(Host host, int port, Service service) throws IOException {
        this.name = host.name();
        this.service = service;
        this.listener = listen(host, new InetSocketAddress(port));
        this.accepting = start(this::accept);
    }

    /** A listener of a host's. */
    static ServerSocket listen(Host host, InetSocketAddress at) throws IOException {
        return host.namespace()
                .call(
                        () -> {
                            ServerSocket socket = new ServerSocket();
                            socket.setReuseAddress(true);
                            socket.bind(at, BACKLOG);
                            return socket;
                        });
    }

    private Thread start(Runnable task) {
        Thread thread = new Thread(task, "server-" + name);
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
            service.serve(socket);
        } catch (IOException | RuntimeException gone) {
            // Dying in the middle is what some of these are for.
        } finally {
            sockets.remove(socket);
        }
    }

    /** Connections that it has now. */
    int connections() {
        return sockets.size();
    }

    /** Dies: its port is closed, and every connection is reset, or closed if {@code politely}. */
    void die(boolean politely) throws IOException {
        listener.close();
        awaitClosed();
        for (Socket socket : sockets) {
            if (politely) {
                socket.close();
            } else {
                Actor.reset(socket);
            }
        }
    }

    /** A port is closed only when nobody waits at it any more: until then the kernel completes handshakes for it. */
    private void awaitClosed() {
        try {
            accepting.join(PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Closes every connection, and goes on listening. */
    void hangUp() throws IOException {
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
