package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.Original;
import dev.understudy.dispatcher.config.PortRange;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Statuses;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.wire.Endpoint;
import java.util.List;

/** Where scenarios play: the three servers of the lab, on a port of the scenarios' own. */
final class Stages {
    static final int PORT = 8080;

    /** What clients ask for; A has this address, too. */
    static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:" + PORT);

    static final Endpoint A = ORIGINAL;
    static final Endpoint B = Endpoint.parse("10.20.2.2:" + PORT);
    static final Endpoint C = Endpoint.parse("10.20.3.2:" + PORT);

    /** Everything that can be recovered from, 404 and 5xx included. */
    static final Recover RECOVER =
            new Recover(
                    true,
                    true,
                    true,
                    true,
                    List.of(new Statuses(404, 404), new Statuses(500, 599)),
                    false);

    static final Recover RESUME = new Recover(true, true, true, true, List.of(), true);

    private Stages() {}

    static ServiceConfig service(Strategy strategy, Recover recover, Endpoint... servers) {
        return service(ORIGINAL, Protocol.TCP, strategy, recover, servers);
    }

    static ServiceConfig service(
            Endpoint original,
            Protocol protocol,
            Strategy strategy,
            Recover recover,
            Endpoint... servers) {
        return new ServiceConfig(
                original.port() == PORT ? "scene" : "scene-" + original.port(),
                List.of(
                        new Original(
                                new Subnet(original.address(), 32),
                                new PortRange(original.port(), original.port()))),
                List.of(servers).stream().map(ServerConfig::of).toList(),
                new Connect(strategy, 250_000_000L, 2_000_000_000L, 3),
                recover,
                protocol);
    }
}
