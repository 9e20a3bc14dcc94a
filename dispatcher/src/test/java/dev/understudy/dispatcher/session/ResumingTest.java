package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.refusal;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static dev.understudy.dispatcher.session.Talk.ALL;
import static dev.understudy.dispatcher.session.Talk.GET;
import static dev.understudy.dispatcher.session.Talk.OK;
import static dev.understudy.dispatcher.session.Talk.after;
import static dev.understudy.dispatcher.session.Talk.asked;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer whose server is lost in the middle is taken up where the client stands, if another one proves that it has the same. */
class ResumingTest {
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\n\r\n";
    private static final String PLAIN = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

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
        assertThat(cost(stage)).isEqualTo(asked.length());
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

    /** The bytes that the only hidden failure has cost. */
    private static long cost(Stage stage) {
        return stage.dispatcher.events().after(0, 1_000).stream()
                .filter(event -> event.kind() == Kind.HIDDEN)
                .mapToLong(Event::bytes)
                .sum();
    }

    /** The server could not even send its head, and would be given up like a dead one. */
    @Test
    @Tag("B03")
    void clientThatTakesNothingNowKeepsNoServerFromProvingThatItHasTheSame() {
        Stage stage = inTheMiddle();
        stage.client(up(after(GET), 5001 + HEAD.length() + 6).window(0).build());
        stage.network(down(A, 5001 + HEAD.length() + 6, after(GET)).flags("R.").build());
        stage.flush();

        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags(".").window((1 << 19) >> 7);
        int asked = askedAgain(stage);
        String partial = partial("bytes 6-9/10", 4);
        stage.network(down(B, 9001, asked).flags("P.").payload(partial).build());
        // From here on its bytes are the client's, and so is the window.
        stage.toNetwork().to(B).flags(".").ack(9001 + partial.length()).window(0);
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
        assertThat(cost(stage)).as("asked again, and six read again").isEqualTo(GET.length() + 6);
        stage.silent();
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

    private static String text(ByteBuf frame) {
        Packet packet = TestPackets.parse(frame);
        return frame.toString(
                packet.payload(), packet.payloadLength(), StandardCharsets.ISO_8859_1);
    }

    private static ByteBuf unreachable(int offset) {
        ByteBuf sent = TestPackets.tcp(OURS, B).seq(ISN + offset).ack(9001).build();
        return TestPackets.error("10.20.0.254", Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, sent)
                .build();
    }

    /** A was lost in the middle of its answer. */
    private static Stage lost() {
        Stage stage = inTheMiddle();
        stage.network(down(A, 5001 + HEAD.length() + 6, after(GET)).flags("R.").build());
        stage.toNetwork().to(B).flags("S").seq(ISN);
        return stage;
    }

    @Test
    @Tag("B03")
    void serverThatIsUnreachableIsNotWaitedForWhateverItsHandshakeSaid() {
        Stage stage = lost();
        stage.network(synAck(B, 9000).build());
        stage.flush();

        stage.network(unreachable(1));

        stage.toNetwork().to(B).flags("R.");
        stage.toNetwork().to(C).flags("S").seq(ISN);
        stage.silent();
        assertThat(stage.events()).containsSubsequence(Kind.FAILED, Kind.RELOCATING, Kind.ATTEMPT);
    }

    @Test
    @Tag("B03")
    void serverThatIsUnreachableAtItsHandshakeIsNotWaitedForEither() {
        Stage stage = lost();

        stage.network(unreachable(0));

        stage.toNetwork().to(B).flags("R");
        stage.toNetwork().to(C).flags("S").seq(ISN);
        stage.silent();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 70_000, 1 << 30, Integer.MIN_VALUE})
    void errorAboutWhatIsNotUnderWayMovesNothing(int offset) {
        Stage stage = lost();
        stage.network(synAck(B, 9000).build());
        stage.flush();

        stage.network(unreachable(offset));

        stage.silent();
        assertThat(stage.session().phase()).isEqualTo("resuming");
        assertThat(stage.count(Counter.OUT_OF_SEQUENCE)).isEqualTo(1);
    }

    @Test
    void errorAboutWhatHasArrivedMovesNothing() {
        Stage stage = lost();
        stage.network(synAck(B, 9000).build());
        int end = askedAgain(stage);
        stage.network(down(B, 9001, end).build());
        stage.flush();

        stage.network(unreachable(1));
        stage.network(unreachable(end - 1));

        stage.silent();
        assertThat(stage.session().phase()).isEqualTo("resuming");
    }
}
