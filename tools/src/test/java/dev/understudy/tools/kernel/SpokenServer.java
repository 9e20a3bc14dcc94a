package dev.understudy.tools.kernel;

import dev.understudy.stack.link.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * A server of a protocol in which it speaks first: a greeting, then one answer to each line, until the answer to a line
 * is empty. POP3 and telnet are of this kind.
 */
final class SpokenServer implements AutoCloseable {
    private final ServerSocket listener;

    /**
     * Listens on every address of a namespace.
     *
     * @param greeting its first line, without CRLF
     * @param answers from line to answer; an answer of several lines has its own CRLFs between them
     */
    SpokenServer(
            NetworkNamespace namespace, int port, String greeting, UnaryOperator<String> answers)
            throws IOException {
        listener =
                namespace.call(
                        () -> {
                            ServerSocket socket = new ServerSocket();
                            socket.setReuseAddress(true);
                            socket.bind(new InetSocketAddress(port));
                            return socket;
                        });
        daemon(
                () -> {
                    while (true) {
                        Socket socket = listener.accept();
                        daemon(() -> serve(socket, greeting, answers));
                    }
                });
    }

    private static void serve(Socket socket, String greeting, UnaryOperator<String> answers)
            throws IOException {
        try (socket) {
            BufferedReader in =
                    new BufferedReader(
                            new InputStreamReader(
                                    socket.getInputStream(), StandardCharsets.US_ASCII));
            OutputStream out = socket.getOutputStream();
            String answer = greeting;
            while (!answer.isEmpty()) {
                out.write((answer + "\r\n").getBytes(StandardCharsets.US_ASCII));
                String line = in.readLine();
                answer = line == null ? "" : answers.apply(line);
            }
        }
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void daemon(Task task) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                task.run();
                            } catch (IOException over) {
                                // The listener was closed, or a client left in the middle.
                            }
                        },
                        "spoken-server");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
