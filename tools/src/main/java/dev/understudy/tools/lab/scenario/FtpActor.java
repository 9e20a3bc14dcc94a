package dev.understudy.tools.lab.scenario;

import dev.understudy.tools.net.Host;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An FTP server with one file, in which it says who it is (RFC 959; RFC 2428 for EPSV and EPRT). It takes any user, and
 * only what the scene needs: it is as unsuspecting of the addresses in its conversation as any other.
 */
final class FtpActor implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final Host host;
    private final String says;
    private final ServerSocket listener;
    private final Thread accepting;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    FtpActor(Host host, int port) throws IOException {
        this.host = host;
        this.says = "This is " + host.name() + ".";
        this.listener = listen(new InetSocketAddress(port));
        this.accepting = start(this::accept);
    }

    private ServerSocket listen(InetSocketAddress at) throws IOException {
        return host.namespace()
                .call(
                        () -> {
                            ServerSocket socket = new ServerSocket();
                            socket.setReuseAddress(true);
                            socket.bind(at);
                            socket.setSoTimeout(at.getPort() == 0 ? PATIENCE_MILLIS : 0);
                            return socket;
                        });
    }

    private Thread start(Runnable task) {
        Thread thread = new Thread(task, "ftp-" + host.name());
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
        try (socket;
                Talk talk = new Talk(socket)) {
            talk.begin();
        } catch (IOException | RuntimeException gone) {
            // Dying is what one of them is for.
        } finally {
            sockets.remove(socket);
        }
    }

    /** Dies: its port is closed, and every control connection is reset. */
    void die() throws IOException {
        shut();
        for (Socket socket : sockets) {
            Actor.reset(socket);
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

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** One control connection. */
    private final class Talk implements AutoCloseable {
        private final Socket control;
        private final BufferedReader in;
        private ServerSocket passive;
        private InetSocketAddress active;

        Talk(Socket control) throws IOException {
            this.control = control;
            this.in =
                    new BufferedReader(
                            new InputStreamReader(
                                    control.getInputStream(), StandardCharsets.US_ASCII));
        }

        void begin() throws IOException {
            say("220 " + says);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ", 2);
                String argument = words.length > 1 ? words[1] : "";
                answer(words[0].toUpperCase(Locale.ROOT), argument);
            }
        }

        private void say(String reply) throws IOException {
            control.getOutputStream().write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }

        private void answer(String command, String argument) throws IOException {
            switch (command) {
                case "USER" -> say("331 Any password will do.");
                case "PASS" -> say("230 Logged in.");
                case "NOOP" -> say("200 Still here.");
                case "PASV" -> {
                    ServerSocket data = passive();
                    say("227 Entering Passive Mode (" + FtpAddress.commas(data) + ").");
                }
                case "EPSV" -> {
                    ServerSocket data = passive();
                    say("229 Entering Extended Passive Mode (|||" + data.getLocalPort() + "|)");
                }
                case "PORT" -> activate(FtpAddress.ofCommas(argument));
                case "EPRT" -> activate(FtpAddress.ofBars(argument));
                case "RETR" -> send();
                case "QUIT" -> say("221 Goodbye.");
                default -> say("502 Not in this scene.");
            }
        }

        private ServerSocket passive() throws IOException {
            close();
            passive = listen(new InetSocketAddress(control.getLocalAddress(), 0));
            active = null;
            return passive;
        }

        private void activate(InetSocketAddress to) throws IOException {
            close();
            active = to;
            say("200 I will call you.");
        }

        private void send() throws IOException {
            say("150 Here it comes.");
            try (Socket data = passive == null ? call() : passive.accept()) {
                data.getOutputStream().write(says.getBytes(StandardCharsets.US_ASCII));
            }
            close();
            say("226 That was all.");
        }

        /** From the port next to that of the control connection (RFC 959 §3.2). */
        private Socket call() throws IOException {
            InetAddress own = control.getLocalAddress();
            int port = control.getLocalPort() - 1;
            return host.namespace()
                    .call(
                            () -> {
                                Socket data = new Socket();
                                data.setReuseAddress(true);
                                data.bind(new InetSocketAddress(own, port));
                                data.connect(active, PATIENCE_MILLIS);
                                return data;
                            });
        }

        @Override
        public void close() throws IOException {
            if (passive != null) {
                passive.close();
                passive = null;
            }
        }
    }
}
