package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A film that three servers hold alike: A in Paris, 5 ms away, and B and C in Berlin, where the clients are, 40 ms and 10 ms
 * away. The site comes before the round trip, and the round trip decides within the site.
 */
@Tag("P65")
class EqualHoldersTest {
    private static final String FILM = "GET /films/fox HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    private static final Map<String, Integer> ROUND_TRIP_MILLIS = Map.of(A, 5, B, 40, C, 10);

    private int port = 50_000;

    private static Stage.Plan plan() {
        Route films =
                Route.to(
                        new UrlPattern(
                                Optional.empty(), Optional.of("/films/**"), Set.of(), List.of()),
                        List.of(at(A, "paris"), at(B, "berlin"), at(C, "berlin")));
        return Stage.plan()
                .strategy(Strategy.FASTEST)
                .servers()
                .bind(new Bind(Bind.By.URL, Bind.Accept.INSTANT, 250_000_000L, List.of(films)));
    }

    private static ServerConfig at(String server, String site) {
        return new ServerConfig(
                Endpoint.parse(server), 1, false, Optional.empty(), Optional.of(site));
    }

    /** A new client asks for the film; whom its SYN is for. */
    private Endpoint asked(Stage stage) {
        String client = "10.0.0.1:" + ++port;
        stage.client(TestPackets.tcp(client, ORIGINAL).syn().seq(0).build());
        int isn = TestPackets.parse(stage.pollClient()).seq();
        stage.client(TestPackets.tcp(client, ORIGINAL).seq(1).ack(isn + 1).payload(FILM).build());
        Packet syn = TestPackets.parse(stage.pollNetwork());
        return Endpoint.of(syn.dstHi(), syn.dstLo(), syn.dstPort());
    }

    /** The same, and the server answers the SYN when its round trip is over. */
    private Endpoint served(Stage stage) {
        Endpoint server = asked(stage);
        stage.pass(ROUND_TRIP_MILLIS.get(server.toString()));
        stage.network(
                TestPackets.tcp(server.toString(), "10.9.0.2:" + port).flags("S.").ack(1).build());
        stage.flush();
        return server;
    }

    private Endpoint refused(Stage stage) {
        Endpoint server = asked(stage);
        stage.network(
                TestPackets.tcp(server.toString(), "10.9.0.2:" + port).flags("R.").ack(1).build());
        Packet next = TestPackets.parse(stage.pollNetwork());
        stage.flush();
        return Endpoint.of(next.dstHi(), next.dstLo(), next.dstPort());
    }

    @Test
    void bothOfTheClientsSiteAreMeasuredAndThenTheNearerOneServes() {
        Stage stage = plan().site("berlin").build();

        assertThat(List.of(served(stage), served(stage)))
                .extracting(Endpoint::toString)
                .containsExactlyInAnyOrder(B, C);
        for (int i = 0; i < 5; i++) {
            assertThat(served(stage)).hasToString(C);
        }
    }

    @Test
    void whereNobodySaysWhereTheClientsAreTheNearestOfAllServes() {
        Stage stage = plan().build();

        assertThat(List.of(served(stage), served(stage), served(stage)))
                .extracting(Endpoint::toString)
                .containsExactlyInAnyOrder(A, B, C);
        assertThat(served(stage)).hasToString(A);
    }

    @Test
    void anotherSiteServesWhenTheClientsOwnIsDead() {
        Stage stage = plan().site("berlin").build();

        refused(stage);

        assertThat(List.of(refused(stage), asked(stage)))
                .extracting(Endpoint::toString)
                .containsOnly(A);
    }
}
