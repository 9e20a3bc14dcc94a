package dev.understudy.dispatcher.config;

import dev.understudy.stack.wire.Endpoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A service: an original with the servers that can play its part, and the rules for choosing.
 *
 * @param originals what the client asks for
 * @param servers in order of preference; with delayed binding there may be none, and the original is asked
 * @param protocol what is spoken with them
 * @param bind when the server is chosen, and by what
 * @param site where the clients are: servers of the same site come first (P65)
 */
public record ServiceConfig(
        String name,
        List<Original> originals,
        List<ServerConfig> servers,
        Connect connect,
        Recover recover,
        Protocol protocol,
        Bind bind,
        Optional<String> site) {

    /** A service whose servers are chosen by the address that was asked for. */
    public ServiceConfig(
            String name,
            List<Original> originals,
            List<ServerConfig> servers,
            Connect connect,
            Recover recover,
            Protocol protocol) {
        this(name, originals, servers, connect, recover, protocol, Bind.CONNECT, Optional.empty());
    }

    /** A service whose connections are plain TCP. */
    public ServiceConfig(
            String name,
            List<Original> originals,
            List<ServerConfig> servers,
            Connect connect,
            Recover recover) {
        this(name, originals, servers, connect, recover, Protocol.TCP);
    }

    public ServiceConfig {
        originals = List.copyOf(originals);
        servers = List.copyOf(servers);
    }

    /** All servers, those of routes included, each once. */
    public List<ServerConfig> everyServer() {
        Map<Endpoint, ServerConfig> every = new LinkedHashMap<>();
        servers.forEach(server -> every.putIfAbsent(server.endpoint(), server));
        bind.routes().stream()
                .flatMap(route -> route.servers().stream())
                .forEach(server -> every.putIfAbsent(server.endpoint(), server));
        return List.copyOf(every.values());
    }

    /** The same service, bound otherwise. */
    public ServiceConfig with(Bind other) {
        return new ServiceConfig(name, originals, servers, connect, recover, protocol, other, site);
    }

    /**
     * What clients and servers speak. One word says both which packets belong to a service and whether it is read what they
     * say: a connection is never searched for what its service does not speak.
     */
    public enum Protocol {
        TCP(6),
        /** Dispatched on the first datagram (P59). */
        UDP(17),
        /** TCP on which other connections are announced, as FTP does (RFC 959, RFC 2428; P61). */
        FTP(6),
        /** TCP on which UDP flows are announced, as RTSP does (RFC 2326 §12.39; P60). */
        RTSP(6);

        private final int transport;

        Protocol(int transport) {
            this.transport = transport;
        }

        /** IP's number of the transport protocol. */
        public int transport() {
            return transport;
        }
    }

    /** In which order and how closely together servers are tried (DESIGN 7.4). */
    public enum Strategy {
        /** Preferred first, the next when it has not answered in a stagger, or at once when it refuses (RFC 8305). */
        STAGGERED,
        /** All at once, first answer wins (FIG. 8). */
        RACE,
        /** The original itself, unaltered; others only when it fails (FIG. 5). */
        ORIGINAL_FIRST,
        /** As listed, the next when one has failed. */
        IN_ORDER,
        /** As in-order, beginning one further with every session. */
        ROUND_ROBIN,
        /** As in-order, the server with the fewest live sessions first. */
        LEAST_SESSIONS,
        /** As in-order, first server drawn by weight. */
        WEIGHTED,
        /** As in-order, first server by consistent hash of the client's address. */
        HASH,
        /** As staggered, ordered by measured round trips (peak EWMA). */
        FASTEST
    }

    /**
     * @param staggerNanos head start of one candidate over the next
     * @param timeoutNanos time one attempt may take in all
     * @param attempts most servers tried for one session
     */
    public record Connect(Strategy strategy, long staggerNanos, long timeoutNanos, int attempts) {
        public static final Connect DEFAULT =
                new Connect(Strategy.STAGGERED, 250_000_000L, 2_000_000_000L, 3);
    }

    /**
     * What counts as a failure (DESIGN 7.5). An empty recovery is a pure translation (P06).
     *
     * @param reset a RST, exactly in sequence
     * @param unreachable an ICMP error that quotes our own segment
     * @param timeout silence
     * @param closed a FIN before the answer is complete, or between two requests of a kept-alive connection
     * @param statuses answers that another server is asked for
     * @param resume whether an answer is taken up in its middle where it can be proved to be the same
     */
    public record Recover(
            boolean reset,
            boolean unreachable,
            boolean timeout,
            boolean closed,
            List<Statuses> statuses,
            boolean resume) {
        public static final Recover DEFAULT = new Recover(true, true, true);
        public static final Recover NONE = new Recover(false, false, false);

        public Recover {
            statuses = List.copyOf(statuses);
        }

        /** A recovery that knows nothing of what is said. */
        public Recover(boolean reset, boolean unreachable, boolean timeout) {
            this(reset, unreachable, timeout, false, List.of(), false);
        }

        public boolean any() {
            return reset || unreachable || timeout || readsAnswers();
        }

        /** Whether the conversation has to be read along for it. */
        public boolean readsAnswers() {
            return closed || resume || !statuses.isEmpty();
        }

        /** Whether an answer with this status is one that another server is asked for. */
        public boolean fails(int status) {
            for (int i = 0; i < statuses.size(); i++) {
                if (statuses.get(i).holds(status)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** A range of HTTP status codes, both ends included: {@code 404}, or {@code 5xx}. */
    public record Statuses(int first, int last) {
        public boolean holds(int status) {
            return status >= first && status <= last;
        }

        @Override
        public String toString() {
            return first == last ? Integer.toString(first) : first / 100 + "xx";
        }
    }
}
