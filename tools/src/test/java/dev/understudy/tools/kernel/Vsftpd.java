package dev.understudy.tools.kernel;

import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A vsftpd on a host, for anonymous users, with the files of a directory. */
final class Vsftpd implements AutoCloseable {
    static final int PORT = 21;

    private final Host host;
    private final String address;
    private final Path configuration;
    private Process process;

    /**
     * A vsftpd that does not run yet.
     *
     * @param address where it listens, of either family
     * @param scratch a directory of its own, in which {@code files} is what it serves
     */
    Vsftpd(Host host, String address, Path scratch) throws IOException {
        this.host = host;
        this.address = address;
        configuration = scratch.resolve("vsftpd.conf");
        Path empty = Files.createDirectories(scratch.resolve("empty"));
        Path files = Files.createDirectories(scratch.resolve("files"));
        for (Path open : new Path[] {scratch, empty, files}) {
            Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        String listen =
                address.contains(":")
                        ? "listen=NO\nlisten_ipv6=YES\nlisten_address6=" + address
                        : "listen=YES\nlisten_address=" + address;
        Files.writeString(
                configuration,
                """
                @listen@
                background=NO
                anonymous_enable=YES
                no_anon_password=YES
                local_enable=NO
                anon_root=@files@
                secure_chroot_dir=@empty@
                connect_from_port_20=YES
                seccomp_sandbox=NO
                isolate=NO
                isolate_network=NO
                xferlog_enable=NO
                """
                        .replace("@listen@", listen)
                        .replace("@files@", files.toString())
                        .replace("@empty@", empty.toString()));
    }

    /** Runs it, and waits until it listens. */
    Vsftpd start() throws IOException {
        process =
                host.namespace()
                        .start(
                                new ProcessBuilder("vsftpd", configuration.toString())
                                        .redirectErrorStream(true)
                                        .redirectOutput(ProcessBuilder.Redirect.DISCARD));
        Rig.await("vsftpd on " + host.name(), this::listens);
        return this;
    }

    private boolean listens() {
        try {
            return host.namespace()
                    .call(
                            () -> {
                                try (Socket probe = new Socket()) {
                                    probe.connect(new InetSocketAddress(address, PORT), 1000);
                                    return probe.isConnected();
                                }
                            });
        } catch (IOException notYet) {
            if (!process.isAlive()) {
                throw new AssertionError("vsftpd ended: " + process.exitValue(), notYet);
            }
            return false;
        }
    }

    /** SIGKILL; the processes of its connections live on. */
    void kill() throws IOException {
        if (process == null) {
            return;
        }
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted in killing vsftpd");
        }
        process = null;
    }

    @Override
    public void close() throws IOException {
        kill();
    }
}
