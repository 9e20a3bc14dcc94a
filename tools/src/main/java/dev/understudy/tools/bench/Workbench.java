package dev.understudy.tools.bench;

import dev.understudy.tools.net.Host;
import dev.understudy.tools.net.Topology;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What every network of a benchmark stands on: hosts, a scratch directory, and programs that end with it. */
final class Workbench implements AutoCloseable {
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Topology topology = new Topology();
    private final Path directory;
    private final List<Process> programs = new ArrayList<>();

    Workbench() throws IOException {
        directory = Files.createTempDirectory("understudy-bench");
    }

    Topology topology() {
        return topology;
    }

    /** Where configurations and logs go; removed at the end. */
    Path directory() {
        return directory;
    }

    /** Starts a program, which may fork; it ends with this. */
    Process start(Host host, String... command) throws IOException {
        Path log = directory.resolve(baseName(command[0]) + ".log");
        Process process =
                host.namespace()
                        .startWithOffspring(
                                new ProcessBuilder(command)
                                        .redirectErrorStream(true)
                                        .redirectOutput(log.toFile()));
        programs.add(process);
        return process;
    }

    private static String baseName(String program) {
        return program.substring(program.lastIndexOf('/') + 1);
    }

    /** Waits until something listens on a port of a host. */
    void await(Host host, int port) throws IOException {
        long end = System.nanoTime() + START_NANOS;
        while (!host.run("ss", "-Hltn", "sport = :" + port).contains(":" + port)) {
            if (System.nanoTime() - end > 0) {
                throw new IOException(
                        "nothing listens on port " + port + " of the " + host.name() + logs());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
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
        programs.forEach(Process::destroyForcibly);
        topology.close();
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
