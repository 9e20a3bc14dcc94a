package dev.understudy.dispatcher.config;

import dev.understudy.dispatcher.config.Bind.Accept;
import dev.understudy.dispatcher.config.Bind.By;
import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.protocol.Redirect;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.dispatcher.protocol.UrlRewrite;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads {@code bind:}, {@code accept:}, {@code bind-timer:} and {@code routes:} of a service. */
final class BindReader {
    private static final List<String> KEYS =
            List.of("host", "path", "method", "query", "servers", "rewrite", "redirect", "replay");
    private static final List<String> ONLY_HTTP =
            List.of("path", "method", "query", "rewrite", "redirect", "replay");
    private static final Map<String, By> BY = new LinkedHashMap<>();
    private static final Map<String, Accept> ACCEPT = new LinkedHashMap<>();
    private static final int MOST_ROUTES = 1024;
    private static final long MILLISECOND = 1_000_000L;

    static {
        BY.put("connect", By.CONNECT);
        BY.put("url", By.URL);
        BY.put("sni", By.SNI);
        ACCEPT.put("instant", Accept.INSTANT);
        ACCEPT.put("honest", Accept.HONEST);
    }

    private final Findings findings;
    private final Scalars scalars;
    private final AddressReader addresses;

    BindReader(Findings findings, AddressReader addresses) {
        this.findings = findings;
        this.scalars = new Scalars(findings);
        this.addresses = addresses;
    }

    /**
     * @param ipv4 the family of the service's originals, where it is known
     */
    Bind read(String where, Section section, Protocol protocol, Optional<Boolean> ipv4) {
        By by = section.optional("bind").flatMap(node -> scalars.word(node, BY)).orElse(By.CONNECT);
        if (by != By.CONNECT && protocol != Protocol.TCP) {
            findings.at(
                    section.where("bind"),
                    "'bind: "
                            + by.name().toLowerCase(Locale.ROOT)
                            + "' needs 'protocol: tcp' in "
                            + where
                            + ".");
        }
        if (by == By.CONNECT) {
            for (String key : List.of("accept", "bind-timer", "routes")) {
                if (section.has(key)) {
                    findings.at(
                            section.where(key),
                            "'" + key + "' needs 'bind: url' or 'bind: sni' in " + where + ".");
                }
            }
            return Bind.CONNECT;
        }
        Accept accept =
                section.optional("accept")
                        .flatMap(node -> scalars.word(node, ACCEPT))
                        .orElse(Bind.CONNECT.accept());
        long timer =
                section.optional("bind-timer")
                        .flatMap(node -> scalars.duration(node, MILLISECOND, 60_000 * MILLISECOND))
                        .orElse(Bind.CONNECT.timerNanos());
        List<Route> routes = new ArrayList<>();
        section.optional("routes")
                .ifPresent(
                        list -> {
                            int index = 0;
                            for (Node item : section.items("routes", list, "at least one route")) {
                                String here = where + ".routes[" + index++ + "]";
                                route(here, item, by, ipv4).ifPresent(routes::add);
                            }
                            if (routes.size() > MOST_ROUTES) {
                                findings.at(
                                        list,
                                        "more than " + MOST_ROUTES + " routes in " + where + ".");
                            }
                        });
        return new Bind(by, accept, timer, routes);
    }

