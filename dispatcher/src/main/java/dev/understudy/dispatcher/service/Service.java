package dev.understudy.dispatcher.service;

import dev.understudy.dispatcher.config.Original;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.stack.wire.Endpoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A service at work: its configuration and its servers with what was learned of them. Lives on the loop. */
public final class Service {
    /** Originals are remembered one by one under {@code original-first}; a wide CIDR must not fill the heap. */
    private static final int MOST_ORIGINALS = 1024;

    private final ServiceConfig config;
    private final List<Server> servers;
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
        this.config = config;
        this.servers = config.servers().stream().map(Service::server).toList();
    }

    /** The same service by another configuration: a server that stays is the same object. */
    Service(ServiceConfig config, Service old) {
        this.config = config;
        this.servers = config.servers().stream().map(server -> server(server, old)).toList();
        this.turn = old.turn;
        originals.putAll(old.originals);
    }

    private static Server server(ServerConfig config) {
        return new Server(config.endpoint(), config.weight(), config.backup());
    }

    private static Server server(ServerConfig config, Service old) {
        for (Server before : old.servers) {
            if (before.endpoint().equals(config.endpoint())) {
                before.configure(config.weight(), config.backup());
                return before;
            }
        }
        return server(config);
    }

    public ServiceConfig config() {
        return config;
    }

    public String name() {
        return config.name();
    }

    public List<Server> servers() {
        return servers;
    }

    /** Servers that were tried because clients asked for them by their own address. */
    public Iterable<Server> originalServers() {
        return originals.values();
    }

    /** The original itself as a candidate. */
    public Server original(long hi, long lo, int port) {
        Endpoint endpoint = Endpoint.of(hi, lo, port);
        for (Server server : servers) {
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
        return isDown(servers, hi, lo, now) || isDown(originals.values(), hi, lo, now);
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
