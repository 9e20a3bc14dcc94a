package dev.understudy.dispatcher.config;

import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads {@code services:} and checks that no two services claim the same original. */
final class ServiceReader {
    private static final Map<String, Strategy> STRATEGIES = new LinkedHashMap<>();
    private static final List<String> BINDS_LATER = List.of("url", "sni");
    private static final List<String> FAILURES = List.of("reset", "unreachable", "timeout");
    private static final Map<String, Protocol> PROTOCOLS = new LinkedHashMap<>();
    private static final int MOST_ATTEMPTS = 100;
    private static final long SECOND = 1_000_000_000L;

    static {
        PROTOCOLS.put("tcp", Protocol.TCP);
        PROTOCOLS.put("udp", Protocol.UDP);
        PROTOCOLS.put("ftp", Protocol.FTP);
        PROTOCOLS.put("rtsp", Protocol.RTSP);
        STRATEGIES.put("staggered", Strategy.STAGGERED);
        STRATEGIES.put("race", Strategy.RACE);
        STRATEGIES.put("original-first", Strategy.ORIGINAL_FIRST);
        STRATEGIES.put("in-order", Strategy.IN_ORDER);
        STRATEGIES.put("round-robin", Strategy.ROUND_ROBIN);
        STRATEGIES.put("least-sessions", Strategy.LEAST_SESSIONS);
        STRATEGIES.put("weighted", Strategy.WEIGHTED);
        STRATEGIES.put("hash", Strategy.HASH);
        STRATEGIES.put("fastest", Strategy.FASTEST);
    }

    private final Findings findings;
    private final Scalars scalars;
    private final AddressReader addresses;
    private final Set<String> names = new HashSet<>();
    private final List<Located<Original>> claimed = new ArrayList<>();
    private final List<String> claimedBy = new ArrayList<>();
    private final List<Integer> claimedTransports = new ArrayList<>();

    ServiceReader(Findings findings, AddressReader addresses) {
        this.findings = findings;
        this.scalars = new Scalars(findings);
        this.addresses = addresses;
    }

    List<ServiceConfig> read(Section root, Node list) {
        List<ServiceConfig> services = new ArrayList<>();
        int index = 0;
        for (Node node : root.items("services", list, "at least one service")) {
            service("services[" + index++ + "]", node).ifPresent(services::add);
        }
        return services;
    }

    private Optional<ServiceConfig> service(String where, Node node) {
        Section section =
                new Section(
                        where,
                        node,
                        findings,
                        List.of(
                                "name",
                                "protocol",
                                "original",
                                "servers",
                                "bind",
                                "connect",
                                "recover"),
                        List.of("routes", "accept", "resume"));
        Optional<String> name =
                section.required("name", "a name for screens and logs")
                        .flatMap(value -> scalars.parsed(value, "a name", this::checkName));
        name.filter(given -> !names.add(given))
                .ifPresent(
                        given ->
                                findings.at(
                                        section.where("name"),
                                        "two services are named '" + given + "'."));
        Protocol protocol =
                section.optional("protocol")
                        .flatMap(value -> scalars.word(value, PROTOCOLS))
                        .orElse(Protocol.TCP);
        bind(where, section);
        Connect connect =
                section.optional("connect").map(c -> connect(where, c)).orElse(Connect.DEFAULT);
        Recover recover =
                section.optional("recover").map(r -> recover(where, r)).orElse(Recover.DEFAULT);

        List<Original> originals = new ArrayList<>();
        section.required("original", "what clients ask for, such as 203.0.113.10:80")
                .ifPresent(
                        value -> {
                            for (Node item : section.items("original", value, "ADDRESS:PORT")) {
                                for (Original original : addresses.originals(item)) {
                                    claim(
                                            name.orElse(where),
                                            protocol.transport(),
                                            new Located<>(original, item));
                                    originals.add(original);
                                }
                            }
                        });
        List<ServerConfig> servers = servers(where, section, originals);
        if (name.isEmpty() || originals.isEmpty() || servers.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new ServiceConfig(name.get(), originals, servers, connect, recover, protocol));
    }

    private List<ServerConfig> servers(String where, Section section, List<Original> originals) {
        List<ServerConfig> servers = new ArrayList<>();
        Optional<Node> value =
                section.required("servers", "who can play the part, such as 10.20.0.11:80");
        if (value.isEmpty()) {
            return servers;
        }
        Optional<Boolean> ipv4 =
                originals.stream().findFirst().map(o -> o.network().address().isIpv4());
        for (Node item : section.items("servers", value.get(), "ADDRESS:PORT")) {
            for (ServerConfig server : addresses.servers(where, item, ipv4)) {
                if (servers.stream().anyMatch(s -> s.endpoint().equals(server.endpoint()))) {
                    findings.at(
                            item,
                            "the server " + server.endpoint() + " stands twice in " + where + ".");
                } else {
                    servers.add(server);
                }
            }
        }
        if (!servers.isEmpty() && servers.stream().allMatch(ServerConfig::backup)) {
            findings.at(
                    value.get(),
                    "every server in " + where + " is a backup; expected one that is not.");
        }
        return servers;
    }

