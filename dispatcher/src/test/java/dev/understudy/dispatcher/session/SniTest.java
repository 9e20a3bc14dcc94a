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
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole TLS sessions whose server is chosen by the name in the hello: B and C are shop.example, C is mail.example. */
class SniTest {
    private static final String SHOP = "shop.example";
    private static final byte[] HELLO = Hello.of(SHOP);
    private static final String SERVER_HELLO = "\u0016\u0003\u0003\u0000\u0004\u0002\0\0\0";
    private static final String ALERT = "\u0015\u0003\u0003\u0000\u0002\u0002(";

    /** What the hello's reader puts together at most. */
    private static final int MOST = 16_384;

    private static final int SEGMENT = 1_400;

    private static Stage.Plan plan(Accept accept) {
        List<Route> routes = List.of(route(SHOP, B, C), route("*.mail.example", C));
        return Stage.plan()
                .strategy(Strategy.IN_ORDER)
                .servers(A)
                .bind(new Bind(By.SNI, accept, 250_000_000L, routes));
    }

    private static Route route(String host, String... servers) {
        return Route.to(
                new UrlPattern(Optional.of(host), Optional.empty(), Set.of(), List.of()),
                Stream.of(servers).map(s -> ServerConfig.of(Endpoint.parse(s))).toList());
    }

    private final Stage stage = plan(Accept.INSTANT).build();

    /** Our ISN, once the client is connected. */
    private int isn;

    private void connect(Stage to) {
        to.clientSyn();
        isn = TestPackets.parse(to.pollClient()).seq();
        to.client(up(1, isn + 1).build());
        to.silent();
    }

    private void say(Stage to, byte[] bytes, int size) {
        for (int at = 0; at < bytes.length; at += size) {
            byte[] part = Arrays.copyOfRange(bytes, at, Math.min(at + size, bytes.length));
            to.client(up(1 + at, isn + 1).flags("P.").payload(part).build());
        }
    }

    /** The server accepts, and gets what the client has said so far, in its own numbers. */
    private static void accepts(Stage by, String server, int serverIsn, byte[] said) {
        by.toNetwork().from(OURS).to(server).flags("S").seq(ISN);
        by.silent();
        by.network(synAck(server, serverIsn).build());
        by.toNetwork().to(server).flags(".").seq(ISN + 1).ack(serverIsn + 1).noPayload();
        byte[] got = new byte[said.length];
        int length = 0;
        for (ByteBuf frame = by.pollNetwork(); frame != null; frame = by.pollNetwork()) {
            Packet packet = TestPackets.parse(frame);
            assertThat(packet.seq()).isEqualTo(ISN + 1 + length);
            frame.getBytes(packet.payload(), got, length, packet.payloadLength());
            length += packet.payloadLength();
            if (by.framesToNetwork() == 0 && length < said.length) {
                by.network(down(server, serverIsn + 1, 1 + length).build());
            }
        }
        assertThat(got).isEqualTo(said);
        assertThat(length).isEqualTo(said.length);
    }

    /** The server's first bytes reach the client as the original's. */
    private void answers(String server, int serverIsn, byte[] hello) {
        stage.flush();
        stage.network(
                down(server, serverIsn + 1, 1 + hello.length)
                        .flags("P.")
                        .payload(SERVER_HELLO)
                        .build());
        stage.toClient()
                .from(ORIGINAL)
                .to(CLIENT)
                .seq(isn + 1)
                .ack(ISN + 1 + hello.length)
                .payload(SERVER_HELLO);
    }

    // ---- who is chosen

    @Test
    @Tag("P28")
    @Tag("P30")
    @Tag("P32")
    void theNameDecidesWhoSeesTheSyn() {
        connect(stage);

        say(stage, HELLO, SEGMENT);

        accepts(stage, B, 9_000, HELLO);
        answers(B, 9_000, HELLO);
        stage.client(up(1 + HELLO.length, isn + 1 + SERVER_HELLO.length()).build());
        stage.toNetwork().to(B).ack(9_001 + SERVER_HELLO.length());
        stage.silent();
        assertThat(stage.events()).containsSubsequence(Kind.OPENED, Kind.BOUND);
    }

