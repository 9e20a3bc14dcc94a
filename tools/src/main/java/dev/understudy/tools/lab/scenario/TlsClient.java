package dev.understudy.tools.lab.scenario;

import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** One TLS connection of an ordinary client, who checks that the certificate is that of the name it asks for. */
final class TlsClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final Socket plain;
    private final SSLSocket tls;

    /** Connects, and shakes hands with whoever goes by {@code name} there. */
    TlsClient(Host host, InetSocketAddress original, String name, SSLContext context)
            throws IOException {
        plain =
                host.namespace()
                        .call(
                                () -> {
                                    Socket socket = new Socket();
                                    socket.setSoTimeout(PATIENCE_MILLIS);
                                    socket.connect(original, PATIENCE_MILLIS);
                                    return socket;
                                });
        try {
            tls =
                    (SSLSocket)
                            context.getSocketFactory()
                                    .createSocket(plain, name, original.getPort(), true);
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            tls.setSSLParameters(parameters);
            tls.startHandshake();
        } catch (IOException e) {
            plain.close();
            throw e;
        }
    }

    Socket socket() {
        return plain;
    }

    /** Asks who is there. */
    String ask() throws IOException {
        tls.getOutputStream().write('?');
        return new String(tls.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        plain.close();
    }
}
