package dev.understudy.dispatcher.bind;

import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.protocol.HttpRequest;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.dispatcher.service.Service.Holders;
import dev.understudy.stack.wire.Endpoint;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Who holds what is asked for (P30): the servers of the first route that fits, or of the service if that route names none.
 * What no route knows, the policy is asked for; else the service's own servers serve it; without any, the original (P31).
 */
public final class Routes {
    /**
     * What a request leads to.
     *
     * @param route the rule that decided, which may also say to rewrite, redirect or replay
     * @param servers who holds it; empty for the original itself
     */
    public record Choice(Optional<Route> route, List<Server> servers) {
        public Choice {
            servers = List.copyOf(servers);
        }

        /** Whether it is for the original itself. */
        public boolean original() {
            return servers.isEmpty();
        }
    }

    private final Policy policy;

    public Routes(Policy policy) {
        this.policy = policy;
    }

    /** Chooses for a request; {@code then} is called at once unless the policy has to be asked. */
    public void choose(Service service, HttpRequest request, Consumer<Choice> then) {
        for (Holders holders : service.routes()) {
            if (holders.route().pattern().matches(request)) {
                then.accept(choice(service, holders));
                return;
            }
        }
        policy.ask(
                service.name(),
                request,
                endpoints -> then.accept(new Choice(Optional.empty(), known(service, endpoints))));
    }

    /** Chooses by a TLS server name; an empty one is a name that no route knows. */
    public Choice choose(Service service, String name) {
        for (Holders holders : service.routes()) {
            if (!name.isEmpty() && holders.route().pattern().matchesHost(name)) {
                return choice(service, holders);
            }
        }
        return unknown(service);
    }

    /** What a connection gets of which nothing could be read. */
    public Choice unknown(Service service) {
        return new Choice(Optional.empty(), service.servers());
    }

    private static Choice choice(Service service, Holders holders) {
        List<Server> servers = holders.servers().isEmpty() ? service.servers() : holders.servers();
        return new Choice(Optional.of(holders.route()), servers);
    }

    private static List<Server> known(Service service, List<Endpoint> endpoints) {
        if (endpoints.isEmpty()) {
            return service.servers();
        }
        return endpoints.stream()
                .map(
                        endpoint ->
                                service.original(
                                        endpoint.address().hi(),
                                        endpoint.address().lo(),
                                        endpoint.port()))
                .toList();
    }
}
