package dev.understudy.tools.setup;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Config.ClientSide;
import dev.understudy.dispatcher.config.Original;
import dev.understudy.dispatcher.config.PortRange;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.tools.setup.SetupException.Reason;
import dev.understudy.tools.setup.Undo.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The rules that lead the originals to the dispatcher: four priorities of the first free block from 7400 on, well before
 * the main table (32766).
 *
 * <pre>
 *   7400  iif us1 goto 7402                          what we send follows the ordinary routes, even to an original
 *   7401  to ORIGINAL dport PORTS lookup table 7400  one for each original; everybody else's packets to it come to us
 *   7402  nop                                        where the first rule jumps to
 * </pre>
 *
 * In each family that we have addresses in. A table of our own holds the originals' routes by way of our
 * client-side address. As the rules name ports, what else a client has to do with an original's address (its other ports,
 * ping) goes on as before. After {@code kill -9} the devices are gone and the table is empty, so the rules lead nowhere and
 * traffic takes the ordinary routes.
 */
final class OriginalRoutes {
    private static final int FIRST_BLOCK = 7400;
    private static final int BLOCK = 4;

    /** All ports that Linux has rules for: its ranges end before 65535. */
    private static final PortRange ALL_PORTS = new PortRange(1, 0xFFFE);

    private static final int BLOCKS = 16;

    private final Steps steps;
    private final String clientDevice;
    private final String networkDevice;
    private final Map<List<String>, Undo> rules = new LinkedHashMap<>();
    private final Set<Subnet> routes = new LinkedHashSet<>();
    private int block;

    OriginalRoutes(Steps steps, String clientDevice, String networkDevice) {
        this.steps = steps;
        this.clientDevice = clientDevice;
        this.networkDevice = networkDevice;
    }

    /** The exempting rules and the originals' own. */
    void apply(Config config) throws IOException {
        chooseBlock();
        if (config.client().address().isPresent()) {
            exempt(false);
        }
        if (config.client().address6().isPresent()) {
            exempt(true);
        }
        leadAll(config);
    }

    private void exempt(boolean ipv6) throws IOException {
        steps.record(Undo.of(ipv6 ? Kind.TABLE6 : Kind.TABLE, text(block)));
        rule(ipv6, block + 2, List.of("nop"));
        rule(ipv6, block, List.of("iif", networkDevice, "goto", text(block + 2)));
    }

    /** Leads those originals of a configuration that are not led yet. */
    void leadAll(Config config) throws IOException {
        for (Original original : originals(config)) {
            lead(original, config);
        }
    }

    private static List<Original> originals(Config config) {
        return config.services().stream().flatMap(OriginalRoutes::originals).toList();
    }

    /** Announced connections have any port: then all that goes to the original comes to us. */
    private static Stream<Original> originals(ServiceConfig service) {
        return switch (service.protocol()) {
            case TCP, UDP -> service.originals().stream();
            case FTP, RTSP ->
                    service.originals().stream()
                            .map(original -> new Original(original.network(), ALL_PORTS));
        };
    }

    /** Takes away the rules of originals that a configuration does not have. Their routes stay, unused. */
    void retain(Config config) throws IOException {
        Set<List<String>> wanted =
                originals(config).stream().map(this::selectors).collect(Collectors.toSet());
        for (List<String> old : List.copyOf(rules.keySet())) {
            if (!wanted.contains(old)) {
                steps.undo(rules.remove(old));
            }
        }
    }

    /** The first block of priorities, and the table of the same number, that nobody uses. */
    private void chooseBlock() throws IOException {
        // A kernel without IPv6 has no rules for it.
        String used =
                steps.must("ip", "-4", "rule", "show")
                        + steps.shell().run("ip", "-6", "rule", "show").out();
        for (int i = 0; i < BLOCKS; i++) {
            int first = FIRST_BLOCK + i * BLOCK;
            boolean free = isEmpty("-4", first) && isEmpty("-6", first);
            for (int priority = first; priority < first + BLOCK; priority++) {
                free &= !used.startsWith(priority + ":") && !used.contains("\n" + priority + ":");
            }
            if (free) {
                block = first;
                return;
            }
        }
        throw new SetupException(
                Reason.CONFLICT,
                "All priorities of routing rules from "
                        + FIRST_BLOCK
                        + " to "
                        + (FIRST_BLOCK + BLOCKS * BLOCK - 1)
                        + " are in use (ip rule).");
    }

    private boolean isEmpty(String family, int table) {
        return steps.shell()
                .run("ip", family, "route", "show", "table", text(table))
                .out()
                .isBlank();
    }

    private void lead(Original original, Config config) throws IOException {
        List<String> selectors = selectors(original);
        if (rules.containsKey(selectors)) {
            return;
        }
        if (original.ports().first() > ALL_PORTS.last()) {
            throw new SetupException(
                    Reason.CONFLICT,
                    "Linux has no routing rule for port "
                            + original.ports()
                            + ". Choose another one, or set the rules up yourself, with 'setup:"
                            + " none'.");
        }
        ClientSide side = config.client();
        boolean ipv6 = !original.network().address().isIpv4();
        if (routes.add(original.network())) {
            steps.must(
                    "ip",
                    ipv6 ? "-6" : "-4",
                    "route",
                    "replace",
                    original.network().toString(),
                    "via",
                    (ipv6 ? side.address6() : side.address()).orElseThrow().address().toString(),
                    "dev",
                    clientDevice,
                    "src",
                    (ipv6 ? side.gateway6() : side.gateway()).orElseThrow().toString(),
                    "table",
                    text(block));
        }
        rules.put(selectors, rule(ipv6, block + 1, selectors));
    }

    private List<String> selectors(Original original) {
        PortRange ports = original.ports();
        int first = Math.max(ports.first(), ALL_PORTS.first());
        int last = Math.min(ports.last(), ALL_PORTS.last());
        return List.of(
                "to",
                original.network().toString(),
                "dport",
                first == last ? text(first) : first + "-" + last,
                "lookup",
                text(block));
    }

    private Undo rule(boolean ipv6, int priority, List<String> selectors) throws IOException {
        List<String> parameters = new ArrayList<>(List.of(text(priority)));
        parameters.addAll(selectors);
        Undo undo = new Undo(ipv6 ? Kind.RULE6 : Kind.RULE, parameters);
        steps.record(undo);
        List<String> command =
                new ArrayList<>(List.of("ip", ipv6 ? "-6" : "-4", "rule", "add", "pref"));
        command.addAll(parameters);
        steps.must(command.toArray(String[]::new));
        return undo;
    }

    private static String text(int number) {
        return Integer.toString(number);
    }
}
