package dev.understudy.tools.lab.scenario;

import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A TLS server that says who it is to whoever asks, or dies at one of two moments that make all the difference. */
final class TlsActor implements AutoCloseable {
    /** How it ends. */
    enum Fate {
        SERVES,
        /** It has the client's hello, and resets the connection instead of saying its own. */
        DIES_BEFORE_ITS_HELLO,
        /** It resets the connection when the handshake is over, and it is asked something. */
        DIES_WHEN_ASKED
    }

    private static final int PATIENCE_MILLIS = 10_000;

    private final Host host;
    private final SSLContext context;
    private final Fate fate;
    private final ServerSocket listener;
    private final AtomicInteger connections = new AtomicInteger();

    TlsActor(Host host, int port, SSLContext context, Fate fate) throws IOException {
        this.host = host;
        this.context = context;
        this.fate = fate;
        this.listener = SocketServer.listen(host, new InetSocketAddress(port));
        Thread thread = new Thread(this::accept, "tls-" + host.name());
        thread.setDaemon(true);
        thread.start();
    }

    /** One after the other: no scene has more than one client at a time. */
    private void accept() {
        while (!listener.isClosed()) {
            try (Socket socket = listener.accept()) {
                connections.incrementAndGet();
                socket.setSoTimeout(PATIENCE_MILLIS);
                serve(socket);
            } catch (IOException gone) {
                // Its client has gone, or it was closed.
            }
        }
    }

    private void serve(Socket socket) throws IOException {
        if (fate == Fate.DIES_BEFORE_ITS_HELLO) {
            socket.getInputStream().read();
            Actor.reset(socket);
            return;
        }
        try (SSLSocket tls =
                (SSLSocket) context.getSocketFactory().createSocket(socket, null, 0, false)) {
            tls.setUseClientMode(false);
            tls.startHandshake();
            tls.getInputStream().read();
            if (fate == Fate.DIES_WHEN_ASKED) {
                Actor.reset(socket);
                return;
            }
            String says = "This is " + host.name() + ".";
            tls.getOutputStream().write(says.getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** How many it has had. */
    int connections() {
        return connections.get();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