    private Optional<Route> route(String where, Node node, By by, Optional<Boolean> ipv4) {
        int before = findings.count();
        Section section = new Section(where, node, findings, KEYS, List.of("policy"));
        if (by == By.SNI) {
            for (String key : ONLY_HTTP) {
                if (section.has(key)) {
                    findings.at(
                            section.where(key),
                            "'"
                                    + key
                                    + "' cannot be read in TLS; it needs 'bind: url' in "
                                    + where
                                    + ".");
                }
            }
            section.required("host", "a server name such as shop.example or *.example");
        }
        UrlPattern pattern =
                new UrlPattern(
                        section.optional("host")
                                .flatMap(n -> scalars.parsed(n, "a host", UrlPattern::checkHost)),
                        section.optional("path")
                                .flatMap(n -> scalars.parsed(n, "a path", UrlPattern::checkPath)),
                        new LinkedHashSet<>(
                                words(
                                        section,
                                        "method",
                                        "a method such as GET",
                                        BindReader::method)),
                        words(section, "query", "a key such as id, or id=7", BindReader::key));
        List<ServerConfig> servers = servers(where, section, ipv4);
        Optional<UrlRewrite> rewrite =
                section.optional("rewrite")
                        .flatMap(n -> scalars.parsed(n, "a path", UrlRewrite::parse));
        Optional<Redirect> redirect =
                section.optional("redirect").flatMap(n -> redirect(where + ".redirect", n));
        boolean safe =
                section.optional("replay")
                        .flatMap(n -> scalars.word(n, Map.of("safe", true)))
                        .orElse(false);
        if (redirect.isPresent() && (section.has("servers") || section.has("rewrite"))) {
            findings.at(
                    section.where("redirect"),
                    "a redirect is an answer of its own and takes neither 'servers' nor 'rewrite'"
                            + " in "
                            + where
                            + ".");
        }
        boolean tail =
                rewrite.map(UrlRewrite::hasTail).orElse(false)
                        || redirect.map(Redirect::hasTail).orElse(false);
        boolean patternTail =
                pattern.path()
                        .map(path -> path.indexOf('*') == path.length() - 2 && path.endsWith("/**"))
                        .orElse(true);
        if (tail && !patternTail) {
            findings.at(
                    section.where(rewrite.isPresent() ? "rewrite" : "redirect"),
                    "'**' needs a path that ends with '/**' and has no other '*' in "
                            + where
                            + ".");
        }
        if (findings.count() == before
                && servers.isEmpty()
                && rewrite.isEmpty()
                && redirect.isEmpty()
                && !safe) {
            findings.at(
                    node,
                    "this route does nothing; expected servers, rewrite, redirect or replay in "
                            + where
                            + ".");
        }
        return findings.count() == before
                ? Optional.of(new Route(pattern, servers, rewrite, redirect, safe))
                : Optional.empty();
    }

    private List<ServerConfig> servers(String where, Section section, Optional<Boolean> ipv4) {
        List<ServerConfig> servers = new ArrayList<>();
        section.optional("servers")
                .ifPresent(
                        list -> {
                            for (Node item : section.items("servers", list, "ADDRESS:PORT")) {
                                servers.addAll(addresses.servers(where, item, ipv4));
                            }
                        });
        return servers;
    }

    private Optional<Redirect> redirect(String where, Node node) {
        if (node instanceof ScalarNode) {
            return scalars.parsed(
                    node, "a URL", text -> new Redirect(Redirect.DEFAULT_STATUS, text));
        }
        Section section =
                new Section(where, node, findings, List.of("status", "location"), List.of());
        int status =
                section.optional("status")
                        .flatMap(
                                n ->
                                        scalars.word(
                                                n,
                                                Map.of(
                                                        "301", 301, "302", 302, "303", 303, "307",
                                                        307, "308", 308)))
                        .orElse(Redirect.DEFAULT_STATUS);
        return section.required("location", "where to go, such as http://10.20.0.11/**")
                .flatMap(n -> scalars.parsed(n, "a URL", text -> new Redirect(status, text)));
    }

    private List<String> words(
            Section section, String key, String expected, Function<String, String> check) {
        Set<String> words = new LinkedHashSet<>();
        section.optional(key)
                .ifPresent(
                        list -> {
                            for (Node item : section.items(key, list, expected)) {
                                scalars.parsed(item, expected, check).ifPresent(words::add);
                            }
                        });
        return List.copyOf(words);
    }

    private static String method(String text) {
        if (!text.matches("[A-Z][A-Z-]{0,31}")) {
            throw new IllegalArgumentException(
                    "'" + Scalars.shorten(text) + "' is no method; expected one such as GET");
        }
        return text;
    }

    private static String key(String text) {
        if (!text.matches("[^\\s&=]+(=[^\\s&]*)?")) {
            throw new IllegalArgumentException(
                    "'"
                            + Scalars.shorten(text)
                            + "' is no query key; expected one such as id, or id=7");
        }
        return text;
    }
}
