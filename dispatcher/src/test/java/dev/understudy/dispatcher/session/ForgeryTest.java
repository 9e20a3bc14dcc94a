package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.established;
import static dev.understudy.dispatcher.session.Stage.refusal;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An attacker off the path knows addresses and ports and guesses the rest (RFC 5961, RFC 5927): nothing that is not exactly
 * in sequence moves a session, ends it, or makes a later guess count.
 */
class ForgeryTest {
    @ParameterizedTest
    @ValueSource(ints = {5000, 5002, 5001 + 65_535, -7, 5001 + Integer.MIN_VALUE})
    void resetOfTheServerOutsideTheExactNumberIsChallenged(int seq) {
        Stage stage = established(Strategy.IN_ORDER);

        stage.network(down(A, seq, 1).rst().build());

        stage.toNetwork().from(OURS).to(A).flags(".").seq(ISN).ack(5001);
        stage.silent();
        untouched(stage);
    }

    @Test
    void challengedServerIsToldNeitherOfBytesNorOfAWindowThatTheClientHasNotTold() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.network(down(A, 5001, 1).payload("220").build());
        stage.client(up(1, 5001).payload("USER").window(3).build());
        stage.flush();

        stage.network(down(A, 6000, 1).rst().build());

        // An old number: an end answers it, and reads no more of it (RFC 9293 section 3.10.7.4).
        stage.toNetwork().to(A).flags(".").seq(ISN).ack(5001);
    }

    @Test
    void challengedClientIsToldNeitherOfBytesNorOfAWindowThatTheServerHasNotTold() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.network(down(A, 5001, 1).payload("220").build());
        stage.client(up(1, 5001).payload("USER").build());
        stage.flush();

        stage.client(TestPackets.tcp(CLIENT, ORIGINAL).syn().seq(12345).build());

        stage.toClient().flags(".").seq(5000).ack(ISN + 1);
    }

    @Test
    void challengesAreLimited() {
        Stage stage = established(Strategy.IN_ORDER);

        for (int i = 0; i < 10_000; i++) {
            stage.network(down(A, 6000 + i, 1).rst().build());
        }

        assertThat(stage.framesToNetwork()).isEqualTo(100);
        untouched(stage);
    }

    @Test
    void serverThatMeansItAnswersTheChallengeExactly() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.network(down(A, 4000, 1).rst().build());
        stage.toNetwork().flags(".").ack(5001);

        stage.network(TestPackets.tcp(A, OURS).flags("R").seq(5001).build());

        stage.toNetwork().to(B).flags("S");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 1000, 100_000, Integer.MIN_VALUE, -100})
    void resetOfTheClientOutsideTheExactNumberEndsNothing(int offset) {
        Stage stage = established(Strategy.IN_ORDER);

        stage.client(up(offset, 5001).rst().build());

        stage.toNetwork().to(A).flags("R").seq(ISN + offset);
        stage.silent();
        untouched(stage);
    }

    @Test
    void dataOutOfTheBlueMakesNoResetExact() {
        Stage stage = established(Strategy.IN_ORDER);
        for (int seq : new int[] {1_000_000, -1_000_000, 5001 + (1 << 19)}) {
            stage.network(down(A, seq, 1).payload("forged").build());
            stage.network(down(A, seq + 6, 1).rst().build());
        }

        untouched(stage);
        assertThat(stage.session().bytesDown()).isZero();
        assertThat(stage.session().storedPackets()).isEqualTo(2);
    }

    @Test
    void dataThatAcknowledgesWhatWasNeverSentMakesNoResetExact() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.network(down(A, 5001, 70_000).payload("forged").build());
        stage.network(down(A, 5007, 1).rst().build());

        untouched(stage);
        assertThat(stage.session().bytesDown()).isZero();
    }

    @Test
    void forgedFinDoesNotClose() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.network(down(A, 5001 + 1_000_000, 1).fin().build());
        stage.network(down(A, 5001, 9_999).fin().build());

        untouched(stage);
    }

    @ParameterizedTest
    @CsvSource({
        "1000000000,5001",
        "-1000000000,5001",
        "1,1000000000",
        "1,-1000000000",
        "-1000000000,-77"
    })
    void finInTheClientsNameDoesNotClose(int offset, int ack) {
        Stage stage = established(Strategy.IN_ORDER);

        stage.client(up(offset, ack).fin().build());

        stage.toNetwork().to(A).seq(ISN + offset);
        untouched(stage);
        assertThat(stage.session().bytesUp()).isZero();
        assertThat(stage.session().bytesDown()).isZero();
    }

    @Test
    void finBeforeBytesThatWereSentIsNone() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).payload("request").build());
        stage.toNetwork().to(A);
        stage.network(down(A, 5001, 8).payload("answer").build());
        stage.toClient().flags(".");

        stage.client(up(1, 5007).fin().build());
        stage.network(down(A, 5001, 8).fin().build());

        assertThat(stage.session().phase()).isEqualTo("relaying");
    }

    @ParameterizedTest
    @ValueSource(ints = {ISN - 1, ISN, ISN + 2, 0, 0x7FFFFFF1})
    void answerToAnotherSynWinsNothing(int ack) {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.toNetwork().to(A);

        stage.network(synAck(A, 5000).ack(ack).build());
        stage.toNetwork().to(A).flags("R").seq(ack);
        stage.network(refusal(A).ack(ack).build());

        stage.silent();
        assertThat(stage.session().phase()).isEqualTo("opening");
        assertThat(stage.count(Counter.OUT_OF_SEQUENCE)).isEqualTo(2);
    }

    @Test
    void resetWithoutAcknowledgementIsNoRefusal() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.toNetwork().to(A);

        stage.network(TestPackets.tcp(A, OURS).flags("R").seq(0).ack(ISN + 1).build());

        stage.silent();
        assertThat(stage.session().phase()).isEqualTo("opening");
    }

    @Test
    void finWithSynIsNoAnswer() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.flush();

        stage.network(synAck(A, 5000).flags("SF.").build());

        assertThat(stage.framesToClient()).isZero();
        assertThat(stage.session().phase()).isEqualTo("opening");
    }

    @Test
    void secondSynAckWithAnotherNumberIsNotDelivered() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.network(synAck(A, 70_000).build());

        stage.silent();
        untouched(stage);
    }

    @Test
    void synInMidConnectionIsChallengedAndAnExactResetObeyed() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.client(TestPackets.tcp(CLIENT, ORIGINAL).syn().seq(12345).build());
        stage.toClient().from(ORIGINAL).to(CLIENT).flags(".").seq(5000).ack(ISN + 1);
        stage.silent();
        untouched(stage);

        stage.client(TestPackets.tcp(CLIENT, ORIGINAL).rst().seq(ISN + 1).build());
        stage.toNetwork().to(A).flags("R");
        stage.client(TestPackets.tcp(CLIENT, ORIGINAL).syn().seq(12345).build());
        stage.toNetwork().to(A).flags("S").seq(12345);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 3, 70_000, Integer.MIN_VALUE})
    void icmpErrorAboutWhatIsNotInFlightIsIgnored(int offset) {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).payload("G").build());
        stage.flush();

        stage.network(unreachable(offset).build());

        stage.silent();
        untouched(stage);
        assertThat(stage.count(Counter.OUT_OF_SEQUENCE)).isEqualTo(1);
    }

    @Test
    void icmpErrorAboutAnotherSynIsIgnored() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.flush();
        ByteBuf syn = TestPackets.tcp(OURS, A).syn().seq(ISN + 1).build();

        stage.network(
                TestPackets.error("10.20.0.254", Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, syn)
                        .build());

        stage.silent();
        assertThat(stage.session().phase()).isEqualTo("opening");
    }

    @Test
    void icmpErrorWithAWrongChecksumIsIgnored() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.network(unreachable(0).badChecksum().build());

        stage.silent();
        untouched(stage);
    }

    @Test
    void segmentsToOurAddressThatNobodyKnowsAreReset() {
        Stage stage = established(Strategy.IN_ORDER);

        assertThat(stage.network(down("192.0.2.66:80", 1, 1).payload("x").build())).isTrue();

        stage.toNetwork().to("192.0.2.66:80").flags("R").seq(ISN + 1);
        stage.silent();
        untouched(stage);
    }

    private static TestPackets.ErrorBuilder unreachable(int offset) {
        ByteBuf sent = TestPackets.tcp(OURS, A).seq(ISN + offset).ack(5001).build();
        return TestPackets.error("10.20.0.254", Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, sent);
    }

    /** The session is where it was, and data still flows both ways. */
    private static void untouched(Stage stage) {
        assertThat(stage.session().phase()).isEqualTo("relaying");
        assertThat(stage.session().server()).hasToString(A);
        assertThat(stage.framesToClient()).isLessThan(5);
        stage.flush();
        ByteBuf frame = down(A, 5001, 1).build();
        stage.network(frame);
        stage.toClient().from(ORIGINAL).seq(5001);
        assertThat(stage.session().clientState()).isEqualTo("ESTABLISHED");
    }
}
