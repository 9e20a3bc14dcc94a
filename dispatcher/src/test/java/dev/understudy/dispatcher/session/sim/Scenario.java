package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.ConfigLoader;
import dev.understudy.dispatcher.config.LoadResult;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A conversation that is played the same way each time: a configuration, what the client says, and what its servers have.
 *
 * @param service the service as a configuration file has it, with {@link Family#addressed} places for addresses
 * @param config all of that file, over the family
 * @param asks requests of HTTP, if the scenario speaks it
 * @param turns who says how much, if it does not
 * @param hides whether the loss of any one server has to be hidden from the client
 */
record Scenario(
        String name,
        Family family,
        String service,
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
            client: {link: tap:us0, address: 10.111.0.2/24, address6: "fd08::2/64"}
            network:
              link: tap:us1
              address: 10.9.0.2/24
              gateway: 10.9.0.1
              address6: fd09::2/64
              gateway6: fd09::1
            setup: none
            services:
              - name: shop
                original: "<original>:80"
            """;

    /** HTTP, one request after the other, with a service as a configuration file has it. */
    static Scenario http(String name, String service, Pages pages, Ask... asks) {
        return of(name, service, pages, List.of(asks), List.of(), true);
    }

    /** Something that is not read along. */
    static Scenario plain(String name, String service, Turn... turns) {
        return of(name, service, Pages.NONE, List.of(), List.of(turns), false);
    }

    private static Scenario of(
            String name,
            String service,
            Pages pages,
            List<Ask> asks,
            List<Turn> turns,
            boolean hides) {
        Family family = Family.IPV4;
        Config config = load(family, service);
        return new Scenario(name, family, service, config, pages, asks, false, turns, false, hides);
    }

    /** The same over addresses of another family. */
    Scenario over(Family other) {
        return new Scenario(
                name,
                other,
                service,
                other == family ? config : load(other, service),
                pages,
                asks,
                pipelined,
                turns,
                drains,
                hides);
    }

    /** All is asked at once. */
    Scenario pipelining() {
        return with(true, drains, hides);
    }

    /** Behind the first answer, its server is drained. */
    Scenario draining() {
        return with(pipelined, true, hides);
    }

    /** Some deaths are the client's to know of. */
    Scenario honest() {
        return with(pipelined, drains, false);
    }

    private Scenario with(boolean pipelining, boolean draining, boolean hiding) {
        return new Scenario(
                name, family, service, config, pages, asks, pipelining, turns, draining, hiding);
    }

    /** Whether a request may be executed more than once. */
    boolean mayRepeat(int number) {
        return asks.stream()
                .noneMatch(ask -> ask.number() == number && !ask.repeatable() && !ask.declared());
    }

    private static Config load(Family family, String service) {
        String text = family.addressed(FRAME + service.indent(4));
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
        return family == Family.IPV4 ? name : name + ", " + family;
    }
}
