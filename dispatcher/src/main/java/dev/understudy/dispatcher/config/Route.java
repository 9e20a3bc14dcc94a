package dev.understudy.dispatcher.config;

import dev.understudy.dispatcher.protocol.Redirect;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.dispatcher.protocol.UrlRewrite;
import java.util.List;
import java.util.Optional;

/**
 * A rule for the requests that a pattern fits.
 *
 * @param servers who holds what is asked for; empty for all servers of the service
 * @param rewrite where the page has moved to, unseen by the client
 * @param redirect the answer that the dispatcher gives itself
 * @param replaySafe whether such a request may be sent twice although its method does not say so
 */
public record Route(
        UrlPattern pattern,
        List<ServerConfig> servers,
        Optional<UrlRewrite> rewrite,
        Optional<Redirect> redirect,
        boolean replaySafe) {
    public Route {
        servers = List.copyOf(servers);
    }

    /** A rule that names the holders and nothing else. */
    public static Route to(UrlPattern pattern, List<ServerConfig> servers) {
        return new Route(pattern, servers, Optional.empty(), Optional.empty(), false);
    }
}
