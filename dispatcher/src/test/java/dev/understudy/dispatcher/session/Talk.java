package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.up;

import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Statuses;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import java.util.List;

/** HTTP on a {@link Stage}: what a client asks, and where that leaves a session whose conversation is read along. */
final class Talk {
    static final String GET = "GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    static final String POST =
            "POST /a HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 2\r\n\r\nhi";
    static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    static final Recover ALL =
            new Recover(true, true, true, true, List.of(new Statuses(404, 404)), true);

    private Talk() {}

    /** A session with A whose conversation is read along. */
    static Stage stage() {
        return Stage.plan().strategy(Strategy.IN_ORDER).recover(ALL).build().establish();
    }

    /** The client asks, and A has the request. */
    static Stage asked(String request) {
        Stage stage = stage();
        stage.client(up(1, 5001).flags("P.").payload(request).build());
        stage.toNetwork().to(A).payload(request);
        stage.silent();
        return stage;
    }

    /** One exchange is over and acknowledged. */
    static Stage answered() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK).build());
        stage.client(up(after(GET), 5001 + OK.length()).timestamps(1005, 77_000).build());
        stage.flush();
        return stage;
    }

    /** Where a sequence number stands, behind an ISN, after these texts. */
    static int after(String... parts) {
        return 1 + String.join("", parts).length();
    }
}
