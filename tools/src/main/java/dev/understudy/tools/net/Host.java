package dev.understudy.tools.net;

import dev.understudy.stack.link.NetworkNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One host of a {@link Topology}: a network namespace, and the iproute2 commands that furnish it. */
public final class Host {
    private static final Path IPV4 = Path.of("/proc/sys/net/ipv4");

    private final String name;
    private final NetworkNamespace namespace;

    Host(String name, NetworkNamespace namespace) {
        this.name = name;
        this.namespace = namespace;
    }

    /** The name that the topology gave it. */
    public String name() {
        return name;
    }

    /** Where its sockets, processes and TAP devices are made. */
    public NetworkNamespace namespace() {
        return namespace;
    }

    /**
     * Gives an interface an address, and sets it up.
     *
     * @param cidr {@code 10.0.0.1/24}
     */
    public Host address(String device, String cidr) throws IOException {
        return ip("address add " + cidr + " dev " + device, "link set dev " + device + " up");
    }

    /**
     * Adds a route, or replaces the one to the same destination.
     *
     * @param route as iproute2 words it: {@code default via 10.0.0.1}, {@code blackhole 10.1.0.0/16}
     */
    public Host route(String route) throws IOException {
        return ip("route replace " + route);
    }

    /** Lets it forward, as a router does. */
    public Host forward() throws IOException {
        return set("ip_forward", "1");
    }

    /** Makes a bridge of interfaces that are there already, and sets all of them up. */
    public Host bridge(String bridge, String... ports) throws IOException {
        List<String> commands = new ArrayList<>();
        commands.add("link add name " + bridge + " type bridge");
        commands.add("link set dev " + bridge + " up");
        for (String port : ports) {
            commands.add("link set dev " + port + " master " + bridge + " up");
        }
        return ip(commands.toArray(String[]::new));
    }

    /**
     * Runs iproute2 commands in order, up to the first that fails, in one process: starting it is what takes time.
     *
     * @param commands each without the leading {@code ip}
     */
    public Host ip(String... commands) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("ip", "-batch", "-").redirectErrorStream(true);
        Process process = namespace.start(builder);
        try (Writer input = process.outputWriter(StandardCharsets.UTF_8)) {
            for (String command : commands) {
                input.write(command + "\n");
            }
        }
        String said;
        try (InputStream output = process.getInputStream()) {
            said = new String(output.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
        try {
            if (process.waitFor() != 0) {
                throw new IOException(
                        "ip failed on "
                                + name
                                + ": "
                                + said
                                + " in: "
                                + String.join("; ", commands));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted in ip on " + name);
        }
        return this;
    }

    /** Runs a program here and waits for it. */
    public String run(String... command) throws IOException {
        return namespace.run(command);
    }

    /** The kernel's reverse-path filter would drop what comes back by another way, as in every lab of this kind. */
    Host trustPaths() throws IOException {
        return set("conf/all/rp_filter", "0").set("conf/default/rp_filter", "0");
    }

    /**
     * Sets what {@code /proc/sys/net/ipv4} holds for this host.
     *
     * @param setting {@code icmp_ratelimit}, {@code conf/all/arp_ignore}
     */
    public Host set(String setting, String value) throws IOException {
        // The kernel shows each thread the settings of its own namespace.
        namespace.call(() -> Files.writeString(IPV4.resolve(setting), value));
        return this;
    }
}
