package dev.understudy.tools.lab.scenario;

import dev.understudy.tools.net.Host;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** An ordinary client of FTP, on ordinary sockets of the client's kernel. */
final class FtpClient implements AutoCloseable {
    /** How it asks for the second connection. */
    enum Mode {
        PASV,
        EPSV,
        PORT,
        EPRT
    }

    /**
     * A file.
     *
     * @param from whom the client's kernel says that the data connection is with
     */
    record Fetched(String text, InetSocketAddress from) {}

    private static final int PATIENCE_MILLIS = 10_000;

    private final Host host;
    private final Socket control;
    private final BufferedReader in;
    private final String greeting;

    /** Connects and logs in. */
    FtpClient(Host host, InetSocketAddress original) throws IOException {
        this.host = host;
        this.control = connect(original);
        try {
            in =
                    new BufferedReader(
                            new InputStreamReader(
                                    control.getInputStream(), StandardCharsets.US_ASCII));
            greeting = reply("220").substring(4);
            ask("USER anonymous", "331");
            ask("PASS fox@example", "230");
        } catch (IOException e) {
            control.close();
            throw e;
        }
    }

    private Socket connect(InetSocketAddress to) throws IOException {
        return host.namespace()
                .call(
                        () -> {
                            Socket socket = new Socket();
                            socket.setSoTimeout(PATIENCE_MILLIS);
                            socket.connect(to, PATIENCE_MILLIS);
                            return socket;
                        });
    }

    /** The control connection. */
    Socket control() {
        return control;
    }

    /** What the server said of itself. */
    String greeting() {
        return greeting;
    }

    /** One question, and the answer, which has to begin with a code. */
    String ask(String command, String code) throws IOException {
        control.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
        return reply(code);
    }

    private String reply(String code) throws IOException {
        String line = in.readLine();
        if (line == null) {
            throw new EOFException("the control connection ended");
        }
        if (!line.startsWith(code)) {
            throw new IOException("not " + code + ": " + line);
        }
        return line;
    }

    /** Gets the server's file. */
    Fetched fetch(Mode mode) throws IOException {
        return switch (mode) {
            case PASV -> {
                String said = ask("PASV", "227");
                String numbers = said.substring(said.indexOf('(') + 1, said.indexOf(')'));
                yield passive(FtpAddress.ofCommas(numbers));
            }
            case EPSV -> {
                String port = ask("EPSV", "229").replaceAll(".*\\|\\|\\|(\\d+)\\|.*", "$1");
                yield passive(
                        new InetSocketAddress(control.getInetAddress(), Integer.parseInt(port)));
            }
            case PORT, EPRT -> active(mode);
        };
    }

    private Fetched passive(InetSocketAddress to) throws IOException {
        try (Socket data = connect(to)) {
            ask("RETR who", "150");
            return read(data);
        }
    }

    private Fetched active(Mode mode) throws IOException {
        try (ServerSocket listener =
                host.namespace().call(() -> new ServerSocket(0, 1, control.getLocalAddress()))) {
            listener.setSoTimeout(PATIENCE_MILLIS);
            String address =
                    mode == Mode.PORT ? FtpAddress.commas(listener) : FtpAddress.bars(listener);
            ask(mode + " " + address, "200");
            ask("RETR who", "150");
            try (Socket data = listener.accept()) {
                return read(data);
            }
        }
    }

    private Fetched read(Socket data) throws IOException {
        data.setSoTimeout(PATIENCE_MILLIS);
        String text = new String(data.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        InetSocketAddress from = new InetSocketAddress(data.getInetAddress(), data.getPort());
        reply("226");
        return new Fetched(text, from);
    }

    @Override
    public void close() throws IOException {
        control.close();
    }
}
