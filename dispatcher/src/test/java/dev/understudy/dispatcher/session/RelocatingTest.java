package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
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
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session whose client is connected already, and whose server leg is lost before the first response byte. */
class RelocatingTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    private static final int SENT = 1 + GET.length();

    @Test
    @Tag("P11")
    @Tag("P12")
    @Tag("P24")
    void sessionMovesWithoutTheClientNoticing() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.network(down(A, 5001, 1).rst().build());
        stage.toNetwork().from(OURS).to(B).flags("S").seq(ISN);
        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags(".").seq(ISN + 1).ack(9001);
        stage.silent();
        assertThat(stage.session().delta()).isEqualTo(9000 - 5000);
        assertThat(stage.events())
                .containsExactly(
                        Kind.OPENED,
                        Kind.ATTEMPT,
                        Kind.WON,
                        Kind.SERVER_DOWN,
                        Kind.RELOCATING,
                        Kind.ATTEMPT,
                        Kind.RELOCATED,
                        Kind.HIDDEN);
    }

    @Test
    @Tag("P10")
    void numbersAreTranslatedBothWaysAfterwards() {
        Stage stage = moved(5000, 9000);

        stage.client(up(1, 5001).flags("P.").payload(GET).build());
        stage.toNetwork().from(OURS).to(B).seq(ISN + 1).ack(9001).payload(GET);
        stage.network(down(B, 9001, SENT).payload("200 OK").build());
        stage.toClient().from(ORIGINAL).to(CLIENT).seq(5001).ack(ISN + SENT).payload("200 OK");
        stage.client(up(SENT, 5007).build());
        stage.toNetwork().to(B).ack(9007);
        stage.silent();
    }

    @ParameterizedTest
    @ValueSource(ints = {0xFFFFFF00, 0xFFFFFFFF, 0x7FFFFFF0, -2000})
    @Tag("P10")
    void numbersWrapAroundInMidTransfer(int isn) {
        int other = 3;
        Stage stage = moved(isn, other);

        int seq = other + 1;
        int seen = isn + 1;
        for (int i = 0; i < 8; i++) {
            stage.network(down(B, seq, 1).payload("x".repeat(1000)).build());
            stage.toClient().seq(seen).payloadLength(1000);
            seq += 1000;
            seen += 1000;
            stage.client(up(1, seen).build());
            stage.toNetwork().ack(seq);
        }
        assertThat(stage.session().bytesDown()).isEqualTo(8000);
    }

    @Test
    @Tag("P10")
    void sackBlocksOfTheClientNameTheNewServersBytes() {
        Stage stage = moved(5000, 9000);
        stage.network(down(B, 10_001, 1).payload("late").build());
        stage.flush();

        stage.client(up(1, 5001).sackBlock(6001, 6005).build());

        stage.toNetwork().ack(9001).sackBlocks(10_001, 10_005);
    }

    @Test
    @Tag("P64")
    void requestOfALostServerIsReplayed() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).flags("P.").payload(GET).build());
        stage.flush();

        stage.network(down(A, 5001, 1).flags("R").build());
        stage.toNetwork().to(B).flags("S").seq(ISN);
        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags(".").seq(ISN + 1).noPayload();
        stage.toNetwork().to(B).flags("P.").seq(ISN + 1).ack(9001).payload(GET);
        stage.silent();
    }

    @Test
    @Tag("P05")
    void whatIsReplayedIsByteForByteWhatTheClientSent() {
        Stage stage = established(Strategy.IN_ORDER);
        String[] parts = {"GET / HT", "TP/1.1\r\nHost", ": x\r\n\r\n"};
        int at = 1;
        for (String part : parts) {
            ByteBuf frame = up(at, 5001).flags("P.").payload(part).build();
            stage.client(frame);
            stage.client(up(at, 5001).flags("P.").payload(part).build());
            at += part.length();
        }
        stage.flush();
        assertThat(stage.session().storedPackets()).isEqualTo(5);

        stage.network(down(A, 5001, 1).rst().build());
        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags("S");
        stage.toNetwork().to(B).noPayload();
        stage.toNetwork().to(B).seq(ISN + 1).payload(String.join("", parts));
        stage.silent();
    }

    @Test
    void segmentThatFillsAGapIsKeptToo() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(9, 5001).flags("P.").payload("TP/1.1\r\n\r\n").build());
        stage.client(up(1, 5001).flags("P.").payload("GET / HT").build());
        stage.flush();

        stage.network(down(A, 5001, 1).rst().build());
        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags("S");
        stage.toNetwork().to(B).noPayload();
        stage.toNetwork().to(B).seq(ISN + 1).payload("GET / HTTP/1.1\r\n\r\n");
        stage.silent();
    }

    @Test
    @Tag("B07")
    void postIsNotGivenToASecondServer() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).flags("P.").payload("POST /pay HTTP/1.1\r\n\r\n").build());
        stage.flush();

        stage.network(down(A, 5001, 1).rst().build());

        stage.toClient().from(ORIGINAL).to(CLIENT).flags("R").seq(5001);
        stage.silent();
        assertThat(stage.events()).contains(Kind.NOT_RELOCATED).doesNotContain(Kind.RELOCATING);
    }

    @Test
    @Tag("P19")
    void requestThatTheServerAcknowledgedIsReplayedUntilTheNextOneHasIt() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).flags("P.").payload(GET).build());
        stage.flush();

        stage.network(down(A, 5001, SENT).flags("R.").build());
        stage.toNetwork().to(B).flags("S").seq(ISN);
        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags(".").noPayload();
        stage.toNetwork().to(B).seq(ISN + 1).payload(GET);
        stage.pass(1_000);
        stage.toNetwork().to(B).seq(ISN + 1).payload(GET);
        stage.network(down(B, 9001, SENT).build());
        stage.flush();
        stage.pass(10_000);
        stage.silent();
    }

    @Test
    void resetAfterTheFirstResponseByteIsTheClients() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.network(down(A, 5001, 1).payload("220 ready").build());
        stage.flush();

        stage.network(down(A, 5010, 1).rst().build());

        stage.toClient().from(ORIGINAL).to(CLIENT).flags("R").seq(5010);
        stage.silent();
    }

    @Test
    @Tag("P25")
    void requestWithItsFinIsReplayed() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).flags("P.").payload(GET).build());
        stage.client(up(SENT, 5001).fin().build());
        stage.flush();

        stage.network(down(A, 5001, 1).rst().build());
        stage.toNetwork().to(B).flags("S");
        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags(".").seq(ISN + 1);
        stage.toNetwork().to(B).flags("FP.").seq(ISN + 1).ack(9001).payload(GET);
        stage.silent();
        assertThat(stage.session().phase()).isEqualTo("closing");
        assertThat(stage.session().serverState()).isEqualTo("FIN-WAIT-1");
        stage.network(down(B, 9001, SENT + 1).flags("FP.").payload("200").build());
        stage.toClient().from(ORIGINAL).flags("FP.").seq(5001).ack(ISN + SENT + 1);
        stage.client(up(SENT + 1, 5005).build());
        assertThat(stage.events()).endsWith(Kind.CLOSED);
    }

    @Test
    void silentServerIsLeftAlthoughTheClientHasSaidFin() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).flags("FP.").payload(GET).build());
        stage.flush();

        stage.pass(2_000);

        stage.toNetwork().to(A).flags("R");
        stage.toNetwork().to(A).flags("R");
        stage.toNetwork().to(B).flags("S");
    }

    @Test
    @Tag("B07")
    void postWithItsFinIsNotGivenToASecondServer() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).flags("FP.").payload("POST / HTTP/1.0\r\n\r\n").build());
        stage.flush();

        stage.network(down(A, 5001, 1).rst().build());

        stage.toClient().flags("R");
        stage.silent();
    }

    @Test
    void finWhileTheSessionIsBeingMovedIsNotForgotten() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.network(down(A, 5001, 1).rst().build());
        stage.client(up(1, 5001).flags("FP.").payload(GET).build());
        stage.flush();

        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags(".");
        stage.toNetwork().to(B).flags("FP.").payload(GET);
        assertThat(stage.session().phase()).isEqualTo("closing");
    }

    @Test
    void silentServerIsLeftAfterTheTimeout() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).flags("P.").payload(GET).build());
        stage.flush();

        stage.pass(1_999);
        stage.silent();
        stage.pass(1);

        stage.toNetwork().to(A).flags("R").seq(ISN + 1);
        stage.toNetwork().to(A).flags("R").seq(ISN + SENT);
        stage.toNetwork().to(B).flags("S");
        stage.silent();
    }

    @Test
    @Tag("P23")
    void serverThatIsLeftIsResetInSequence() {
        Stage stage = established(Strategy.IN_ORDER);
        ByteBuf sent = TestPackets.tcp(OURS, A).seq(ISN + 1).ack(5001).payload("G").build();
        stage.client(up(1, 5001).flags("P.").payload(GET).build());
        stage.flush();

        stage.network(
                TestPackets.error("10.20.0.254", Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, sent)
                        .build());

        stage.toNetwork().to(A).flags("R").seq(ISN + 1);
        stage.toNetwork().to(A).flags("R").seq(ISN + SENT);
        stage.toNetwork().to(B).flags("S");
        stage.silent();
    }

    @Test
    @Tag("P13")
    void lostSynIsRetransmittedAlthoughTheClientBelievesItIsConnected() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.network(down(A, 5001, 1).rst().build());
        stage.toNetwork().to(B).flags("S");

        stage.pass(1_000);

        stage.toNetwork().to(B).flags("S").seq(ISN);
        stage.silent();
    }

    @Test
    @Tag("P18")
    void clientIsResetInSequenceWhenNobodyIsLeft() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).flags("P.").payload(GET).build());
        stage.flush();
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(refusal(B).build());
        stage.network(refusal(C).build());

        stage.toClient().from(ORIGINAL).to(CLIENT).flags("R.").seq(5001).ack(ISN + SENT);
        assertThat(stage.framesToClient()).isZero();
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    void lateSegmentsOfALostServerReachNobody() {
        Stage stage = moved(5000, 9000);

        stage.network(down(A, 5001, 1).payload("too late").build());

        stage.toNetwork().to(A).flags("R").seq(ISN + 1);
        stage.silent();
    }

    @Test
    @Tag("P40")
    void lateAnswerToTheRacesSynIsNoAnswerToTheSecondOne() {
        Stage stage = Stage.of(Strategy.RACE);
        stage.clientSyn();
        stage.network(synAck(A, 5000).build());
        stage.client(up(1, 5001).build());
        stage.flush();

        stage.network(down(A, 5001, 1).rst().build());
        Packet again = TestPackets.parse(stage.pollNetwork());
        assertThat(again.srcPort()).isNotEqualTo(40_000);
        stage.flush();
        stage.network(synAck(B, 7000).build());

        stage.toNetwork().from(OURS).to(B).flags("R").seq(ISN + 1);
        stage.silent();
        assertThat(stage.session().phase()).isEqualTo("relocating");
    }

    @Test
    void sessionIsNotHandedToAndFroForEver() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).flags("P.").payload(GET).build());

        for (int i = 0; i < 60; i++) {
            stage.pass(1_000);
            for (ByteBuf f = stage.pollNetwork(); f != null; f = stage.pollNetwork()) {
                var packet = TestPackets.parse(f);
                if (packet.flags() == TestPackets.flags("S")) {
                    String to =
                            Endpoint.of(packet.dstHi(), packet.dstLo(), packet.dstPort())
                                    .toString();
                    String from =
                            Endpoint.of(packet.srcHi(), packet.srcLo(), packet.srcPort())
                                    .toString();
                    stage.network(
                            TestPackets.tcp(to, from)
                                    .flags("S.")
                                    .seq(100L * i)
                                    .ack(ISN + 1)
                                    .mss(1460)
                                    .build());
                }
            }
        }

        assertThat(stage.count(Counter.RELOCATIONS)).isEqualTo(3);
        assertThat(stage.snapshot().sessions()).hasSize(1);
    }

    @Test
    @Tag("P24")
    void clientThatNeverGotTheSynAckGetsTheSameOneAgain() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.network(synAck(A, 5000).build());
        stage.flush();
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(synAck(B, 9000).timestamps(5, 1000).windowScale(3).build());
        stage.flush();

        stage.clientSyn();

        stage.toClient()
                .from(ORIGINAL)
                .to(CLIENT)
                .flags("S.")
                .seq(5000)
                .ack(ISN + 1)
                .mss(1460)
                .windowScale(9)
                .sackPermitted()
                .timestamps(77_000, 1000);
        stage.silent();
        stage.network(synAck(B, 9000).build());
        stage.toClient().flags("S.").seq(5000);
        stage.client(up(1, 5001).build());
        stage.toNetwork().to(B).flags(".").ack(9001);
    }

    @Test
    @Tag("P24")
    void repeatedSynAckOfTheNewServerIsAcknowledgedHere() {
        Stage stage = moved(5000, 9000);

        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags(".").seq(ISN + 1).ack(9001);
        stage.silent();
    }

    @Test
    void clientThatEndsWhileItIsHeldEndsTheAttempts() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.network(down(A, 5001, 1).rst().build());
        stage.flush();

        stage.client(up(1, 5001).flags("R.").build());

        stage.toNetwork().to(B).flags("R").seq(ISN + 1);
        stage.silent();
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    /** A session that was moved from A to B before any data; flushed. */
    static Stage moved(int isnOfA, int isnOfB) {
        Stage stage = Stage.of(Strategy.IN_ORDER).establish(isnOfA);
        stage.network(down(A, isnOfA + 1, 1).rst().build());
        stage.network(synAck(B, isnOfB).build());
        stage.flush();
        assertThat(stage.session().phase()).isEqualTo("relaying");
        return stage;
    }
}
