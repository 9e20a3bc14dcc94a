package dev.understudy.tools.setup;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Config.Attach;
import dev.understudy.dispatcher.config.Config.ClientSide;
import dev.understudy.dispatcher.config.Config.NetworkSide;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.tools.setup.SetupException.Reason;
import dev.understudy.tools.setup.Undo.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code setup: auto}: the kernel's side of the two links (DESIGN 7.7), and its undoing.
 *
 * <p>Inline, the links are brought up and that is all. Routed, the way of a packet is
 *
 * <pre>
 *   client ──rule──▶ us0 ──▶ dispatcher ──▶ us1 ──forwarding, masquerade──▶ ordinary routes ──▶ servers
 * </pre>
 *
 * {@link OriginalRoutes} has the rules, {@link Forwarding} the rest of the way; what lies between is the kernel's end of each
 * link: an address, no IPv6 unless we have an address in it too, no reverse-path filter that would drop what comes from an
 * original.
 *
 * <p>Every step is recorded with its undoing before it is taken ({@link StateFile}).
 */
public final class HostSetup implements AutoCloseable {
    private static final Path IPV4 = Path.of("/proc/sys/net/ipv4");

    private final Shell shell;
    private final StateFile state;
    private final String clientDevice;
    private final String networkDevice;
    private final Steps steps;
    private final OriginalRoutes originals;
    private final Forwarding forwarding;

    private HostSetup(Shell shell, StateFile state, Config config) {
        this.shell = shell;
        this.state = state;
        this.clientDevice = config.client().link().name();
        this.networkDevice = config.network().link().name();
        this.steps = new Steps(shell, state);
        this.originals = new OriginalRoutes(steps, clientDevice, networkDevice);
        this.forwarding = new Forwarding(steps, clientDevice, networkDevice);
    }

    /**
     * Claims the two links for this run, and cleans up after runs that were killed. To be called before the links are
     * opened.
     *
     * @throws SetupException if another run has them; nothing of it is disturbed
     */
    public static HostSetup claim(Config config, Shell shell, StateFiles files)
            throws SetupException {
        String name =
                config.client().link().name()
                        + "-"
                        + config.network().link().name()
                        + "-"
                        + namespace();
        try {
            Path file = files.directory().resolve(name + ".json");
            Optional<StateFile> state = StateFile.acquire(file);
            if (state.isEmpty()) {
                String pid = StateFile.holder(file).orElse("?");
                throw new SetupException(
                        Reason.RUNNING,
                        "Another understudy (process "
                                + pid
                                + ") runs on "
                                + config.client().link().name()
                                + " and "
                                + config.network().link().name()
                                + " already. Stop it first: kill "
                                + pid);
            }
            state.get().undoAll(shell);
            cleanLeftovers(files, file, shell);
            return new HostSetup(shell, state.get(), config);
        } catch (SetupException e) {
            throw e;
        } catch (IOException e) {
            throw new SetupException(
                    Reason.MISSING,
                    "What is set up cannot be recorded, so nothing is set up: "
                            + e.getMessage()
                            + ". Try: sudo mkdir -m 700 /run/understudy",
                    e);
        }
    }

    /** Undoes what dead runs of this network namespace have left, whatever their links were. */
    private static void cleanLeftovers(StateFiles files, Path ours, Shell shell)
            throws IOException {
        for (Path file : files.all()) {
            if (!file.equals(ours) && file.toString().endsWith("-" + namespace() + ".json")) {
                Optional<StateFile> dead = StateFile.acquire(file);
                if (dead.isPresent()) {
                    dead.get().undoAll(shell);
                    dead.get().close();
                }
            }
        }
    }

    /** The number of this thread's network namespace: the same names in another one are other devices. */
    private static String namespace() {
        try {
            String link = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
            return link.replaceAll("\\D", "");
        } catch (IOException e) {
            return "0";
        }
    }

    /**
     * Sets the host up. To be called once the links are open. If a step fails, those before it are undone.
     *
     * @throws SetupException with a sentence for the user
     */
    public void apply(Config config) throws SetupException {
        try {
            if (config.attach() == Attach.INLINE) {
                up(clientDevice);
                up(networkDevice);
            } else {
                routed(config);
            }
        } catch (IOException e) {
            undo();
            throw e instanceof SetupException refused
                    ? refused
                    : new SetupException(
                            Reason.MISSING, "The host cannot be set up: " + e.getMessage(), e);
        }
    }

    private void routed(Config config) throws IOException {
        ClientSide client = config.client();
        NetworkSide network = config.network();
        for (Subnet ours : all(client.address(), network.address())) {
            refuseUsed("inet", ours);
        }
        for (Subnet ours : all(client.address6(), network.address6())) {
            refuseUsed("inet6", ours);
        }
        end(
                clientDevice,
                kernels(client.gateway(), client.address()),
                kernels(client.gateway6(), client.address6()));
        end(
                networkDevice,
                kernels(network.gateway(), network.address()),
                kernels(network.gateway6(), network.address6()));
        originals.apply(config);
        forwarding.apply(
                network.address().map(Subnet::address), network.address6().map(Subnet::address));
    }

    private static List<Subnet> all(Optional<Subnet> client, Optional<Subnet> network) {
        return Stream.concat(client.stream(), network.stream()).toList();
    }

