package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.MILLIS;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.established;
import static dev.understudy.dispatcher.session.Stage.plan;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The steady state: translate and forward. */
class RelayingTest {
    @Test
    @Tag("P02")
    void snapshotTellsAllThatIsKnownOfASession() {
        Stage stage = RelocatingTest.moved(5000, 9000);
        stage.client(up(1, 5001).payload("GET").build());
        stage.pass(30);

        SessionView view = stage.session();
        assertThat(view.id()).isEqualTo(1);
        assertThat(view.service()).isEqualTo("shop");
        assertThat(view.client()).hasToString(CLIENT);
        assertThat(view.original()).hasToString(ORIGINAL);
        assertThat(view.server()).hasToString(B);
        assertThat(view.phase()).isEqualTo("relaying");
        assertThat(view.clientState()).isEqualTo("ESTABLISHED");
        assertThat(view.serverState()).isEqualTo("ESTABLISHED");
        assertThat(view.delta()).isEqualTo(4000);
        assertThat(view.bytesUp()).isEqualTo(3);
        assertThat(view.bytesDown()).isZero();
        assertThat(view.storedPackets()).isEqualTo(3);
        assertThat(view.storedBytes()).isPositive();
        assertThat(view.idleNanos()).isEqualTo(30 * MILLIS);
        assertThat(view.hidden()).isEqualTo(1);
    }

    @Test
    @Tag("P06")
    void everyPacketOfAStaticTranslationIsRewrittenInAddressAndPort() {
        Stage stage = plan().servers(B).recover(Recover.NONE).build();
        stage.clientSyn();
        stage.toNetwork().from(OURS).to(B).flags("S");
        stage.network(synAck(B, 5000).build());
        stage.toClient().from(ORIGINAL).to(CLIENT).flags("S.");
        for (String flags : new String[] {".", "P.", "F.", "R."}) {
            stage.client(up(1, 5001).flags(flags).payload("abc").build());
            stage.toNetwork().from(OURS).to(B).flags(flags).seq(ISN + 1).ack(5001).payload("abc");
            if (flags.equals("R.")) {
                break;
            }
            stage.network(down(B, 5001, 1).flags(flags).payload("xyz").build());
            stage.toClient().from(ORIGINAL).to(CLIENT).flags(flags).seq(5001).payload("xyz");
        }
        stage.silent();
    }

    @Test
    @Tag("P06")
    void staticTranslationKeepsNothing() {
        Stage stage = plan().servers(B).recover(Recover.NONE).build();
        stage.clientSyn();
        stage.network(synAck(B, 5000).build());
        stage.client(up(1, 5001).payload("abc").build());

        assertThat(stage.session().storedBytes()).isZero();
    }

    @Test
    @Tag("P06")
    void flowThatMatchesNothingLeavesBitIdentical() {
        Stage stage = plan().build();
        ByteBuf frame =
                TestPackets.tcp(CLIENT, "198.51.100.9:22").syn().seq(5).macs(1, 2).ttl(7).build();
        ByteBuf before = frame.copy();

        assertThat(stage.client(frame)).isFalse();

        assertThat(frame).isEqualTo(before);
    }

    @Test
    @Tag("P15")
    void originalFirstLeavesFramesBitIdenticalWhenAllIsWell() {
        Stage stage = plan().noNat().strategy(Strategy.ORIGINAL_FIRST).build();
        ByteBuf[] up = {
            Stage.syn().macs(1, 2).ttl(61).build(),
            up(1, 5001).macs(1, 2).timestamps(1001, 77).build(),
            up(1, 5001).macs(1, 2).flags("P.").payload("odd").partialChecksum().build(),
            up(4, 5004).macs(1, 2).fin().build(),
            up(5, 5005).macs(1, 2).build(),
        };
        ByteBuf[] down = {
            TestPackets.tcp(ORIGINAL, CLIENT)
                    .flags("S.")
                    .seq(5000)
                    .ack(ISN + 1)
                    .mss(1460)
                    .macs(3, 4)
                    .timestamps(77, 1000)
                    .build(),
            TestPackets.tcp(ORIGINAL, CLIENT).seq(5001).ack(ISN + 1).build(),
            TestPackets.tcp(ORIGINAL, CLIENT).seq(5001).ack(ISN + 4).payload("abc").build(),
            TestPackets.tcp(ORIGINAL, CLIENT).fin().seq(5004).ack(ISN + 5).build(),
            TestPackets.tcp(ORIGINAL, CLIENT).seq(5005).ack(ISN + 5).build(),
        };
        for (int i = 0; i < up.length; i++) {
            ByteBuf sent = up[i].copy();
            assertThat(stage.client(up[i])).isTrue();
            assertThat(stage.pollNetwork()).isEqualTo(sent);
            ByteBuf answered = down[i].copy();
            assertThat(stage.network(down[i])).isTrue();
            assertThat(stage.pollClient()).isEqualTo(answered);
        }
        stage.silent();
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    @Tag("P15")
    @Tag("P16")
    void originalFirstTurnsToAnotherServerOnlyWhenTheOriginalFails() {
        Stage stage = plan().noNat().strategy(Strategy.ORIGINAL_FIRST).build();
        stage.clientSyn();
        stage.toNetwork().from(CLIENT).to(ORIGINAL).flags("S");

        stage.network(TestPackets.tcp(ORIGINAL, CLIENT).flags("R.").seq(0).ack(ISN + 1).build());

        stage.toNetwork().from(CLIENT).to(A).flags("S");
        stage.network(TestPackets.tcp(A, CLIENT).flags("S.").seq(1).ack(ISN + 1).build());
        stage.toClient().from(ORIGINAL).to(CLIENT).flags("S.");
    }

    @Test
    @Tag("P03")
    void packetThatMatchesNoIndexIsNotDeliveredTranslated() {
        Stage stage = plan().noNat().build();

        assertThat(stage.network(TestPackets.tcp(B, CLIENT).seq(1).ack(1).build())).isFalse();
        stage.silent();
    }

    @Test
    void superSegmentsAndPartialChecksumsCrossUntouched() {
        Stage stage = RelocatingTest.moved(5000, 9000);

        stage.client(up(1, 5001).flags("P.").payload("x".repeat(20_000)).gso(1448).build());

        stage.toNetwork().to(B).ack(9001).payloadLength(20_000).gso(1448).partialChecksum();
    }

    @Test
    void unreachableWhileOpeningTriesTheNextServer() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        ByteBuf syn = stage.pollNetwork();

        stage.network(
                TestPackets.error("10.20.0.254", Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, syn)
                        .build());

        stage.toNetwork().to(A).flags("R");
        stage.toNetwork().to(B).flags("S");
        stage.silent();
    }