    private String checkName(String name) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")) {
            throw new IllegalArgumentException(
                    "'"
                            + Scalars.shorten(name)
                            + "' is not a name; expected 1 to 32 letters, digits, '-', '_' or '.',"
                            + " the first a letter or a digit.");
        }
        return name;
    }

    /** Two services with one original would leave it to chance which of them has a connection. */
    private void claim(String service, int transport, Located<Original> original) {
        for (int i = 0; i < claimed.size(); i++) {
            Original other = claimed.get(i).value();
            boolean ports =
                    original.value().ports().first() <= other.ports().last()
                            && other.ports().first() <= original.value().ports().last();
            if (ports
                    && claimedTransports.get(i) == transport
                    && original.value().network().overlaps(other.network())) {
                int line = claimed.get(i).node().getStartMark().map(m -> m.getLine() + 1).orElse(0);
                findings.at(
                        original.node(),
                        "the original "
                                + original.value()
                                + " overlaps "
                                + other
                                + " of service '"
                                + claimedBy.get(i)
                                + "' in line "
                                + line
                                + "; an original belongs to one service.");
                return;
            }
        }
        claimed.add(original);
        claimedBy.add(service);
        claimedTransports.add(transport);
    }

    private void bind(String where, Section section) {
        section.optional("bind")
                .ifPresent(
                        node -> {
                            if (node instanceof ScalarNode scalar
                                    && BINDS_LATER.contains(scalar.getValue())) {
                                section.notYet(
                                        node, "'bind: " + scalar.getValue() + "' in " + where);
                            } else {
                                scalars.word(node, Map.of("connect", true));
                            }
                        });
    }

    private Connect connect(String where, Node node) {
        String here = where + ".connect";
        Section section =
                new Section(
                        here,
                        node,
                        findings,
                        List.of("strategy", "stagger", "timeout", "attempts"),
                        List.of());
        Strategy strategy =
                section.optional("strategy")
                        .flatMap(value -> scalars.word(value, STRATEGIES))
                        .orElse(Connect.DEFAULT.strategy());
        long timeout =
                section.optional("timeout")
                        .flatMap(value -> scalars.duration(value, SECOND / 100, 600 * SECOND))
                        .orElse(Connect.DEFAULT.timeoutNanos());
        long stagger =
                section.optional("stagger")
                        .flatMap(value -> scalars.duration(value, SECOND / 1000, 60 * SECOND))
                        .orElse(Math.min(Connect.DEFAULT.staggerNanos(), timeout / 2));
        int attempts =
                section.optional("attempts")
                        .flatMap(value -> scalars.integer(value, 1, MOST_ATTEMPTS))
                        .orElse(Connect.DEFAULT.attempts());
        if (stagger >= timeout) {
            findings.at(
                    section.where("stagger"),
                    "the stagger ("
                            + Units.duration(stagger)
                            + ") must be shorter than the timeout ("
                            + Units.duration(timeout)
                            + ") in "
                            + here
                            + ".");
        }
        return new Connect(strategy, stagger, timeout, attempts);
    }

    private Recover recover(String where, Node node) {
        if (node instanceof ScalarNode scalar && scalar.getValue().equals("none")) {
            return Recover.NONE;
        }
        String here = where + ".recover";
        Section section = new Section(here, node, findings, List.of("on"), List.of("resume"));
        Optional<Node> on = section.optional("on");
        if (on.isEmpty()) {
            return Recover.DEFAULT;
        }
        Set<String> failures = new HashSet<>();
        String expected = Nearest.oneOf(FAILURES) + ", or 'recover: none' to translate only";
        for (Node item : section.items("on", on.get(), expected)) {
            scalars.text(item, Nearest.oneOf(FAILURES))
                    .ifPresent(word -> failure(here, section, item, word, failures));
        }
        return new Recover(
                failures.contains("reset"),
                failures.contains("unreachable"),
                failures.contains("timeout"));
    }

    private void failure(
            String here, Section section, Node item, String word, Set<String> failures) {
        if (word.matches("(http )?[1-9](\\d\\d|xx)")) {
            section.notYet(item, "recovery from '" + word + "' in " + here);
        } else if (!FAILURES.contains(word)) {
            findings.at(
                    item,
                    "'"
                            + Scalars.shorten(word)
                            + "' is no failure in "
                            + here
                            + "; "
                            + Nearest.hint(word, FAILURES));
        } else if (!failures.add(word)) {
            findings.at(item, "'" + word + "' stands twice in " + here + ".");
        }
    }
}