    @Test
    @Tag("P33")
    void anotherNameAtTheSameAddressIsAnotherServers() {
        connect(stage);

        byte[] hello = Hello.of("imap.MAIL.example");
        say(stage, hello, SEGMENT);

        accepts(stage, C, 9_000, hello);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 64, 79})
    @Tag("P29")
    void theHelloIsFoundHoweverItIsCutIntoSegments(int size) {
        connect(stage);
        int all = HELLO.length - 1;

        say(stage, Arrays.copyOf(HELLO, all), size);
        stage.silent();
        stage.client(
                up(HELLO.length, isn + 1)
                        .flags("P.")
                        .payload(Arrays.copyOfRange(HELLO, all, HELLO.length))
                        .build());

        accepts(stage, B, 9_000, HELLO);
        answers(B, 9_000, HELLO);
    }

    @Test
    @Tag("P29")
    void itsSegmentsMayComeInTheWrongOrder() {
        connect(stage);
        int cut = 40;
        byte[] rest = Arrays.copyOfRange(HELLO, cut, HELLO.length);

        stage.client(up(1 + cut, isn + 1).flags("P.").payload(rest).build());
        stage.silent();
        stage.client(up(1, isn + 1).payload(Arrays.copyOf(HELLO, cut)).build());

        accepts(stage, B, 9_000, HELLO);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 50})
    @Tag("P29")
    void theHelloIsFoundAcrossRecords(int size) {
        connect(stage);
        byte[] records = Hello.inRecords(HELLO, size);

        say(stage, records, 11);

        accepts(stage, B, 9_000, records);
        answers(B, 9_000, records);
    }

    @Test
    void aHelloOfSixteenKibibytesIsRead() {
        connect(stage);
        byte[] hello = Hello.ofLength(SHOP, MOST);

        say(stage, hello, SEGMENT);

        accepts(stage, B, 9_000, hello);
        answers(B, 9_000, hello);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, SEGMENT})
    void aLongerOneGoesWhereANamelessOneGoes(int size) {
        connect(stage);
        byte[] hello = Hello.inRecords(Hello.ofLength(SHOP, MOST + 1), 8_000);

        say(stage, hello, size);

        stage.toNetwork().to(A).flags("S");
        stage.network(synAck(A, 9_000).build());
        assertThat(stage.session().server()).hasToString(A);
    }

    static Stream<Arguments> nobodysWords() {
        return Stream.of(
                Arguments.of("no name", Hello.of("")),
                Arguments.of("a name that no route knows", Hello.of("other.example")),
                Arguments.of("a name above a route's", Hello.of("mail.example")),
                Arguments.of("no TLS", "SSH-2.0-client\r\n".getBytes(StandardCharsets.US_ASCII)),
                Arguments.of("HTTP", "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("nobodysWords")
    @Tag("P31")
    void whatNoRouteKnowsIsForTheServersOfTheService(String what, byte[] said) {
        connect(stage);

        say(stage, said, SEGMENT);

        accepts(stage, A, 9_000, said);
        answers(A, 9_000, said);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("nobodysWords")
    @Tag("P31")
    void whereAServiceHasNoneItIsForTheOriginal(String what, byte[] said) {
        Stage bare = plan(Accept.INSTANT).servers().build();
        connect(bare);

        say(bare, said, SEGMENT);

        accepts(bare, ORIGINAL, 9_000, said);
    }

    // ---- servers fail

    @Test
    @Tag("P16")
    @Tag("P64")
    void aRefusalIsHiddenByTheNextHolder() {
        connect(stage);
        say(stage, HELLO, SEGMENT);
        stage.toNetwork().to(B).flags("S").seq(ISN);

        stage.network(refusal(B).build());

        accepts(stage, C, 9_000, HELLO);
        answers(C, 9_000, HELLO);
        assertThat(stage.framesToClient()).isZero();
    }

    @Test
    @Tag("P17")
    @Tag("P64")
    void aSilentOneIsReplacedInTime() {
        connect(stage);
        say(stage, HELLO, SEGMENT);
        stage.toNetwork().to(B).flags("S").seq(ISN);

        stage.pass(1_999);
        stage.toNetwork().to(B).flags("S").seq(ISN);
        stage.pass(1);

        assertThat(nextSyn()).hasToString(C);
        stage.flush();
        stage.network(synAck(C, 9_000).build());
        stage.toNetwork().to(C).flags(".").noPayload();
        stage.toNetwork().to(C).seq(ISN + 1).payload(HELLO);
    }

    /** Also where the hello is in two records: nothing of the client's own has been said in either. */
    @ParameterizedTest
    @ValueSource(ints = {1_000, 50})
    @Tag("P19")
    @Tag("P64")
    void aResetBeforeTheServersHelloIsHiddenByTheNextHolder(int recordSize) {
        byte[] hello = Hello.inRecords(HELLO, recordSize);
        connect(stage);
        say(stage, hello, SEGMENT);
        accepts(stage, B, 9_000, hello);

        stage.network(down(B, 9_001, 1 + hello.length).flags("R.").build());

        accepts(stage, C, 20_000, hello);
        assertThat(stage.framesToClient()).isZero();
        answers(C, 20_000, hello);
        assertThat(stage.events()).containsSubsequence(Kind.RELOCATING, Kind.RELOCATED);
    }

    @Test
    @Tag("P20")
    void oneThatTakesTheHelloAndSaysNothingIsReplaced() {
        connect(stage);
        say(stage, HELLO, SEGMENT);
        accepts(stage, B, 9_000, HELLO);

        stage.pass(2_000);

        assertThat(nextSyn()).hasToString(C);
    }

    @ParameterizedTest
    @ValueSource(strings = {SERVER_HELLO, ALERT})
    void afterTheServersFirstByteAResetIsTheClients(String first) {
        connect(stage);
        say(stage, HELLO, SEGMENT);
        accepts(stage, B, 9_000, HELLO);
        stage.network(down(B, 9_001, 1 + HELLO.length).flags("P.").payload(first).build());
        stage.toClient().payload(first);

        stage.network(down(B, 9_001 + first.length(), 1 + HELLO.length).flags("R.").build());

        stage.toClient().from(ORIGINAL).flags("R.").seq(isn + 1 + first.length());
        stage.silent();
        assertThat(stage.events()).endsWith(Kind.RESET);
    }

    @Test
    void whatFollowsTheHelloBeforeAnAnswerIsNotSaidTwice() {
        connect(stage);
        say(stage, HELLO, SEGMENT);
        accepts(stage, B, 9_000, HELLO);
        byte[] early = "\u0017\u0003\u0003\u0000\u0004POST".getBytes(StandardCharsets.ISO_8859_1);
        stage.client(up(1 + HELLO.length, isn + 1).flags("P.").payload(early).build());
        stage.toNetwork().to(B).payload(early);

        stage.network(down(B, 9_001, 1 + HELLO.length + early.length).flags("R.").build());

        stage.toClient().from(ORIGINAL).flags("R.").seq(isn + 1);
        stage.silent();
        assertThat(stage.events()).contains(Kind.NOT_RELOCATED);
    }

    /** Whom the next SYN on its way is for. */
    private Endpoint nextSyn() {
        Packet packet = TestPackets.parse(stage.pollNetwork());
        while (!packet.has(Tcp.SYN)) {
            packet = TestPackets.parse(stage.pollNetwork());
        }
        return Endpoint.of(packet.dstHi(), packet.dstLo(), packet.dstPort());
    }

    // ---- the ends of it

    @Test
    @Tag("B02")
    void anHonestHandshakeIsAServersAndTheNameMovesIt() {
        Stage honest = plan(Accept.HONEST).build();
        honest.clientSyn();
        honest.toNetwork().to(A).flags("S");
        honest.network(synAck(A, 5_000).build());
        honest.toClient().from(ORIGINAL).flags("S.").seq(5_000);
        honest.client(up(1, 5_001).timestamps(1001, 77_000).build());
        honest.toNetwork().to(A).flags(".");

        honest.client(up(1, 5_001).flags("P.").timestamps(1002, 77_000).payload(HELLO).build());

        honest.toNetwork().to(A).flags("F.").seq(ISN + 1);
        accepts(honest, B, 9_000, HELLO);
    }

    @Test
    @Tag("P63")
    void aClientThatSaysNothingIsBoundByItsAddress() {
        connect(stage);

        stage.pass(250);

        stage.toNetwork().to(A).flags("S").seq(ISN);
    }

    @Test
    void oneThatLeavesInTheMiddleOfItsHelloLeavesNothingBehind() {
        connect(stage);
        say(stage, Arrays.copyOf(HELLO, 20), SEGMENT);

        stage.client(up(21, isn + 1).flags("R.").build());

        stage.silent();
        stage.pass(120_000);
        assertThat(stage.dispatcher.idle()).isTrue();
    }
}
