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

/** Reads {@code services:} and checks that no two services claim the same original. */
final class ServiceReader {
    private static final Map<String, Strategy> STRATEGIES = new LinkedHashMap<>();
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
    private Optional<String> site = Optional.empty();

    ServiceReader(Findings findings, AddressReader addresses) {
        this.findings = findings;
        this.scalars = new Scalars(findings);
        this.addresses = addresses;
    }

    List<ServiceConfig> read(Section root, Node list) {
        site = root.optional("site").flatMap(scalars::name);
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
                                "accept",
                                "bind-timer",
                                "routes",
                                "connect",
                                "recover"),
                        List.of("policy"));
        Optional<String> name =
                section.required("name", "a name for screens and logs").flatMap(scalars::name);
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
        Connect connect =
                section.optional("connect").map(c -> connect(where, c)).orElse(Connect.DEFAULT);
        Recover recover =
                section.optional("recover")
                        .map(value -> new RecoverReader(findings).read(where, value))
                        .orElse(Recover.DEFAULT);

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
        Optional<Boolean> ipv4 =
                originals.stream().findFirst().map(o -> o.network().address().isIpv4());
        Bind bind = new BindReader(findings, addresses).read(where, section, protocol, ipv4);
        List<ServerConfig> servers = servers(where, section, ipv4, bind.later());
        if (name.isEmpty() || originals.isEmpty() || servers.isEmpty() && !bind.later()) {
            return Optional.empty();
        }
        return Optional.of(
                new ServiceConfig(
                        name.get(), originals, servers, connect, recover, protocol, bind, site));
    }

    /** Without servers of its own, a service that is bound later asks the original for what no route holds (P31). */
    private List<ServerConfig> servers(
            String where, Section section, Optional<Boolean> ipv4, boolean mayLack) {
        List<ServerConfig> servers = new ArrayList<>();
        Optional<Node> value =
                mayLack
                        ? section.optional("servers")
                        : section.required(
                                "servers", "who can play the part, such as 10.20.0.11:80");
        if (value.isEmpty()) {
            return servers;
        }
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
}
