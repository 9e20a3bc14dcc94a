package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.refusal;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Bind.Accept;
import dev.understudy.dispatcher.config.Bind.By;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.protocol.Redirect;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.dispatcher.protocol.UrlRewrite;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A client whose server is chosen by what it asks for (FIG. 7). */
class BindingTest {
    private static final String IMAGE = "GET /images/a HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    private static final String PAGE = "GET /page HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    private static final String OLD = "GET /old/x HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    private static final String GONE = "GET /gone HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static UrlPattern path(String path) {
        return new UrlPattern(Optional.empty(), Optional.of(path), Set.of(), List.of());
    }

    private static Route held(String path, String server) {
        return Route.to(path(path), List.of(ServerConfig.of(Endpoint.parse(server))));
    }

    private static Stage stage(Accept accept) {
        Route moved =
                new Route(
                        path("/old/**"),
                        List.of(ServerConfig.of(Endpoint.parse(B))),
                        Optional.of(UrlRewrite.parse("/a/much/newer/place/**")),
                        Optional.empty(),
                        false);
        Route gone =
                new Route(
                        path("/gone"),
                        List.of(),
                        Optional.empty(),
                        Optional.of(new Redirect(302, "http://10.20.0.3/")),
                        false);
        List<Route> routes = List.of(held("/images/**", B), held("/page", C), moved, gone);
        return Stage.plan()
                .strategy(Strategy.IN_ORDER)
                .bind(new Bind(By.URL, accept, 250_000_000L, routes))
                .build();
    }

    private static int after(String... parts) {
        return 1 + String.join("", parts).length();
    }

    /** The client is connected, to us alone; returns our ISN. */
    private static int connect(Stage stage) {
        stage.clientSyn();
        ByteBuf frame = stage.pollClient();
        int isn = TestPackets.parse(frame).seq();
        stage.client(up(1, isn + 1).build());
        return isn;
    }

    @Test
    @Tag("P27")
    void handshakeIsAnsweredWithNothingOnTheNetworkSide() {
        Stage stage = stage(Accept.INSTANT);

        stage.clientSyn();

        stage.toClient().from(ORIGINAL).to(CLIENT).flags("S.").ack(ISN + 1);
        stage.silent();
        assertThat(stage.session().phase()).isEqualTo("binding");
    }

    @Test
    @Tag("P27")
    void isnIsNotTheSameForAnotherClient() {
        Stage stage = stage(Accept.INSTANT);
        stage.client(TestPackets.tcp("10.0.0.1:40001", ORIGINAL).syn().seq(5).build());
        stage.client(TestPackets.tcp("10.0.0.1:40002", ORIGINAL).syn().seq(5).build());

        int first = TestPackets.parse(stage.pollClient()).seq();
        int second = TestPackets.parse(stage.pollClient()).seq();

        assertThat(Math.abs(first - second)).isGreaterThan(1_000);
    }

    @Test
    @Tag("P28")
    @Tag("P30")
    @Tag("P32")
    void urlDecidesWhoSeesTheSyn() {
        Stage stage = stage(Accept.INSTANT);
        int isn = connect(stage);
        stage.silent();

        stage.client(up(1, isn + 1).flags("P.").payload(IMAGE).build());

        stage.toNetwork().from(OURS).to(B).flags("S").seq(ISN);
        stage.silent();
        stage.network(synAck(B, 9000).build());
        stage.toNetwork().to(B).flags(".").seq(ISN + 1).ack(9001).noPayload();
        stage.toNetwork().to(B).seq(ISN + 1).ack(9001).payload(IMAGE);
        stage.network(down(B, 9001, after(IMAGE)).flags("P.").payload(OK).build());
        stage.toClient().from(ORIGINAL).seq(isn + 1).ack(ISN + after(IMAGE)).payload(OK);
        stage.silent();
        stage.client(up(after(IMAGE), isn + 1 + OK.length()).build());
        stage.toNetwork().to(B).ack(9001 + OK.length());
        assertThat(stage.session().delta()).isEqualTo(9000 - isn);
    }

    @Test
    @Tag("P29")
    void headInTwoSegmentsOutOfOrder() {
        Stage stage = stage(Accept.INSTANT);
        int isn = connect(stage);

        stage.client(up(11, isn + 1).flags("P.").payload(IMAGE.substring(10)).build());
        stage.silent();
        stage.client(up(1, isn + 1).flags("P.").payload(IMAGE.substring(0, 10)).build());

        stage.toNetwork().to(B).flags("S").seq(ISN);
        stage.network(synAck(B, 9000).build());
        stage.toNetwork().to(B).noPayload();
        stage.toNetwork().to(B).seq(ISN + 1).payload(IMAGE);
    }

