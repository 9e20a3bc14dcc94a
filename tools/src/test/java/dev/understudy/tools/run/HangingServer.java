package dev.understudy.tools.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.NetworkNamespace;
import dev.understudy.stack.wire.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A web server of one request, which it answers when the test says so, or by a reset. */
final class HangingServer implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 40;

    private final ServerSocket listener;
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answer = new CountDownLatch(1);
    private volatile String body;

    private HangingServer(NetworkNamespace network, String address, boolean resets)
            throws IOException {
        this.body = "This is " + address + ".\n";
        Endpoint at = Endpoint.parse(address);
        listener =
                network.call(
                        () -> {
                            ServerSocket socket = new ServerSocket();
                            socket.bind(
                                    new InetSocketAddress(
                                            InetAddress.getByName(at.address().toString()),
                                            at.port()));
                            return socket;
                        });
        Thread thread = new Thread(() -> serve(resets), "hanging-server");
        thread.setDaemon(true);
        thread.start();
    }

    /** One that reads the request, and resets the connection. */
    static HangingServer thatResets(NetworkNamespace network, String address) throws IOException {
        return new HangingServer(network, address, true);
    }

    /** One that reads the request, and says nothing until {@link #answer}. */
    static HangingServer thatWaits(NetworkNamespace network, String address) throws IOException {
        return new HangingServer(network, address, false);
    }

    private void serve(boolean resets) {
        try (Socket socket = listener.accept()) {
            StringBuilder request = new StringBuilder();
            while (request.indexOf("\r\n\r\n") < 0) {
                int read = socket.getInputStream().read();
                if (read < 0) {
                    return;
                }
                request.append((char) read);
            }
            asked.countDown();
            if (resets) {
                socket.setSoLinger(true, 0);
                return;
            }
            answer.await();
            socket.getOutputStream()
                    .write(
                            ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
                                            + body.length()
                                            + "\r\n\r\n"
                                            + body)
                                    .getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // The test is over.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until it has the whole request. */
    void asked() throws InterruptedException {
        assertThat(asked.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("asked").isTrue();
    }

    /** Lets it answer with its address. */
    void answer() {
        answer.countDown();
    }

    /** Lets it answer with this. */
    void answer(String content) {
        body = content;
        answer.countDown();
    }

    @Override
    public void close() throws IOException {
        answer.countDown();
        listener.close();
    }
}