    @Test
    void fragmentationNeededReachesTheClientAboutItsOwnPacket() {
        Stage stage = RelocatingTest.moved(5000, 9000);
        stage.client(up(1, 5001).payload("x".repeat(1400)).build());
        ByteBuf sent = stage.pollNetwork();

        stage.network(
                TestPackets.error(
                                "10.20.0.254",
                                Icmp.UNREACHABLE,
                                Icmp.CODE_FRAGMENTATION_NEEDED,
                                sent)
                        .rest(1280)
                        .build());

        assertThatFrame(stage.pollClient())
                .from("10.20.0.254")
                .to("10.0.0.1")
                .quotes(CLIENT, ORIGINAL)
                .quotesSeq(ISN + 1)
                .checksumsValid();
        stage.silent();
        assertThat(stage.session().server()).hasToString(B);
    }

    @Test
    @Tag("P12")
    void errorFromTheServerItselfBearsTheOriginalsAddress() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.network(down(A, 5001, 2).payload("220").build());
        stage.client(up(1, 5004).payload("x").build());
        stage.flush();
        ByteBuf sent = TestPackets.tcp(OURS, A).seq(ISN + 1).ack(5004).payload("x").build();

        stage.network(
                TestPackets.error(
                                "10.20.0.1", Icmp.UNREACHABLE, Icmp.CODE_FRAGMENTATION_NEEDED, sent)
                        .rest(1400)
                        .build());

        assertThatFrame(stage.pollClient()).from("203.0.113.10").quotes(CLIENT, ORIGINAL);
    }

    @Test
    void errorOfTheClientReachesTheServerAboutItsOwnPacket() {
        Stage stage = RelocatingTest.moved(5000, 9000);
        stage.network(down(B, 9001, 1).payload("x".repeat(1400)).build());
        ByteBuf got = stage.pollClient();

        stage.client(
                TestPackets.error("10.0.0.1", Icmp.UNREACHABLE, Icmp.CODE_FRAGMENTATION_NEEDED, got)
                        .rest(1200)
                        .build());

        assertThatFrame(stage.pollNetwork())
                .from("10.9.0.2")
                .to("10.20.0.2")
                .quotes(B, OURS)
                .quotesSeq(9001)
                .checksumsValid();
    }

    @Test
    void lostSynAckIsSentAgainByTheServer() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.network(synAck(A, 5000).build());
        stage.flush();

        stage.clientSyn();
        stage.toNetwork().to(A).flags("S").seq(ISN);
        stage.network(synAck(A, 5000).build());
        stage.toClient().from(ORIGINAL).flags("S.").seq(5000);
        stage.silent();
    }

    @Test
    void clientThatGivesUpAndTriesAnewFromTheSamePortIsANewSession() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.toNetwork().to(A).seq(ISN);

        stage.client(Stage.syn().seq(42).build());

        stage.toNetwork().to(A).flags("R").seq(ISN + 1);
        stage.toNetwork().from(OURS).to(A).flags("S").seq(42);
        stage.silent();
        assertThat(stage.session().id()).isEqualTo(2);
    }

    @Test
    void closeResetsEveryLiveSessionOnBothLegs() {
        Stage stage = RelocatingTest.moved(5000, 9000);
        stage.client(TestPackets.tcp("10.0.0.1:41000", ORIGINAL).syn().seq(9).build());
        stage.flush();

        stage.dispatcher.close(stage.now);

        assertThat(stage.dispatcher.idle()).isTrue();
        assertThat(stage.framesToNetwork()).isEqualTo(2);
        assertThat(stage.framesToClient()).isEqualTo(2);
    }
}