    @Test
    void slowHeadIsAcknowledgedAfterAWhile() {
        Stage stage = stage(Accept.INSTANT);
        int isn = connect(stage);
        stage.client(up(1, isn + 1).flags("P.").payload(IMAGE.substring(0, 10)).build());
        stage.silent();

        stage.pass(150);

        stage.toClient().from(ORIGINAL).flags(".").seq(isn + 1).ack(ISN + 11);
        stage.silent();
        stage.client(up(11, isn + 1).flags("P.").payload(IMAGE.substring(10)).build());
        stage.toNetwork().to(B).flags("S").seq(ISN);
    }

    @Test
    @Tag("P31")
    void unknownUrlGoesToTheServersOfTheService() {
        Stage stage = stage(Accept.INSTANT);
        int isn = connect(stage);

        stage.client(up(1, isn + 1).flags("P.").payload("GET / HTTP/1.0\r\n\r\n").build());

        stage.toNetwork().to(A).flags("S");
    }

    @Test
    @Tag("P34")
    void nextUrlOfTheSameConnectionGoesToAnotherServer() {
        Stage stage = stage(Accept.INSTANT);
        int isn = connect(stage);
        stage.client(up(1, isn + 1).flags("P.").payload(IMAGE).build());
        stage.network(synAck(B, 9000).build());
        stage.network(down(B, 9001, after(IMAGE)).flags("P.").payload(OK).build());
        stage.flush();

        stage.client(up(after(IMAGE), isn + 1 + OK.length()).flags("P.").payload(PAGE).build());

        stage.toNetwork().to(B).flags("F.").seq(ISN + after(IMAGE)).ack(9001 + OK.length());
        stage.toNetwork().to(C).flags("S").seq(ISN + after(IMAGE) - 1);
        stage.network(
                TestPackets.tcp(C, OURS)
                        .flags("S.")
                        .seq(70)
                        .ack(ISN + after(IMAGE))
                        .mss(1460)
                        .sackPermitted()
                        .windowScale(9)
                        .build());
        stage.toNetwork().to(C).flags(".").seq(ISN + after(IMAGE)).ack(71);
        stage.toNetwork().to(C).seq(ISN + after(IMAGE)).payload(PAGE);
        stage.network(down(C, 71, after(IMAGE, PAGE)).flags("P.").payload(OK).build());
        stage.toClient().from(ORIGINAL).seq(isn + 1 + OK.length()).payload(OK);
        stage.network(down(B, 9001 + OK.length(), after(IMAGE) + 1).fin().build());
        stage.toNetwork().to(B).flags(".").ack(9002 + OK.length());
        stage.silent();
    }

    @Test
    @Tag("P35")
    void movedPageIsFetchedFromWhereItIs() {
        Stage stage = stage(Accept.INSTANT);
        int isn = connect(stage);

        stage.client(up(1, isn + 1).flags("P.").payload(OLD).build());
        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags("S");
        stage.toNetwork().to(B).noPayload();
        String sent = text(stage.pollNetwork());
        assertThat(sent).startsWith("GET /a/much/newer/place/x HTTP/1.1\r\n");
        stage.network(down(B, 9001, 1 + sent.length()).flags("P.").payload(OK).build());
        stage.toClient().seq(isn + 1).ack(ISN + after(OLD)).payload(OK);
        stage.client(up(after(OLD), isn + 1 + OK.length()).flags("P.").payload(IMAGE).build());
        stage.toNetwork().to(B).seq(ISN + 1 + sent.length()).payload(IMAGE);
        stage.network(
                down(B, 9001 + OK.length(), 1 + sent.length() + IMAGE.length())
                        .flags("P.")
                        .payload(OK)
                        .build());
        stage.toClient().seq(isn + 1 + OK.length()).ack(ISN + after(OLD, IMAGE)).payload(OK);
        stage.client(
                up(after(OLD, IMAGE), isn + 1 + 2 * OK.length()).flags("P.").payload(OLD).build());
        stage.toNetwork().to(B).seq(ISN + 1 + sent.length() + IMAGE.length()).payload(sent);
        stage.toClient().flags(".").ack(ISN + after(OLD, IMAGE, OLD));
        stage.network(
                down(B, 9001 + 2 * OK.length(), 1 + 2 * sent.length() + IMAGE.length())
                        .flags("P.")
                        .payload(OK)
                        .build());
        stage.toClient()
                .seq(isn + 1 + 2 * OK.length())
                .ack(ISN + after(OLD, IMAGE, OLD))
                .payload(OK);
        stage.silent();
    }