    /** The address of the kernel's end of a link in one family, by which we go on. */
    private static Optional<Subnet> kernels(Optional<IpAddress> gateway, Optional<Subnet> ours) {
        return ours.map(subnet -> new Subnet(gateway.orElseThrow(), subnet.prefix()));
    }

    /**
     * Leads other originals to the dispatcher: a reload. New ones first, so that there is no gap for those that stay. If a
     * step fails, what was led before still is, and nothing else.
     *
     * @throws SetupException with a sentence for the user
     */
    public void update(Config before, Config after) throws SetupException {
        if (after.attach() == Attach.INLINE) {
            return;
        }
        try {
            originals.leadAll(after);
            originals.retain(after);
        } catch (IOException e) {
            try {
                originals.retain(before);
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            throw new SetupException(Reason.CONFLICT, e.getMessage(), e);
        }
    }

    private void refuseUsed(String family, Subnet ours) throws IOException {
        for (String line : steps.must("ip", "-o", "addr", "show").lines().toList()) {
            String[] words = line.trim().split("\\s+", -1);
            if (words.length < 4 || !words[2].equals(family)) {
                continue;
            }
            // A point-to-point address has no prefix length, only its own bits.
            Subnet used = Subnet.parse(words[3]);
            boolean mine = words[1].equals(clientDevice) || words[1].equals(networkDevice);
            if (!mine && used.overlaps(ours.network())) {
                throw new SetupException(
                        Reason.CONFLICT,
                        "The network "
                                + ours.network()
                                + " of the configuration is in use on "
                                + words[1]
                                + " ("
                                + words[3]
                                + ") already. Choose another one.");
            }
        }
    }

    /** The kernel's end of a link: quiet, lenient about sources, with an address of each family that we have, up. */
    private void end(String device, Optional<Subnet> address, Optional<Subnet> address6)
            throws IOException {
        Path ipv6 = Path.of("/proc/sys/net/ipv6/conf", device);
        steps.sysctl(ipv6.resolve("disable_ipv6"), address6.isPresent() ? "0" : "1");
        if (address6.isPresent()) {
            // Nobody is there to advertise or to claim the same address.
            steps.sysctl(ipv6.resolve("accept_ra"), "0");
            steps.sysctl(ipv6.resolve("dad_transmits"), "0");
        }
        // The kernel takes the greater of this and "all": 0 is off, 1 strict, 2 loose.
        boolean off =
                shell.read(IPV4.resolve("conf/all/rp_filter")).filter("0"::equals).isPresent();
        steps.sysctl(IPV4.resolve("conf").resolve(device).resolve("rp_filter"), off ? "0" : "2");
        if (address.isPresent()) {
            address(device, address.get());
        }
        if (address6.isPresent()) {
            address(device, address6.get());
        }
        up(device);
    }

    private void address(String device, Subnet address) throws IOException {
        steps.record(Undo.of(Kind.ADDRESS, device, address.toString()));
        List<String> command =
                new ArrayList<>(List.of("ip", "addr", "add", address.toString(), "dev", device));
        if (!address.address().isIpv4()) {
            // Usable at once, as a route that names it wants it.
            command.add("nodad");
        }
        steps.must(command.toArray(String[]::new));
    }

    private void up(String device) throws IOException {
        if (link(device).matches("(?s).*<(|[^>]*,)UP[,>].*")) {
            return;
        }
        steps.record(Undo.of(Kind.DOWN, device));
        steps.must("ip", "link", "set", device, "up");
    }

    /** What {@code ip} says of a device; /sys would show another network namespace's if it was mounted there. */
    private String link(String device) {
        return shell.run("ip", "-o", "link", "show", "dev", device).out();
    }

    /**
     * The least MTU of the devices on the way to any server, at most what is given: what TCP of both legs is clamped to, so
     * that no connection depends on path MTU discovery across two legs.
     */
    public int pathMtu(Config config, int most) {
        int least = most;
        Set<IpAddress> servers =
                config.services().stream()
                        .flatMap(service -> service.everyServer().stream())
                        .map(server -> server.endpoint().address())
                        .collect(Collectors.toCollection(LinkedHashSet::new));
        for (IpAddress server : servers) {
            String route = shell.run("ip", "-o", "route", "get", server.toString()).out();
            String device = word(route, "dev");
            String mtu = word(route, "mtu");
            String own = device.equals("_") ? "" : word(link(device), "mtu");
            for (String text : List.of(mtu, own)) {
                if (text.matches("\\d{3,5}")) {
                    least = Math.min(least, Math.max(576, Integer.parseInt(text)));
                }
            }
        }
        return least;
    }

    private static String word(String line, String before) {
        List<String> words = List.of(line.split("\\s+"));
        int at = words.indexOf(before);
        return at >= 0 && at + 1 < words.size()
                ? words.get(at + 1).replaceAll("[^\\w.-]", "_")
                : "_";
    }

    /** Undoes everything, the last step first. */
    public void undo() {
        try {
            state.undoAll(shell);
        } catch (IOException e) {
            // The state file cannot be removed: the next start carries it out again, to no effect.
        }
    }

    /** Lets go without undoing anything, as a process does that is killed. For tests. */
    void abandon() throws IOException {
        state.close();
    }

    /** Undoes everything and gives the links free for other runs. */
    @Override
    public void close() {
        undo();
        try {
            state.close();
        } catch (IOException e) {
            // The lock goes with the process at the latest.
        }
    }
}
