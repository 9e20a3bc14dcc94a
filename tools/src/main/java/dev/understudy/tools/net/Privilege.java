package dev.understudy.tools.net;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What this process may do, and how to get what is missing. Namespaces need CAP_SYS_ADMIN, what is set up in them
 * CAP_NET_ADMIN; root of a user namespace of our own has both, over the namespaces that it makes
 * (user_namespaces(7)), so a command that is not root runs itself again as one, where the machine allows it.
 */
public final class Privilege {
    private static final Path TUN = Path.of("/dev/net/tun");
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
    private static final String AGAIN = "UNDERSTUDY_NAMESPACE_ROOT";
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_SYS_ADMIN = 21;

    private Privilege() {}

    /** Whether network namespaces can be made by this very process. */
    public static boolean namespaces() {
        return capable(CAP_NET_ADMIN) && capable(CAP_SYS_ADMIN);
    }

    /** Whether this process has the right to change its network's settings, if the network is its own to change. */
    public static boolean networkAdministration() {
        return capable(CAP_NET_ADMIN);
    }

    /** Why no TAP device can be opened, with the command that mends it; empty if one can. */
    public static Optional<String> tunMissing() {
        if (!Files.exists(TUN)) {
            return Optional.of(
                    "There is no /dev/net/tun on this machine. Make it with: sudo modprobe tun"
                            + " || sudo sh -c 'mkdir -p /dev/net && mknod -m 666 /dev/net/tun c 10"
                            + " 200'");
        }
        if (!Files.isReadable(TUN) || !Files.isWritable(TUN)) {
            return Optional.of(
                    "/dev/net/tun may not be opened by this user. Allow it with: sudo chmod 666"
                            + " /dev/net/tun");
        }
        return Optional.empty();
    }

    /**
     * Why no user namespace can be made; empty if one can. Tries it.
     *
     * @throws InterruptedException if interrupted while trying
     */
    public static Optional<String> userNamespaceRefused() throws InterruptedException {
        try {
            Process probe = new ProcessBuilder("unshare", "-Urn", "true").start();
            try (InputStream errors = probe.getErrorStream()) {
                String said = new String(errors.readAllBytes(), StandardCharsets.UTF_8).strip();
                return probe.waitFor() == 0 ? Optional.empty() : Optional.of(said);
            }
        } catch (IOException e) {
            return Optional.of("unshare, of the package util-linux, is not installed");
        }
    }

    /**
     * Runs this program again with the same arguments, as root of a user and a network namespace of its own, on the
     * same terminal, and waits for it. It ends when this process ends, by whatever means.
     *
     * @return its exit code
     */
    public static int runAsNamespaceRoot() throws IOException, InterruptedException {
        // The kernel forgets a death signal when credentials change: it is asked for after unshare.
        // Netty complains of a network without an address, so the loopback gets its own.
        List<String> command = new ArrayList<>();
        command.addAll(List.of("unshare", "-Urn", "setpriv", "--pdeathsig", "TERM", "--"));
        command.addAll(List.of("sh", "-c", "ip link set dev lo up; exec \"$@\"", "sh"));
        command.addAll(List.of(Files.readString(COMMAND_LINE).split("\0", 0)));
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().put(AGAIN, "yes");
        Process child = builder.start();
        // Whatever ends this process, the child puts the terminal in order first.
        Thread last = new Thread(() -> endWith(child), "end-with-child");
        Runtime.getRuntime().addShutdownHook(last);
        int code = child.waitFor();
        try {
            Runtime.getRuntime().removeShutdownHook(last);
        } catch (IllegalStateException ending) {
            // Too late to remove it, and no harm: the child is gone.
        }
        return code;
    }

    /** Whether this process is one that {@link #runAsNamespaceRoot} started. */
    public static boolean isRunAgain() {
        return System.getenv(AGAIN) != null;
    }

    private static void endWith(Process child) {
        try {
            child.destroy();
            child.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            child.destroyForcibly();
        }
    }

    private static boolean capable(int capability) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("CapEff:")) {
                    long set = Long.parseUnsignedLong(line.substring(7).strip(), 16);
                    return (set >>> capability & 1) == 1;
                }
            }
        } catch (IOException e) {
            return false;
        }
        return false;
    }
}
