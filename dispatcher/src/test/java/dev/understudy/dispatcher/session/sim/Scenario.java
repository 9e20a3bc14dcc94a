package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.ConfigLoader;
import dev.understudy.dispatcher.config.LoadResult;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A conversation that is played the same way each time: a configuration, what the client says, and what its servers have.
 *
 * @param asks requests of HTTP, if the scenario speaks it
 * @param turns who says how much, if it does not
 * @param hides whether the loss of any one server has to be hidden from the client
 */
record Scenario(
        String name,
        Config config,
        Pages pages,
        List<Ask> asks,
        boolean pipelined,
        List<Turn> turns,
        boolean drains,
        boolean hides) {

    /** The client says this, in ISO 8859-1, and then a server this many bytes, which tell which server it is. */
    record Turn(String said, int answered) {}

    private static final String FRAME =
            """
            attach: routed
            client: {link: tap:us0, address: 10.111.0.2/24}
            network: {link: tap:us1, address: 10.9.0.2/24, gateway: 10.9.0.1}
            setup: none
            services:
              - name: shop
                original: 203.0.113.10:80
            """;

    /** HTTP, one request after the other, with a service as a configuration file has it. */
    static Scenario http(String name, String service, Pages pages, Ask... asks) {
        return new Scenario(
                name, load(service), pages, List.of(asks), false, List.of(), false, true);
    }

    /** Something that is not read along. */
    static Scenario plain(String name, String service, Turn... turns) {
        return new Scenario(
                name, load(service), Pages.NONE, List.of(), false, List.of(turns), false, false);
    }

    /** All is asked at once. */
    Scenario pipelining() {
        return new Scenario(name, config, pages, asks, true, turns, drains, hides);
    }

    /** Behind the first answer, its server is drained. */
    Scenario draining() {
        return new Scenario(name, config, pages, asks, pipelined, turns, true, hides);
    }

    /** Some deaths are the client's to know of. */
    Scenario honest() {
        return new Scenario(name, config, pages, asks, pipelined, turns, drains, false);
    }

    /** Whether a request may be executed more than once. */
    boolean mayRepeat(int number) {
        return asks.stream()
                .noneMatch(ask -> ask.number() == number && !ask.repeatable() && !ask.declared());
    }

    private static Config load(String service) {
        String text = FRAME + service.indent(4);
        LoadResult result =
                new ConfigLoader(
                                host -> {
                                    throw new java.net.UnknownHostException(host);
                                })
                        .parse("scenario", text.getBytes(StandardCharsets.UTF_8));
        if (result instanceof LoadResult.Loaded loaded) {
            return loaded.config();
        }
        throw new IllegalArgumentException(result + "\n" + text);
    }

    @Override
    public String toString() {
        return name;
    }
}
