package dev.understudy.dispatcher.config;

import java.util.List;

/**
 * When the server is chosen, and by what (DESIGN 7.4; FIG. 7).
 *
 * @param timerNanos how long a client that says nothing is waited for before it is bound by address: some protocols let the
 *     server speak first
 * @param routes the first that fits decides
 */
public record Bind(By by, Accept accept, long timerNanos, List<Route> routes) {
    /** At the SYN, by its address. */
    public static final Bind CONNECT = new Bind(By.CONNECT, Accept.HONEST, 250_000_000L, List.of());

    public Bind {
        routes = List.copyOf(routes);
    }

    /** What a server is chosen by. */
    public enum By {
        /** The address and port of the SYN. */
        CONNECT,
        /** The first request's URL. */
        URL,
        /** The server name of the TLS hello. */
        SNI
    }

    /** When a client's SYN is answered, if the server is chosen later. */
    public enum Accept {
        /** At once, with no packet on the network side: as the patent has it. */
        INSTANT,
        /** When a candidate has answered one, so that a refused port stays refused (B02). */
        HONEST
    }

    /** Whether the server is chosen after the handshake. */
    public boolean later() {
        return by != By.CONNECT;
    }
}
