package dev.understudy.tools.bench;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * HAProxy in HTTP mode, set up to survive: every retry goes to another server, whatever may be retried is, health is
 * checked twice a second, and connecting gets no longer than Understudy's stagger. {@code retry-on} names 404 beside {@code
 * all-retryable-errors}, which does not include it.
 */
final class HaProxyRescuer implements Rescuer {
    private static final String ADDRESS = "10.1.0.2";
    private static final List<String> FORGETFUL = List.of("cases", "file", "untagged");

    private Path socket;

    @Override
    public String name() {
        return "HAProxy";
    }

    @Override
    public String open(FailoverNetwork network) throws IOException, Contestant.MissingException {
        Path program =
                Workbench.program("haproxy")
                        .orElseThrow(
                                () -> new Contestant.MissingException("haproxy is not installed"));
        Path directory = network.bench().directory();
        socket = directory.resolve("haproxy.sock");
        Path config = directory.resolve("haproxy.cfg");
        Files.writeString(
                config,
                """
                global
                  maxconn 4000
                  stats socket %s level admin
                defaults
                  mode http
                  timeout connect 250ms
                  timeout client 60s
                  timeout server 2s
                  timeout check 1s
                  retries 3
                  option redispatch 1
                  retry-on all-retryable-errors 404
                  default-server check inter 500ms fall 2 rise 1
                """
                                .formatted(socket)
                        + listen("cases", FailoverNetwork.CASES_PORT, "first")
                        + listen("storm", FailoverNetwork.STORM_PORT, "roundrobin")
                        + listen("file", FailoverNetwork.FILE_PORT, "first")
                        + listen("untagged", FailoverNetwork.UNTAGGED_PORT, "first"));
        network.bench().start(network.proxy(), program.toString(), "-db", "-f", config.toString());
        network.bench().await(network.proxy(), FailoverNetwork.UNTAGGED_PORT);
        return ADDRESS;
    }

    private static String listen(String name, int port, String balance) {
        return """
        listen %1$s
          bind %2$s:%3$d
          balance %4$s
          option httpchk GET /health
          http-check expect status 200-404
          server a %5$s:%3$d
          server b %6$s:%3$d
          server c %7$s:%3$d
        """
                .formatted(
                        name,
                        ADDRESS,
                        port,
                        balance,
                        FailoverNetwork.address(0),
                        FailoverNetwork.address(1),
                        FailoverNetwork.address(2));
    }

    /** Every server is up again, as its next health check would find. */
    @Override
    public void forget() throws IOException {
        for (String backend : FORGETFUL) {
            for (String server : List.of("a", "b", "c")) {
                tell("set server " + backend + "/" + server + " health up");
            }
        }
    }

    private String tell(String command) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer bytes =
                    ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            ByteBuffer answer = ByteBuffer.allocate(1 << 16);
            while (answer.hasRemaining() && channel.read(answer) >= 0) {
                // Until it has said all and closed.
            }
            return new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
        }
    }

    @Override
    public Map<String, Long> confessions() {
        return Map.of();
    }

    @Override
    public String note(FailoverCase what) {
        return switch (what) {
            case SILENT -> "by 'timeout connect'; on a pooled connection it is 'timeout server'";
            case MID_BODY -> "cannot go on with an answer that has begun";
            case NOT_FOUND -> "by 'retry-on 404'";
            case REFUSED, LATE_RESET -> "";
        };
    }

    @Override
    public void close() {
        // Ends with the network.
    }
}
