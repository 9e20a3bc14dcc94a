package dev.understudy.tools.bench;

import dev.understudy.tools.net.Host;
import dev.understudy.tools.net.Topology;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The network of {@code bench path}: a client and a server, each a namespace, and a router between them for the peers
 * that live in a kernel or on sockets. Contestants with links of their own bypass the router.
 *
 * <pre>
 *   client eth0 10.1.0.1 ── 10.1.0.2 left [middle] right 10.2.0.2 ── eth0 10.2.0.1 server
 *          us0, ...                                                      us1, ...
 * </pre>
 */
final class BenchNetwork implements AutoCloseable {
    static final int IPERF_PORT = 5201;
    static final int HTTP_PORT = 8000;

    private final Workbench bench = new Workbench();
    private final Host client;
    private final Host middle;
    private final Host server;

    BenchNetwork() throws IOException {
        Topology topology = bench.topology();
        try {
            client = topology.host("client");
            middle = topology.host("middle").forward();
            server = topology.host("server");
            topology.wire(client, "eth0", middle, "left");
            topology.wire(middle, "right", server, "eth0");
            middle.address("left", "10.1.0.2/24").address("right", "10.2.0.2/24");
            client.address("eth0", "10.1.0.1/24");
            client.route("10.2.0.0/24 via 10.1.0.2").route("198.51.100.0/24 via 10.1.0.2");
            server.address("eth0", "10.2.0.1/24").route("10.1.0.0/24 via 10.2.0.2");
            start(server, "iperf3", "-s", "-p", Integer.toString(IPERF_PORT));
            startHttp();
            await(server, IPERF_PORT);
            await(server, HTTP_PORT);
        } catch (IOException | RuntimeException e) {
            bench.close();
            throw e;
        }
    }

    Host client() {
        return client;
    }

    Host middle() {
        return middle;
    }

    Host server() {
        return server;
    }

    Topology topology() {
        return bench.topology();
    }

    /** Where configurations and logs of peers go; removed at the end. */
    Path directory() {
        return bench.directory();
    }

    /** Starts a peer; it ends with this network. */
    Process start(Host host, String... command) throws IOException {
        return bench.start(host, command);
    }

    /** nginx with one small page: what is measured is the path, so the server must not be the bottleneck. */
    private void startHttp() throws IOException {
        Path directory = bench.directory();
        Path page = directory.resolve("index.html");
        Files.writeString(page, "a".repeat(1024));
        try (RandomAccessFile big = new RandomAccessFile(directory.resolve("big").toFile(), "rw")) {
            // A hole: it takes no room on the disk, and its pages stay in the kernel's cache.
            big.setLength(BenchPages.BIG_BYTES);
        }
        Path config = directory.resolve("nginx.conf");
        Files.writeString(
                config,
                """
                daemon off;
                user root;
                worker_processes 1;
                pid %1$s/nginx.pid;
                error_log %1$s/nginx-error.log;
                events { worker_connections 4096; }
                http {
                  access_log off;
                  keepalive_requests 100000000;
                  client_body_temp_path %1$s; proxy_temp_path %1$s; fastcgi_temp_path %1$s;
                  uwsgi_temp_path %1$s; scgi_temp_path %1$s;
                  server { listen %2$d; root %1$s; location = /big { sendfile on; } }
                }
                """
                        .formatted(directory, HTTP_PORT));
        start(server, "nginx", "-c", config.toString(), "-p", directory.toString());
    }

    /** Waits until something listens on a port of a host. */
    void await(Host host, int port) throws IOException {
        bench.await(host, port);
    }

    @Override
    public void close() throws IOException {
        bench.close();
    }
}
