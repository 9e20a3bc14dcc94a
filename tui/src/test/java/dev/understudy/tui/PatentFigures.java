package dev.understudy.tui;

import static dev.understudy.tui.Talk.ACK;
import static dev.understudy.tui.Talk.FIN;
import static dev.understudy.tui.Talk.PSH;
import static dev.understudy.tui.Talk.RST;
import static dev.understudy.tui.Talk.SYN;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Statuses;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.stack.wire.Endpoint;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What FIG. 5 to 8 of the patent show: what their client and servers send, and what a real dispatcher makes of it. */
public final class PatentFigures {
    static final Endpoint A = FakeControl.A;
    static final Endpoint B = FakeControl.B;
    static final Endpoint C = FakeControl.C;

    private static final String REQUEST =
            "GET /index.html HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n\r\n";
    private static final String ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\nHello world\n";
    private static final String MISSING = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

    private PatentFigures() {}

    /** The original refuses the SYN; its RST is held back, and the SYN goes to another server. */
    static FakeControl fig5() {
        FakeControl control = FakeControl.empty();
        new Talk(control, Strategy.ORIGINAL_FIRST, Recover.DEFAULT, Bind.CONNECT, B, C)
                .client(SYN, "")
                .after(0.31)
                .server(A, RST | ACK, "")
                .after(0.42)
                .server(B, SYN | ACK, "")
                .after(0.05)
                .client(ACK, "")
                .after(0.02)
                .client(PSH | ACK, REQUEST)
                .after(0.6)
                .server(B, ACK, "")
                .server(B, PSH | ACK, ANSWER)
                .after(0.1)
                .client(ACK, "")
                .after(0.2)
                .client(FIN | ACK, "")
                .after(0.4)
                .server(B, FIN | ACK, "")
                .after(0.03)
                .client(ACK, "");
        return control;
    }

    /** The original takes the connection, and has not got what it is asked for; SYN and request are replayed elsewhere. */
    public static FakeControl fig6() {
        FakeControl control = FakeControl.empty();
        Recover recover =
                new Recover(true, true, true, false, List.of(new Statuses(404, 404)), false);
        connected(control, recover)
                .server(A, PSH | ACK, MISSING)
                .after(0.6)
                .server(B, SYN | ACK, "")
                .after(0.7)
                .server(B, PSH | ACK, ANSWER)
                .after(0.06)
                .client(ACK, "");
        return control;
    }

    /** The same where the original resets the connection instead. */
    static FakeControl fig6Reset() {
        FakeControl control = FakeControl.empty();
        connected(control, Recover.DEFAULT)
                .server(A, RST | ACK, "")
                .after(0.6)
                .server(B, SYN | ACK, "")
                .after(0.7)
                .server(B, PSH | ACK, ANSWER)
                .after(0.06)
                .client(ACK, "");
        return control;
    }

    /** A client has sent its request to the original, half a millisecond ago. */
    private static Talk connected(FakeControl control, Recover recover) {
        return new Talk(control, Strategy.ORIGINAL_FIRST, recover, Bind.CONNECT, B, C)
                .client(SYN, "")
                .after(0.4)
                .server(A, SYN | ACK, "")
                .after(0.04)
                .client(ACK, "")
                .client(PSH | ACK, REQUEST)
                .after(0.5);
    }

    /** The handshake is faked; the first packet on the network is sent when the URL is known. */
    static FakeControl fig7() {
        FakeControl control = FakeControl.empty();
        UrlPattern page =
                new UrlPattern(Optional.empty(), Optional.of("/index.html"), Set.of(), List.of());
        Bind bind =
                new Bind(
                        Bind.By.URL,
                        Bind.Accept.INSTANT,
                        Bind.CONNECT.timerNanos(),
                        List.of(Route.to(page, List.of(ServerConfig.of(C)))));
        new Talk(control, Strategy.IN_ORDER, Recover.DEFAULT, bind, A, B)
                .client(SYN, "")
                .after(0.05)
                .client(ACK, "")
                .client(PSH | ACK, REQUEST)
                .after(0.8)
                .server(C, SYN | ACK, "")
                .after(0.9)
                .server(C, PSH | ACK, ANSWER)
                .after(0.07)
                .client(ACK, "");
        return control;
    }

    /** One SYN becomes three; the first answer wins, the others are reset. */
    static FakeControl fig8() {
        FakeControl control = FakeControl.empty();
        new Talk(control, Strategy.RACE, Recover.DEFAULT, Bind.CONNECT, A, B, C)
                .client(SYN, "")
                .after(0.9)
                .server(B, SYN | ACK, "")
                .after(0.05)
                .client(ACK, "")
                .client(PSH | ACK, REQUEST)
                .after(0.1)
                .server(C, SYN | ACK, "")
                .after(0.7)
                .server(B, PSH | ACK, ANSWER)
                .after(0.06)
                .client(ACK, "");
        return control;
    }

    /** B does not answer in 250 ms, so C is raced; the request is sent again meanwhile. */
    static FakeControl staggered() {
        FakeControl control = FakeControl.empty();
        new Talk(control, Strategy.STAGGERED, Recover.DEFAULT, Bind.CONNECT, B, C)
                .client(SYN, "")
                .after(251.2)
                .server(C, SYN | ACK, "")
                .after(0.05)
                .client(ACK, "")
                .client(PSH | ACK, REQUEST)
                .after(201)
                .clientAgain(PSH | ACK, REQUEST)
                .after(0.7)
                .server(C, PSH | ACK, ANSWER)
                .after(0.06)
                .client(ACK, "");
        return control;
    }
}
