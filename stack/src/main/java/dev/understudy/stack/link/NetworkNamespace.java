package dev.understudy.stack.link;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An anonymous Linux network namespace: a network of its own for a laboratory, a bench or a test, in which clients and
 * servers are ordinary programs. Nothing of it is visible outside this JVM.
 *
 * <p>Two things hold it, an open file descriptor and one daemon thread that lives inside. Both go when the JVM goes, by
 * whatever way, {@code kill -9} included; with them go the namespace, its interfaces and TAP devices. The processes that
 * were started here go too: each asks the kernel for SIGKILL at the death of its parent (prctl(2), {@code
 * PR_SET_PDEATHSIG}). That signal is tied to the parent <em>thread</em>, hence a second thread that lives as long as
 * the namespace and starts them. It is not the thread inside, because the JVM makes threads of its own that watch
 * child processes, and a thread inherits the network namespace of its maker and would hold it for a minute.
 *
 * <p>Works as root, and as the root of a user namespace ({@code unshare -Urn}).
 */
public final class NetworkNamespace implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NetworkNamespace.class);
    private static final long SIOCGIFFLAGS = 0x8913;
    private static final long SIOCSIFFLAGS = 0x8914;
    private static final int IFF_UP = 1;
    private static final List<String> TOOLS = List.of("ip", "setpriv", "nsenter", "unshare");

    private final String label;
    private final NamespaceThread inside;
    private final NamespaceThread starter;
    private final int fd;
    private final Queue<Process> children = new ConcurrentLinkedQueue<>();
    private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
    private boolean closed;

    private NetworkNamespace(String label, NamespaceThread inside, int fd) {
        this.label = label;
        this.inside = inside;
        this.starter = new NamespaceThread("start-" + label);
        this.fd = fd;
    }

    /**
     * Makes a namespace with its loopback interface up and nothing else in it.
     *
     * @param label names its threads, for people; need not be unique
     * @throws LinkException if this process may not make one; {@link #unavailable} tells beforehand
     */
    public static NetworkNamespace create(String label) throws IOException {
        NamespaceThread inside = new NamespaceThread("netns-" + label);
        try {
            return new NetworkNamespace(label, inside, inside.call(NetworkNamespace::enterNew));
        } catch (LastErrorException e) {
            inside.end();
            throw new LinkException(
                    e.getErrorCode() == Libc.EPERM
                            ? LinkException.Reason.NO_PERMISSION
                            : LinkException.Reason.OTHER,
                    "This process may not create network namespaces (errno "
                            + e.getErrorCode()
                            + ").",
                    "unshare -Urn",
                    e);
        } catch (IOException | RuntimeException e) {
            inside.end();
            throw e;
        }
    }

    private static int enterNew() {
        Libc.unshare(Libc.CLONE_NEWNET);
        int fd = Libc.open("/proc/thread-self/ns/net", Libc.O_RDONLY | Libc.O_CLOEXEC);
        int socket = Libc.interfaceSocket();
        try {
            Memory ifreq = Libc.ifreq("lo");
            Libc.ioctl(socket, SIOCGIFFLAGS, ifreq);
            short flags = ifreq.getShort(Libc.IFREQ_NAME_BYTES);
            ifreq.setShort(Libc.IFREQ_NAME_BYTES, (short) (flags | IFF_UP));
            Libc.ioctl(socket, SIOCSIFFLAGS, ifreq);
        } catch (LastErrorException e) {
            Libc.close(fd);
            throw e;
        } finally {
            Libc.close(socket);
        }
        return fd;
    }

    /** Why namespaces cannot be used here, as a sentence with the command that mends it; empty if they can. */
    public static Optional<String> unavailable() {
        if (!System.getProperty("os.name", "").equals("Linux")) {
            return Optional.of("Network namespaces exist on Linux only.");
        }
        for (String tool : TOOLS) {
            if (!onPath(tool)) {
                return Optional.of(
                        "The command '"
                                + tool
                                + "' is missing. Install it: sudo apt-get install "
                                + (tool.equals("ip") ? "iproute2" : "util-linux"));
            }
        }
        try (NetworkNamespace probe = create("probe")) {
            probe.path();
            return Optional.empty();
        } catch (LinkException e) {
            return Optional.of(e.getMessage());
        } catch (IOException | LinkageError e) {
            return Optional.of("Network namespaces cannot be used: " + e.getMessage());
        }
    }

    private static boolean onPath(String tool) {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, tool))) {
                return true;
            }
        }
        return false;
    }

    public String label() {
        return label;
    }

    /**
     * The namespace as a file, for other programs of the same user: {@code ip link set X netns PATH}, {@code nsenter
     * --net=PATH}. Valid while this JVM lives and the namespace is open.
     */
    public Path path() {
        return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd);
    }

    /**
     * Runs a task on the thread inside and waits for it. Sockets and TAP devices opened there belong to this namespace,
     * whoever uses them afterwards. A task that blocks keeps others waiting: {@link #newThread} is for those.
     *
     * @throws IOException what the task throws; other checked exceptions come wrapped in one
     */
    public <T> T call(Callable<T> task) throws IOException {
        return inside.call(task);
    }

    /** A further daemon thread inside, not started yet; can serve as a {@link java.util.concurrent.ThreadFactory}. */
    public Thread newThread(Runnable task) {
        Thread thread =
                new Thread(
                        () -> {
                            Libc.setns(fd, Libc.CLONE_NEWNET);
                            task.run();
                        },
                        "netns-" + label + "-" + (threads.size() + 1));
        thread.setDaemon(true);
        threads.add(thread);
        return thread;
    }

    /** Starts a program inside; it is killed when this namespace is closed or the JVM dies. */
    public Process start(String... command) throws IOException {
        return start(new ProcessBuilder(command));
    }

    /** Starts a program inside, with the builder's directory, environment and redirections. */
    public Process start(ProcessBuilder builder) throws IOException {
        return start(builder, List.of());
    }

    /**
     * Starts a program that forks others, such as a server with workers, in a process namespace of its own, so that all
     * of them are killed together. {@link Process#destroyForcibly} is the way to stop it: its parent, {@code unshare},
     * ignores SIGTERM. Process numbers inside are not those outside.
     */
    public Process startWithOffspring(ProcessBuilder builder) throws IOException {
        return start(builder, List.of("unshare", "--pid", "--fork", "--kill-child"));
    }

    private Process start(ProcessBuilder builder, List<String> wrapper) throws IOException {
        List<String> plain = builder.command();
        List<String> command =
                new ArrayList<>(
                        List.of("setpriv", "--pdeathsig", "KILL", "nsenter", "--net=" + path()));
        command.addAll(wrapper);
        command.add("--");
        command.addAll(plain);
        children.removeIf(child -> !child.isAlive());
        Process child;
        try {
            child = starter.call(() -> builder.command(command).start());
        } finally {
            builder.command(plain);
        }
        children.add(child);
        return child;
    }

    /**
     * Runs a program inside to its end.
     *
     * @return what it wrote to its standard output
     * @throws IOException if it ends with another code than 0; the message holds its standard error
     */
    public String run(String... command) throws IOException {
        Process child = start(command);
        child.getOutputStream().close();
        FutureTask<String> errors = new FutureTask<>(() -> text(child.getErrorStream()));
        Thread reader = new Thread(errors, "stderr-" + command[0]);
        reader.setDaemon(true);
        reader.start();
        try {
            String output = text(child.getInputStream());
            int code = child.waitFor();
            if (code != 0) {
                throw new IOException(
                        String.join(" ", command)
                                + " ended with "
                                + code
                                + ": "
                                + errors.get()
                                + output);
            }
            return output;
        } catch (InterruptedException e) {
            child.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted in " + String.join(" ", command), e);
        } catch (ExecutionException e) {
            throw new IOException(String.join(" ", command) + " could not be read", e);
        }
    }

    /** Runs {@code ip} of iproute2 inside with these arguments, which are separated by single spaces. */
    public String ip(String arguments) throws IOException {
        return run(("ip " + arguments).split(" ", -1));
    }

    private static String text(InputStream stream) throws IOException {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Joins two namespaces by a virtual cable; both ends are left down, without addresses. */
    public static void veth(NetworkNamespace a, String nameA, NetworkNamespace b, String nameB)
            throws IOException {
        a.ip("link add " + nameA + " type veth peer name " + nameB + " netns " + b.path());
    }

    /**
     * Kills what runs inside, takes its interfaces away and lets the namespace go. Threads of {@link #newThread} are
     * interrupted, and hold the empty namespace until they end.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        children.forEach(Process::destroyForcibly);
        children.forEach(child -> child.onExit().join());
        threads.forEach(Thread::interrupt);
        removeInterfaces();
        starter.end();
        inside.end();
        Libc.close(fd);
    }

    /** At once, because a socket that somebody still has open keeps the namespace, and with it the far ends of cables. */
    private void removeInterfaces() {
        try {
            for (String name : interfaces()) {
                removeInterface(name);
            }
        } catch (IOException e) {
            LOG.debug("the interfaces of {} stay until it is gone itself", this, e);
        }
    }

    private void removeInterface(String name) {
        try {
            ip("link delete dev " + name);
        } catch (IOException e) {
            LOG.debug("{} of {} stays until the namespace is gone", name, this, e);
        }
    }

    /**
     * What is inside besides the loopback. Not asked of {@link java.net.NetworkInterface}, which reads {@code /proc/net}
     * and so mixes in the interfaces of the JVM's first thread.
     */
    private List<String> interfaces() throws IOException {
        List<String> names = new ArrayList<>();
        for (String line : ip("-o link show").lines().toList()) {
            String name = line.split("[:@]", 3)[1].trim();
            if (!name.equals("lo")) {
                names.add(name);
            }
        }
        return names;
    }

    @Override
    public String toString() {
        return "network namespace " + label;
    }
}
