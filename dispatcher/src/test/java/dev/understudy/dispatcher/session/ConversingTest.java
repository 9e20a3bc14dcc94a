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

import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Statuses;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session whose conversation is read along: HTTP between the client and whichever server has the part. */
class ConversingTest {
    private static final String GET = "GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    private static final String POST =
            "POST /a HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 2\r\n\r\nhi";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final String MISSING = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone";
    private static final Recover ALL =
            new Recover(true, true, true, true, List.of(new Statuses(404, 404)), true);

    private static Stage stage() {
        return Stage.plan().strategy(Strategy.IN_ORDER).recover(ALL).build().establish();
    }

    /** The client asks, and A has the request. */
    private static Stage asked(String request) {
        Stage stage = stage();
        stage.client(up(1, 5001).flags("P.").payload(request).build());
        stage.toNetwork().to(A).payload(request);
        stage.silent();
        return stage;
    }

    private static int after(String... parts) {
        return 1 + String.join("", parts).length();
    }

    @Test
    void requestAndAnswerPass() {
        Stage stage = asked(GET);

        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK).build());

        stage.toClient().from(ORIGINAL).to(CLIENT).seq(5001).ack(ISN + after(GET)).payload(OK);
        stage.silent();
        assertThat(stage.session().storedPackets()).isPositive();
    }

    @Test
    void sessionThatIsReadAlongOutlivesTheTimeOfAHandshake() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK).build());
        stage.client(up(after(GET), 5001 + OK.length()).build());

        stage.pass(Relaying.HALF_OPEN_NANOS / Stage.MILLIS + 1_000);

        assertThat(stage.session().phase()).isEqualTo("relaying");
        assertThat(stage.snapshot().counters()).containsEntry("half-open", 0L);
    }

    @Test
    @Tag("P21")
    void anotherServersAnswerReplacesA404() {
        Stage stage = asked(GET);

        stage.network(down(A, 5001, after(GET)).flags("P.").payload(MISSING).build());

        stage.toNetwork().from(OURS).to(B).flags("S").seq(ISN);
        stage.silent();
        stage.network(synAck(B, 9000).build());
        stage.toNetwork().to(B).flags(".").seq(ISN + 1).noPayload();
        stage.toNetwork().to(B).seq(ISN + 1).payload(GET);
        stage.network(down(B, 9001, after(GET)).flags("P.").payload(OK).build());
        stage.toNetwork().to(A).flags("R").seq(ISN + after(GET));
        stage.toClient().from(ORIGINAL).seq(5001).payload(OK);
        stage.silent();
        assertThat(stage.events())
                .containsSubsequence(Kind.RELOCATING, Kind.RELOCATED, Kind.HIDDEN);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 12, 13, 30})
    @Tag("P21")
    void a404IsHeldBackInAnySegmentation(int cut) {
        Stage stage = asked(GET);

        stage.network(
                down(A, 5001, after(GET)).flags("P.").payload(MISSING.substring(0, cut)).build());
        stage.network(
                down(A, 5001 + cut, after(GET))
                        .flags("P.")
                        .payload(MISSING.substring(cut))
                        .build());

        assertThat(stage.framesToClient()).isZero();
        stage.toNetwork().to(B).flags("S").seq(ISN);
    }

    /** Its server sends nothing more before it has an acknowledgement (RFC 896). */
    @Test
    @Tag("P21")
    void serverWhoseHeadIsHeldBackIsNotLeftWaiting() {
        Stage stage = asked(GET);
        stage.network(
                down(A, 5001, after(GET)).flags("P.").payload(MISSING.substring(0, 5)).build());
        stage.silent();

        stage.pass(40);
        stage.toNetwork().to(A).flags(".").seq(ISN + after(GET)).ack(5006);
        stage.network(down(A, 5006, after(GET)).flags("P.").payload(MISSING.substring(5)).build());

        assertThat(stage.framesToClient()).isZero();
        stage.toNetwork().to(B).flags("S").seq(ISN);
    }

    @Test
    @Tag("P21")
    void whatWasAcknowledgedForTheClientIsDeliveredToItWhateverGetsLost() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK.substring(0, 5)).build());
        stage.pass(40);
        stage.toNetwork().to(A).ack(5006);
        stage.network(down(A, 5006, after(GET)).flags("P.").payload(OK.substring(5, 20)).build());
        stage.toNetwork().to(A).ack(5021);
        assertThat(stage.framesToClient()).isZero();

        stage.network(down(A, 5021, after(GET)).flags("P.").payload(OK.substring(20)).build());

        stage.toClient().from(ORIGINAL).seq(5001).payload(OK.substring(0, 20));
        stage.toClient().from(ORIGINAL).seq(5021).payload(OK.substring(20));
        stage.pass(1100);
        stage.toClient().from(ORIGINAL).seq(5001).payload(OK.substring(0, 20));
        stage.flush();
        stage.client(up(after(GET), 5001 + OK.length()).build());
        stage.toNetwork().to(A).ack(5001 + OK.length());
        stage.pass(10_000);
        assertThat(stage.framesToClient()).isZero();
    }

    @Test
    @Tag("P22")
    void whenAllAnswer404TheClientGetsOneRealOne() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(MISSING).build());
        stage.network(synAck(B, 9000).build());
        stage.network(down(B, 9001, after(GET)).flags("P.").payload(MISSING).build());
        stage.network(synAck(C, 100).build());
        stage.flush();

        stage.network(down(C, 101, after(GET)).flags("P.").payload(MISSING).build());

        stage.toNetwork().to(B).flags("R");
        stage.toClient().from(ORIGINAL).seq(5001).payload(MISSING);
        stage.silent();
        assertThat(stage.session().server()).hasToString(C);
    }

    @Test
    @Tag("P22")
    void a404IsDeliveredAfterAllWhenNobodyElseAnswers() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(MISSING).build());
        stage.network(refusal(B).build());
        stage.flush();

        stage.network(refusal(C).build());

        stage.toClient().from(ORIGINAL).seq(5001).payload(MISSING);
        stage.silent();
        assertThat(stage.session().server()).hasToString(A);
        stage.client(up(after(GET), 5001 + MISSING.length()).build());
        stage.toNetwork().to(A).ack(5001 + MISSING.length());
    }

    @Test
    @Tag("B07")
    void postThatWasAnswered404IsNotRepeated() {
        Stage stage = asked(POST);

        stage.network(down(A, 5001, after(POST)).flags("P.").payload(MISSING).build());

        stage.toClient().seq(5001).payload(MISSING);
        stage.silent();
    }

    @Test
    @Tag("P19")
    void secondRequestOfAConnectionIsReplayedToo() {
        Stage stage = answered();
        stage.client(up(after(GET), 5006).flags("P.").build());
        stage.client(up(after(GET), 5001 + OK.length()).flags("P.").payload(GET).build());
        stage.flush();

        stage.network(down(A, 5001 + OK.length(), after(GET, GET)).flags("R.").build());

        stage.toNetwork().to(B).flags("S").seq(ISN + after(GET) - 1);
        stage.network(
                TestPackets.tcp(B, OURS)
                        .flags("S.")
                        .seq(9000)
                        .ack(ISN + after(GET))
                        .mss(1460)
                        .sackPermitted()
                        .timestamps(7, 1000)
                        .windowScale(9)
                        .build());
        stage.toNetwork().to(B).flags(".").seq(ISN + after(GET)).ack(9001);
        stage.toNetwork().to(B).seq(ISN + after(GET)).payload(GET);
        stage.network(down(B, 9001, after(GET, GET)).flags("P.").payload(OK).build());
        stage.toClient().from(ORIGINAL).seq(5001 + OK.length()).payload(OK);
        stage.silent();
        stage.client(up(after(GET, GET), 5001 + 2 * OK.length()).build());
        stage.toNetwork().to(B).seq(ISN + after(GET, GET)).ack(9001 + OK.length());
    }

    /** One exchange is over and acknowledged. */
    private static Stage answered() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK).build());
        stage.client(up(after(GET), 5001 + OK.length()).timestamps(1005, 77_000).build());
        stage.flush();
        return stage;
    }

    @Test
    @Tag("B04")
    void serverThatClosesAnIdleConnectionIsNotMissed() {
        Stage stage = answered();

        stage.network(down(A, 5001 + OK.length(), after(GET)).flags("F.").build());

        assertThat(stage.framesToClient()).isZero();
        stage.toNetwork().to(A).flags("F.").seq(ISN + after(GET)).ack(5002 + OK.length());
        assertThat(stage.session().phase()).isEqualTo("binding");
        stage.client(up(after(GET), 5001 + OK.length()).flags("P.").payload(GET).build());
        Packet syn = TestPackets.parse(stage.pollNetwork());
        assertThat(syn.seq()).isEqualTo(ISN + after(GET) - 1);
        assertThat(syn.srcPort()).as("not that of the leg before").isNotEqualTo(40_000);
        stage.network(
                TestPackets.tcp(A, "10.9.0.2:" + syn.srcPort())
                        .flags("R.")
                        .seq(0)
                        .ack(ISN + after(GET))
                        .build());
        stage.toNetwork().to(B).flags("S").seq(ISN + after(GET) - 1);
    }

    @Test
    @Tag("P20")
    void serverThatFallsSilentIsAskedAndThenLeft() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).build());
        stage.toClient().noPayload();

        stage.pass(2_100);

        stage.toNetwork().to(A).flags(".").seq(ISN + after(GET) - 1).noPayload();
        stage.toNetwork().to(A).flags(".").seq(ISN + after(GET) - 1).noPayload();
        stage.toNetwork().to(A).flags("R");
        stage.toNetwork().to(B).flags("S").seq(ISN);
    }

    @Test
    @Tag("P20")
    void slowApplicationIsNoDeadHost() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).build());
        stage.flush();

        for (int i = 0; i < 20; i++) {
            stage.pass(700);
            if (stage.framesToNetwork() > 0) {
                stage.toNetwork().to(A).noPayload();
                stage.network(down(A, 5001, after(GET)).build());
            }
        }

        assertThat(stage.framesToClient()).as("answers to probes are ours").isZero();
        assertThat(stage.session().server()).hasToString(A);
    }

    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\n\r\n";

    /** Six of ten bytes are delivered and acknowledged. */
    private static Stage inTheMiddle() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(HEAD + "012345").build());
        stage.client(up(after(GET), 5001 + HEAD.length() + 6).timestamps(1005, 77_000).build());
        stage.flush();
        return stage;
    }

    @Test
    @Tag("B03")
    void answerIsResumedWhereTheClientStands() {
        Stage stage = inTheMiddle();

        stage.network(down(A, 5001 + HEAD.length() + 6, after(GET)).flags("R.").build());
        stage.toNetwork().to(B).flags("S").seq(ISN);
        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags(".").seq(ISN + 1).ack(9001).noPayload();
        String asked = text(stage.pollNetwork());
        assertThat(asked)
                .contains("Range: bytes=6-")
                .contains("If-Range: \"v1\"")
                .startsWith("GET /a ");
        String partial = partial("bytes 6-9/10", 4);
        stage.network(
                down(B, 9001, 1 + asked.length()).flags("P.").payload(partial + "67").build());
        stage.toNetwork().to(B).flags(".").ack(9001 + partial.length());
        stage.toClient()
                .from(ORIGINAL)
                .seq(5001 + HEAD.length() + 6)
                .ack(ISN + after(GET))
                .payload("67");
        stage.network(
                down(B, 9001 + partial.length() + 2, 1 + asked.length())
                        .flags("P.")
                        .payload("89")
                        .build());
        stage.toClient().seq(5001 + HEAD.length() + 8).payload("89");
        stage.client(up(after(GET), 5001 + HEAD.length() + 10).timestamps(1006, 77_000).build());
        stage.toNetwork().to(B).seq(ISN + 1 + asked.length()).ack(9001 + partial.length() + 4);
        assertThat(stage.events()).contains(Kind.RESUMED, Kind.HIDDEN);
        stage.client(up(after(GET), 5001 + HEAD.length() + 10).flags("P.").payload(GET).build());
        stage.toNetwork().to(B).seq(ISN + 1 + asked.length()).payload(GET);
    }

    @Test
    void serverThatGoesOnIsNeverToldOfBytesThatItHasNotSent() {
        Stage stage = asked(GET);
        int body = 5001 + HEAD.length();
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(HEAD + "012345").build());
        stage.client(up(after(GET), body + 4).timestamps(1005, 77_000).build());
        stage.network(down(A, body + 6, after(GET)).flags("R.").build());
        stage.network(synAck(B, 9000).build());
        int asked = askedAgain(stage);
        // What A had sent was still on its way, and arrives.
        stage.client(up(after(GET), body + 6).timestamps(1006, 77_000).build());
        stage.flush();

        String partial = partial("bytes 4-9/10", 6);
        int rest = 9001 + partial.length();
        stage.network(down(B, 9001, asked).flags("P.").payload(partial + "4").build());
        stage.flush();
        stage.client(up(after(GET), body + 6).timestamps(1007, 77_000).build());
        stage.toNetwork().to(B).ack(rest + 1);

        stage.network(down(B, rest + 1, asked).flags("P.").payload("56789").build());
        stage.flush();
        stage.client(up(after(GET), body + 10).timestamps(1008, 77_000).build());
        stage.toNetwork().to(B).ack(rest + 6);
    }

    /** Where the request ends that another server has got; forgets all else that is on its way to servers. */
    private static int askedAgain(Stage stage) {
        int length = 0;
        for (ByteBuf frame = stage.pollNetwork(); frame != null; frame = stage.pollNetwork()) {
            length = Math.max(length, TestPackets.parse(frame).payloadLength());
        }
        return 1 + length;
    }

    private static String partial(String range, int length) {
        return String.join(
                "\r\n",
                "HTTP/1.1 206 Partial Content",
                "Content-Length: " + length,
                "Content-Range: " + range,
                "ETag: \"v1\"",
                "",
                "");
    }

    @Test
    @Tag("B03")
    void anotherVersionIsNoResumption() {
        Stage stage = inTheMiddle();
        stage.network(down(A, 5001 + HEAD.length() + 6, after(GET)).flags("R.").build());
        stage.network(synAck(B, 9000).build());

        stage.network(
                down(B, 9001, askedAgain(stage))
                        .flags("P.")
                        .payload(HEAD.replace("v1", "v2") + "0123456789")
                        .build());

        stage.toNetwork().to(B).flags("R.");
        stage.toNetwork().to(C).flags("S");
        stage.network(refusal(C).build());
        stage.toClient().flags("R.").seq(5001 + HEAD.length() + 6);
        stage.silent();
    }

    private static final String PLAIN = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";

    @Test
    @Tag("B03")
    void withoutAValidatorTheBytesThemselvesAreTheProof() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(PLAIN + "012345").build());
        stage.client(up(after(GET), 5001 + PLAIN.length() + 6).timestamps(1005, 77_000).build());
        stage.flush();
        stage.network(down(A, 5001 + PLAIN.length() + 6, after(GET)).flags("F.").build());
        stage.toNetwork().to(A).flags("R");
        stage.toNetwork().to(B).flags("S").seq(ISN);
        stage.network(synAck(B, 9000).build());
        stage.toNetwork().to(B).flags(".");
        stage.toNetwork().to(B).payload(GET);

        stage.network(down(B, 9001, after(GET)).flags("P.").payload(PLAIN + "0123").build());
        stage.toNetwork().to(B).flags(".").ack(9001 + PLAIN.length() + 4);
        assertThat(stage.framesToClient()).isZero();
        stage.network(
                down(B, 9001 + PLAIN.length() + 4, after(GET))
                        .flags("P.")
                        .payload("456789")
                        .build());

        stage.toNetwork().to(B).flags(".").ack(9001 + PLAIN.length() + 6);
        stage.toClient().seq(5001 + PLAIN.length() + 6).payload("6789");
        stage.silent();
    }

    @Test
    @Tag("P20")
    void serverThatResetsBehindItsWholeAnswerIsNotMissed() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK).build());
        stage.toClient().payload(OK);

        stage.network(down(A, 5001 + OK.length(), 0).flags("R").build());

        stage.silent();
        stage.client(up(after(GET), 5001 + OK.length()).build());
        stage.client(up(after(GET), 5001 + OK.length()).flags("P.").payload(GET).build());
        stage.toNetwork().to(B).flags("S").seq(ISN + GET.length());
    }

    @Test
    @Tag("P20")
    void nothingIsAskedAgainBeforeTheClientHasSaidWhatItHas() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK).build());
        stage.flush();
        stage.network(down(A, 5001 + OK.length(), 0).flags("R").build());

        stage.client(up(1, 5001).flags("P.").payload(GET).build());
        stage.silent();
        stage.client(up(after(GET), 5001).flags("P.").payload(GET).build());
        stage.silent();

        stage.client(up(after(GET, GET), 5001 + OK.length()).build());
        stage.toNetwork().to(B).flags("S").seq(ISN + GET.length());
    }

    @Test
    @Tag("B03")
    void whatTheClientHasLostOfADigestedAnswerIsToldAgain() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(PLAIN + "012345").build());
        stage.client(up(after(GET), 5001 + PLAIN.length() + 2).timestamps(1005, 77_000).build());
        stage.flush();
        stage.network(down(A, 5001 + PLAIN.length() + 6, 0).flags("R").build());
        stage.network(synAck(B, 9000).build());
        stage.flush();

        stage.network(down(B, 9001, after(GET)).flags("P.").payload(PLAIN + "01234567").build());

        stage.toClient().seq(5001 + PLAIN.length() + 2).payload("234567");
        stage.toNetwork().to(B).flags(".").ack(9001 + PLAIN.length() + 8).window(0);
        stage.client(up(after(GET), 5001 + PLAIN.length() + 8).timestamps(1006, 77_001).build());
        stage.toNetwork().to(B).flags(".").ack(9001 + PLAIN.length() + 8);
        stage.network(
                down(B, 9001 + PLAIN.length() + 8, after(GET)).flags("P.").payload("89").build());
        stage.toClient().seq(5001 + PLAIN.length() + 8).payload("89");
    }

    @Test
    @Tag("B03")
    void whatCannotBeKeptForTheClientIsNotTold() {
        Stage stage =
                Stage.plan()
                        .strategy(Strategy.IN_ORDER)
                        .recover(ALL)
                        .limits(new Limits(10, 10, 900, 900))
                        .build()
                        .establish();
        stage.client(up(1, 5001).flags("P.").payload(GET).build());
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n";
        String body = "x".repeat(1000);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(head + body).build());
        stage.client(up(after(GET), 5001 + head.length()).timestamps(1005, 77_000).build());
        stage.network(down(A, 5001 + head.length() + 1000, 0).flags("R").build());
        stage.network(synAck(B, 9000).build());
        stage.flush();

        stage.network(down(B, 9001, after(GET)).flags("P.").payload(head + body).build());

        stage.toNetwork().to(B).flags("R.");
        stage.toNetwork().to(C).flags("S");
        assertThat(stage.framesToClient()).isZero();
    }

    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    @Test
    @Tag("B03")
    void chunksThatAreCutOtherwiseAreCutAsTheClientKnowsThem() {
        Stage stage = asked(GET);
        String first = CHUNKED + "6\r\n012";
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(first).build());
        stage.client(up(after(GET), 5001 + first.length()).timestamps(1005, 77_000).build());
        stage.flush();
        stage.network(down(A, 5001 + first.length(), 0).flags("R").build());
        stage.network(synAck(B, 9000).build());
        stage.flush();

        String whole = CHUNKED + "2\r\n01\r\n8\r\n23456789\r\n0\r\n\r\n";
        stage.network(down(B, 9001, after(GET)).flags("P.").payload(whole).build());

        String more = "345\r\n4\r\n6789";
        String rest = more + "\r\n0\r\n\r\n";
        stage.toClient().seq(5001 + first.length()).payload(more);
        stage.toClient().payload("\r\n0\r\n\r\n");
        stage.toNetwork().to(B).flags(".").ack(9001 + whole.length());
        int end = 5001 + first.length() + rest.length();
        stage.client(up(after(GET), end).timestamps(1006, 77_001).build());
        stage.flush();

        // The next exchange is translated like any other.
        stage.client(up(after(GET), end).flags("P.").timestamps(1007, 77_001).payload(GET).build());
        stage.toNetwork().to(B).seq(ISN + after(GET)).ack(9001 + whole.length()).payload(GET);
        stage.network(
                down(B, 9001 + whole.length(), after(GET, GET)).flags("P.").payload(OK).build());
        stage.toClient().seq(end).payload(OK);
    }

    @Test
    @Tag("B03")
    void otherBytesAreNoProof() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(PLAIN + "012345").build());
        stage.client(up(after(GET), 5001 + PLAIN.length() + 6).timestamps(1005, 77_000).build());
        stage.network(down(A, 5001 + PLAIN.length() + 6, after(GET)).flags("F.").build());
        stage.network(synAck(B, 9000).build());
        stage.flush();

        stage.network(down(B, 9001, after(GET)).flags("P.").payload(PLAIN + "0123X56789").build());

        stage.toNetwork().to(B).flags("R.");
        stage.toNetwork().to(C).flags("S");
        assertThat(stage.framesToClient()).isZero();
    }

    @Test
    void prematureCloseOfAPostIsTheClients() {
        Stage stage = asked(POST);

        stage.network(down(A, 5001, after(POST)).flags("F.").build());

        stage.toClient().flags("F.").seq(5001);
        stage.silent();
        assertThat(stage.count(Counter.NOT_RELOCATED)).isEqualTo(1);
    }

    @Test
    void whatIsNotHttpIsRelayedAsItIs() {
        Stage stage = asked("\0\1\2 whatever");

        stage.network(down(A, 5001, after("\0\1\2 whatever")).flags("P.").payload("\7\7").build());

        stage.toClient().seq(5001).payload("\7\7");
        stage.silent();
        stage.client(up(after("\0\1\2 whatever"), 5003).fin().build());
        stage.toNetwork().to(A).flags("F.");
        stage.network(down(A, 5003, after("\0\1\2 whatever") + 1).fin().build());
        stage.toClient().flags("F.");
        stage.client(up(after("\0\1\2 whatever") + 1, 5004).build());
        assertThat(stage.events()).endsWith(Kind.CLOSED);
        stage.flush();
        stage.pass(120_000);
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    void orderlyCloseEndsTheSessionAndLeavesNothing() {
        Stage stage = answered();

        stage.client(up(after(GET), 5001 + OK.length()).fin().build());
        stage.toNetwork().to(A).flags("F.");
        stage.network(down(A, 5001 + OK.length(), after(GET) + 1).fin().build());
        stage.toClient().flags("F.").seq(5001 + OK.length());
        stage.client(up(after(GET) + 1, 5002 + OK.length()).build());

        assertThat(stage.events()).endsWith(Kind.CLOSED);
        stage.flush();
        stage.pass(120_000);
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    private static String text(ByteBuf frame) {
        Packet packet = TestPackets.parse(frame);
        return frame.toString(
                packet.payload(), packet.payloadLength(), StandardCharsets.ISO_8859_1);
    }
}
