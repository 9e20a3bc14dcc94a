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

/**
 * An FTP server with one file, in which it says who it is (RFC 959; RFC 2428 for EPSV and EPRT). It takes any user, and
 * only what the scene needs: it is as unsuspecting of the addresses in its conversation as any other.
 */
final class FtpActor implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final Host host;
    private final String says;
    private final SocketServer server;

    FtpActor(Host host, int port) throws IOException {
        this.host = host;
        this.says = "This is " + host.name() + ".";
        this.server = new SocketServer(host, port, this::serve);
    }

    private void serve(Socket socket) throws IOException {
        try (Talk talk = new Talk(socket)) {
            talk.begin();
        }
    }

    /** Dies: its port is closed, and every control connection is reset. */
    void die() throws IOException {
        server.die(false);
    }

    @Override
    public void close() throws IOException {
        server.close();
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
            passive =
                    SocketServer.listen(host, new InetSocketAddress(control.getLocalAddress(), 0));
            passive.setSoTimeout(PATIENCE_MILLIS);
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
