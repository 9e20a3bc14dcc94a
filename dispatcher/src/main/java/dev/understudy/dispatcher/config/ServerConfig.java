package dev.understudy.dispatcher.config;

import dev.understudy.stack.wire.Endpoint;
import java.util.Optional;

/**
 * One server of a service.
 *
 * @param endpoint where it is; a port of 0 means the port that the client asked for
 * @param weight its share when servers are drawn by lot, 1..1000
 * @param backup used only when every other candidate has failed
 * @param host the name that it was resolved from, if it was given by name
 * @param site where it is
 */
public record ServerConfig(
        Endpoint endpoint,
        int weight,
        boolean backup,
        Optional<String> host,
        Optional<String> site) {
    /** A server of which nobody says where it is. */
    public ServerConfig(Endpoint endpoint, int weight, boolean backup, Optional<String> host) {
        this(endpoint, weight, backup, host, Optional.empty());
    }

    public ServerConfig {
        if (weight < 1 || weight > 1000) {
            throw new IllegalArgumentException("weight " + weight + " is outside 1..1000");
        }
    }

    public static ServerConfig of(Endpoint endpoint) {
        return new ServerConfig(endpoint, 1, false, Optional.empty());
    }
}