    @Test
    @Tag("P36")
    void redirectionIsAnsweredHereAndTheConnectionClosed() {
        Stage stage = stage(Accept.INSTANT);
        int isn = connect(stage);

        stage.client(up(1, isn + 1).flags("P.").payload(GONE).build());

        ByteBuf frame = stage.pollClient();
        Packet answer = TestPackets.parse(frame);
        String said = text(frame);
        assertThat(said).startsWith("HTTP/1.1 302 Found\r\nLocation: http://10.20.0.3/\r\n");
        assertThat(answer.seq()).isEqualTo(isn + 1);
        stage.client(up(after(GONE), isn + 2 + said.length()).fin().build());
        stage.toClient().flags(".").ack(ISN + after(GONE) + 1);
        stage.silent();
        assertThat(stage.events()).endsWith(Kind.CLOSED);
        stage.pass(120_000);
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    @Tag("P36")
    void lostRedirectionIsSentAgain() {
        Stage stage = stage(Accept.INSTANT);
        int isn = connect(stage);
        stage.client(up(1, isn + 1).flags("P.").payload(GONE).build());
        String said = text(stage.pollClient());
        stage.flush();

        stage.pass(1_500);

        assertThat(text(stage.pollClient())).isEqualTo(said);
    }

    @Test
    @Tag("P63")
    void clientThatSaysNothingIsBoundByItsAddress() {
        Stage stage = stage(Accept.INSTANT);
        int isn = connect(stage);

        stage.pass(250);

        stage.toNetwork().to(A).flags("S").seq(ISN);
        stage.network(synAck(A, 9000).build());
        stage.toNetwork().to(A).flags(".").ack(9001);
        stage.network(down(A, 9001, 1).flags("P.").payload("220 ready\r\n").build());
        stage.toClient().seq(isn + 1).payload("220 ready\r\n");
        stage.silent();
    }

    @Test
    @Tag("B02")
    void refusedStaysRefused() {
        Stage stage = stage(Accept.HONEST);
        stage.clientSyn();
        stage.network(refusal(A).build());
        stage.network(refusal(B).build());

        stage.network(refusal(C).build());

        stage.toClient().from(ORIGINAL).flags("R.").ack(ISN + 1);
    }

    @Test
    @Tag("B02")
    void honestHandshakeWaitsForAServerAndTheUrlMovesIt() {
        Stage stage = stage(Accept.HONEST);
        stage.clientSyn();
        stage.toNetwork().to(A).flags("S");
        stage.network(synAck(A, 5000).build());
        stage.toClient().from(ORIGINAL).flags("S.").seq(5000);
        stage.client(up(1, 5001).timestamps(1001, 77_000).build());
        stage.toNetwork().to(A).flags(".");

        stage.client(up(1, 5001).flags("P.").timestamps(1002, 77_000).payload(IMAGE).build());

        stage.toNetwork().to(A).flags("F.").seq(ISN + 1);
        stage.toNetwork().to(B).flags("S").seq(ISN);
        stage.network(synAck(B, 9000).build());
        stage.toNetwork().to(B).flags(".");
        stage.toNetwork().to(B).payload(IMAGE);
        stage.network(
                down(B, 9001, after(IMAGE)).flags("P.").timestamps(3, 1002).payload(OK).build());
        stage.toClient().seq(5001).payload(OK);
        stage.silent();
    }

    @Test
    void clientThatClosesBeforeItAsksIsAnswered() {
        Stage stage = stage(Accept.INSTANT);
        int isn = connect(stage);

        stage.client(up(1, isn + 1).fin().build());

        stage.toClient().flags("F.").seq(isn + 1).ack(ISN + 2);
        stage.client(up(2, isn + 2).build());
        assertThat(stage.events()).endsWith(Kind.CLOSED);
        stage.silent();
    }

    private static String text(ByteBuf frame) {
        Packet packet = TestPackets.parse(frame);
        return frame.toString(
                packet.payload(), packet.payloadLength(), StandardCharsets.ISO_8859_1);
    }
}
