package dev.understudy.dispatcher.service;

import dev.understudy.dispatcher.config.Original;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A service at work: its configuration and its servers with what was learned of them. Lives on the loop. */
public final class Service {
    /** Originals are remembered one by one under {@code original-first}; a wide CIDR must not fill the heap. */
    private static final int MOST_ORIGINALS = 1024;

    private final ServiceConfig config;
    private final List<Server> servers;
    private final List<Holders> routes;
    private final List<Server> everyServer;
    private final Map<Endpoint, Server> originals =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Endpoint, Server> eldest) {
                    return size() > MOST_ORIGINALS;
                }
            };
    private int turn;

    public Service(ServiceConfig config) {
        this(config, List.of());
    }

    /** The same service by another configuration: a server that stays is the same object. */
    Service(ServiceConfig config, Service old) {
        this(config, old.everyServer);
        this.turn = old.turn;
        originals.putAll(old.originals);
    }

    private Service(ServiceConfig config, List<Server> before) {
        this.config = config;
        List<Server> every = new ArrayList<>();
        this.servers = servers(config.servers(), every, before);
        this.routes =
                config.bind().routes().stream()
                        .map(route -> new Holders(route, servers(route.servers(), every, before)))
                        .toList();
        this.everyServer = List.copyOf(every);
    }

    /** One object for each endpoint, whoever names it, so that all learn from each other; who names it first has the word. */
    private List<Server> servers(
            List<ServerConfig> wanted, List<Server> every, List<Server> before) {
        List<Server> found = new ArrayList<>(wanted.size());
        for (ServerConfig one : wanted) {
            Optional<Server> known = find(every, one.endpoint());
            Server server =
                    known.or(() -> find(before, one.endpoint()))
                            .orElseGet(
                                    () -> new Server(one.endpoint(), one.weight(), one.backup()));
            if (known.isEmpty()) {
                boolean elsewhere = config.site().isPresent() && one.site().isPresent();
                server.configure(
                        one.weight(), one.backup(), elsewhere && !one.site().equals(config.site()));
                every.add(server);
            }
            found.add(server);
        }
        return List.copyOf(found);
    }

    private static Optional<Server> find(List<Server> among, Endpoint endpoint) {
        return among.stream().filter(server -> server.endpoint().equals(endpoint)).findFirst();
    }

    public ServiceConfig config() {
        return config;
    }

    public String name() {
        return config.name();
    }

    /** The servers for what no route holds, and for whatever is bound by address. */
    public List<Server> servers() {
        return servers;
    }

    /** The routes, in the order in which they are asked. */
    public List<Holders> routes() {
        return routes;
    }

    /** All servers, those of routes included, each once. */
    public List<Server> everyServer() {
        return everyServer;
    }

    /**
     * A route with its servers at work.
     *
     * @param servers who holds what the route is for; empty for the service's own
     */
    public record Holders(Route route, List<Server> servers) {}

    /** Servers that were tried because clients asked for them by their own address. */
    public Iterable<Server> originalServers() {
        return originals.values();
    }

    /** The original itself as a candidate. */
    public Server original(long hi, long lo, int port) {
        Endpoint endpoint = Endpoint.of(hi, lo, port);
        for (Server server : everyServer) {
            if (server.endpoint().equals(endpoint)) {
                return server;
            }
        }
        return originals.computeIfAbsent(endpoint, e -> new Server(e, 1, false));
    }

    /** Counts up by one with every session: where round-robin begins. */
    public int nextTurn() {
        return turn++ & Integer.MAX_VALUE;
    }

    boolean holds(int protocol, long hi, long lo, int port) {
        if (config.protocol().transport() != protocol) {
            return false;
        }
        List<Original> wanted = config.originals();
        for (int i = 0; i < wanted.size(); i++) {
            if (wanted.get(i).contains(hi, lo, port)) {
                return true;
            }
        }
        return false;
    }

    boolean hasAddress(long hi, long lo) {
        List<Original> wanted = config.originals();
        for (int i = 0; i < wanted.size(); i++) {
            if (wanted.get(i).network().contains(hi, lo)) {
                return true;
            }
        }
        return false;
    }

    boolean isDown(long hi, long lo, long now) {
        return isDown(everyServer, hi, lo, now) || isDown(originals.values(), hi, lo, now);
    }

    private static boolean isDown(Iterable<Server> among, long hi, long lo, long now) {
        for (Server server : among) {
            if (server.endpoint().address().lo() == lo
                    && server.endpoint().address().hi() == hi
                    && server.standing(now) == Server.Standing.DOWN) {
                return true;
            }
        }
        return false;
    }
}
