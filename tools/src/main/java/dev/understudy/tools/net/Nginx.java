package dev.understudy.tools.net;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An nginx on a host, as one process, so that SIGKILL ends all of it: the kernel resets the connections that it had not
 * accepted yet or not read to the end, and closes the others. It answers {@code /} with the host's name, and other paths
 * with the files of a directory.
 */
public final class Nginx implements AutoCloseable {
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Host host;
    private final int port;
    private final Path configuration;
    private final Path errors;
    private Process process;

    /**
     * An nginx that does not run yet.
     *
     * @param scratch a directory of its own
     * @param files what it serves
     */
    public Nginx(Host host, int port, Path scratch, Path files) throws IOException {
        this(host, port, scratch, files, "");
    }

    /** The same with further directives for its server. */
    public Nginx(Host host, int port, Path scratch, Path files, String directives)
            throws IOException {
        this.host = host;
        this.port = port;
        errors = scratch.resolve("error.log");
        configuration = scratch.resolve("nginx.conf");
        String text =
                """
                daemon off;
                user root;
                master_process off;
                pid @scratch@/pid;
                error_log @scratch@/error.log crit;
                events { worker_connections 8192; }
                http {
                  access_log off;
                  client_body_temp_path @scratch@/body;
                  proxy_temp_path @scratch@/proxy;
                  fastcgi_temp_path @scratch@/fastcgi;
                  uwsgi_temp_path @scratch@/uwsgi;
                  scgi_temp_path @scratch@/scgi;
                  keepalive_requests 1000000;
                  sendfile on;
                  server {
                    listen @port@ backlog=4096;
                    root @files@;
                    @directives@
                    location = / { return 200 "This is @name@.\\n"; }
                  }
                }
                """
                        .replace("@scratch@", scratch.toString())
                        .replace("@files@", files.toString())
                        .replace("@directives@", directives)
                        .replace("@port@", Integer.toString(port))
                        .replace("@name@", host.name());
        Files.writeString(configuration, text);
    }

    /** Runs it, and waits until it listens. */
    public void start() throws IOException {
        if (process != null) {
            return;
        }
        process =
                host.namespace()
                        .start(
                                new ProcessBuilder(
                                                "nginx",
                                                "-e",
                                                errors.toString(),
                                                "-c",
                                                configuration.toString())
                                        .redirectErrorStream(true)
                                        .redirectOutput(ProcessBuilder.Redirect.DISCARD));
        long end = System.nanoTime() + START_NANOS;
        while (!listens()) {
            if (!process.isAlive()) {
                throw new IOException("nginx on " + host.name() + " ended: " + read(errors));
            }
            if (System.nanoTime() - end > 0) {
                throw new IOException("nginx on " + host.name() + " does not listen");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private boolean listens() throws IOException {
        return host.namespace()
                .call(
                        () -> {
                            try (Socket probe =
                                    new Socket(InetAddress.getLoopbackAddress(), port)) {
                                return probe.isConnected();
                            } catch (ConnectException notYet) {
                                return false;
                            }
                        });
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "and says nothing";
        }
    }

    /** SIGKILL. */
    public void kill() throws IOException {
        if (process == null) {
            return;
        }
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted in killing nginx");
        }
        process = null;
    }

    @Override
    public void close() throws IOException {
        kill();
    }
}
