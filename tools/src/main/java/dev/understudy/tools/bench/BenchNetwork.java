package dev.understudy.tools.bench;

import dev.understudy.tools.net.Host;
import dev.understudy.tools.net.Topology;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

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

    private static final int START_SECONDS = 10;

    private final Topology topology = new Topology();
    private final Host client;
    private final Host middle;
    private final Host server;
    private final Path directory;
    private final List<Process> servers = new ArrayList<>();

    BenchNetwork() throws IOException {
        directory = Files.createTempDirectory("understudy-bench");
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
            topology.close();
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
        return topology;
    }

    /** Where configurations and logs of peers go; removed at the end. */
    Path directory() {
        return directory;
    }

    /** Starts a peer; it ends with this network. */
    Process start(Host host, String... command) throws IOException {
        Process process =
                host.namespace()
                        .startWithOffspring(
                                new ProcessBuilder(command)
                                        .redirectErrorStream(true)
                                        .redirectOutput(
                                                directory
                                                        .resolve(baseName(command[0]) + ".log")
                                                        .toFile()));
        servers.add(process);
        return process;
    }

    private static String baseName(String program) {
        return program.substring(program.lastIndexOf('/') + 1);
    }

    /** nginx with one small page: what is measured is the path, so the server must not be the bottleneck. */
    private void startHttp() throws IOException {
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
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (System.nanoTime() < until) {
            if (host.run("ss", "-Hltn", "sport = :" + port).contains(":" + port)) {
                return;
            }
            pause();
        }
        throw new IOException(
                "nothing listens on port " + port + " of the " + host.name() + logs());
    }

    private String logs() throws IOException {
        StringBuilder text = new StringBuilder();
        try (var files = Files.list(directory)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".log")).toList()) {
                text.append("; ")
                        .append(file.getFileName())
                        .append(": ")
                        .append(Files.readString(file, StandardCharsets.UTF_8).strip());
            }
        }
        return text.toString();
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Where a program is, looking where Debian keeps servers too; empty if it is not installed. */
    static Optional<Path> program(String name) {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin";
        for (String folder : path.split(":", -1)) {
            Path candidate = Path.of(folder.isEmpty() ? "." : folder, name);
            if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        servers.forEach(Process::destroyForcibly);
        topology.close();
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
