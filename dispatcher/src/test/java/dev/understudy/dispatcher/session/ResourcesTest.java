package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.TestPackets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is not a file binds as files do: queries, methods, programs behind a path, and an API's paths. */
@Tag("P38")
class ResourcesTest {
    private static Stage stage() {
        List<Route> routes =
                List.of(
                        route("/cgi-bin/*", Set.of(), List.of(), B),
                        route("/search", Set.of(), List.of("lang=de"), C),
                        route("/api/v2/orders/*", Set.of("GET", "HEAD"), List.of(), B),
                        route("/api/v2/**", Set.of("POST", "PUT", "PATCH", "DELETE"), List.of(), C),
                        route("/item", Set.of("GET"), List.of("id", "kind=fox"), B));
        return Stage.plan()
                .strategy(Strategy.IN_ORDER)
                .servers(A)
                .bind(new Bind(Bind.By.URL, Bind.Accept.INSTANT, 250_000_000L, routes))
                .build();
    }

    private static Route route(
            String path, Set<String> methods, List<String> query, String server) {
        return Route.to(
                new UrlPattern(Optional.empty(), Optional.of(path), methods, query),
                List.of(ServerConfig.of(Endpoint.parse(server))));
    }

    private static int connect(Stage stage) {
        stage.clientSyn();
        int isn = TestPackets.parse(stage.pollClient()).seq();
        stage.client(up(1, isn + 1).build());
        return isn;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    GET /cgi-bin/order.pl                                  | B
                    GET /cgi-bin/order.pl?fox=2&owl=1                      | B
                    POST /cgi-bin/order.pl                                 | B
                    GET /cgi-bin/deep/order.pl                             | A
                    GET /search?q=fox&lang=de                              | C
                    GET /search?lang=de&q=a%26b                            | C
                    GET /search?q=fox&lang=fr                              | A
                    GET /search?q=lang=de                                  | A
                    GET /search                                            | A
                    GET /item?kind=fox&id=                                 | B
                    GET /item?kind=fox                                     | A
                    PUT /item?kind=fox&id=7                                | A
                    GET /api/v2/orders/7                                   | B
                    HEAD /api/v2/orders/7                                  | B
                    DELETE /api/v2/orders/7                                | C
                    PATCH /api/v2/orders/7?dry-run                         | C
                    OPTIONS /api/v2/orders/7                               | A
                    OPTIONS *                                              | A
                    GET http://shop.example/api/v2/orders/7?full           | B
                    """)
    void whatIsAskedForDecidesWhoSeesTheSyn(String line, char server) {
        Stage stage = stage();
        int isn = connect(stage);
        String request = line + " HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n";

        stage.client(up(1, isn + 1).flags("P.").payload(request).build());

        String chosen = List.of(A, B, C).get(server - 'A');
        stage.toNetwork().to(chosen).flags("S").seq(ISN);
        stage.silent();
        stage.network(synAck(chosen, 9_000).build());
        stage.toNetwork().to(chosen).flags(".").noPayload();
        stage.toNetwork().to(chosen).seq(ISN + 1).ack(9_001).payload(request);
    }

    /** A form's body follows its head to the program's server, and the next request of the connection goes its own way. */
    @Test
    @Tag("P34")
    void aFormGoesWithItsBodyAndTheNextRequestElsewhere() {
        Stage stage = stage();
        int isn = connect(stage);
        String head = "POST /cgi-bin/order.pl HTTP/1.1\r\nHost: s\r\nContent-Length: 9\r\n\r\n";
        String form = "fox=2&a=b";
        stage.client(up(1, isn + 1).flags("P.").payload(head).build());
        stage.toNetwork().to(B).flags("S").seq(ISN);
        stage.network(synAck(B, 9_000).build());
        stage.toNetwork().to(B).flags(".").noPayload();
        stage.toNetwork().to(B).payload(head);
        int end = 1 + head.length() + form.length();

        stage.client(up(1 + head.length(), isn + 1).flags("P.").payload(form).build());

        stage.toNetwork().to(B).payload(form);
        String answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        stage.network(Stage.down(B, 9_001, end).flags("P.").payload(answer).build());
        stage.toClient().from(ORIGINAL).seq(isn + 1).payload(answer);
        String next = "DELETE /api/v2/orders/7 HTTP/1.1\r\nHost: s\r\n\r\n";
        stage.client(up(end, isn + 1 + answer.length()).flags("P.").payload(next).build());
        stage.toNetwork().to(B).flags("F.");
        stage.toNetwork().to(C).flags("S").seq(ISN + end - 1);
    }
}
