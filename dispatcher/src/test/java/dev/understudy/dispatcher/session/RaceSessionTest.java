package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.plan;
import static dev.understudy.dispatcher.session.Stage.refusal;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One SYN becomes several (FIG. 8), and what becomes of the others. */
class RaceSessionTest {
    private static final List<String> SERVERS = List.of(A, B, C);

    @Test
    @Tag("P04")
    void exactlyOneEntryRemainsAfterEachOfAThousandRaces() {
        Stage stage = Stage.of(Strategy.RACE);
        for (int i = 0; i < 1_000; i++) {
            String client = "10.0.0.1:" + (30_000 + i);
            String ours = "10.9.0.2:" + (30_000 + i);
            stage.client(TestPackets.tcp(client, ORIGINAL).syn().seq(i).build());
            assertThat(stage.snapshot().counters()).containsEntry("legs", i + 3L);
            String winner = SERVERS.get(i % 3);
            stage.network(TestPackets.tcp(winner, ours).flags("S.").seq(1).ack(i + 1).build());
            assertThat(stage.snapshot().counters())
                    .containsEntry("legs", i + 1L)
                    .containsEntry("tombstones", 2 * (i + 1L))
                    .containsEntry("sessions", i + 1L);
            stage.flush();
        }
        stage.pass(64_000);
        assertThat(stage.snapshot().counters())
                .containsEntry("legs", 1_000L)
                .containsEntry("tombstones", 0L);
    }

    @Test
    @Tag("P39")
    @Tag("P43")
    void onlyTheWinnerGetsMoreThanSynAndReset() {
        Stage stage = Stage.of(Strategy.RACE);
        stage.clientSyn();
        stage.network(synAck(C, 5000).build());
        stage.client(up(1, 5001).build());
        stage.client(up(1, 5001).payload("GET / HTTP/1.0\r\n\r\n").build());
        stage.network(synAck(A, 1).build());
        stage.network(synAck(B, 1).build());

        int toWinner = 0;
        for (ByteBuf frame = stage.pollNetwork(); frame != null; frame = stage.pollNetwork()) {
            Packet packet = TestPackets.parse(frame);
            if (packet.dstLo() == TestPackets.parse(synAck(C, 1).build()).srcLo()) {
                toWinner++;
            } else {
                assertThat(packet.flags()).isIn(TestPackets.flags("S"), TestPackets.flags("R"));
                assertThat(packet.payloadLength()).isZero();
            }
        }
        assertThat(toWinner).isEqualTo(3);
    }

    @Test
    @Tag("P40")
    void losersAnswerAfterTheSessionsEndIsReset() {
        Stage stage = Stage.of(Strategy.RACE);
        stage.clientSyn();
        stage.network(synAck(B, 5000).build());
        stage.client(up(1, 5001).rst().build());
        stage.flush();
        stage.pass(63_000);

        stage.network(synAck(A, 700).build());

        stage.toNetwork().from(OURS).to(A).flags("R").seq(ISN + 1);
        stage.silent();
    }

    @Test
    @Tag("P41")
    void refusalDropsThatAttemptOnly() {
        Stage stage = Stage.of(Strategy.RACE);
        stage.clientSyn();
        stage.flush();
        stage.network(refusal(A).build());
        stage.silent();
        stage.network(unreachable(B));
        stage.toNetwork().to(B).flags("R");
        stage.silent();

        stage.network(synAck(C, 5000).build());

        stage.toClient().from(ORIGINAL).to(CLIENT).flags("S.").seq(5000);
        stage.silent();
        assertThat(stage.count(Counter.FAILURES_HIDDEN)).isEqualTo(2);
    }

    @Test
    @Tag("P41")
    @Tag("P18")
    void raceWithoutSurvivorsEndsInOneReset() {
        Stage stage = Stage.of(Strategy.RACE);
        stage.clientSyn();
        stage.flush();
        stage.network(refusal(A).build());
        stage.network(refusal(B).build());
        stage.network(refusal(C).build());

        stage.toClient().from(ORIGINAL).flags("R.").ack(ISN + 1);
        stage.silent();
        assertThat(stage.count(Counter.FAILURES_SHOWN)).isEqualTo(1);
        assertThat(stage.count(Counter.FAILURES_HIDDEN)).isZero();
    }

    @Test
    @Tag("P18")
    void clientGetsWhatTheLastOneThatSaidSomethingSaid() {
        Stage stage = plan().strategy(Strategy.IN_ORDER).build();
        stage.clientSyn();
        stage.network(refusal(A).build());
        stage.network(unreachable(B));
        stage.flush();
        stage.pass(2_000);

        stage.toNetwork().to(C).flags("R");
        stage.toClient().from("203.0.113.10").quotes(CLIENT, ORIGINAL).quotesSeq(ISN);
        stage.silent();
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    @Tag("P42")
    void roundTripsAreMeasuredAndChooseTheNextServer() {
        Stage stage = Stage.of(Strategy.FASTEST);
        long[] millis = {80, 10, 40};
        for (int i = 0; i < 3; i++) {
            stage.client(TestPackets.tcp("10.0.0.1:" + (50 + i), ORIGINAL).syn().seq(0).build());
            Packet syn = TestPackets.parse(stage.pollNetwork());
            int chosen =
                    SERVERS.indexOf(
                            Endpoint.of(syn.dstHi(), syn.dstLo(), syn.dstPort()).toString());
            stage.pass(millis[chosen]);
            stage.network(
                    TestPackets.tcp(SERVERS.get(chosen), "10.9.0.2:" + (50 + i))
                            .flags("S.")
                            .ack(1)
                            .build());
            stage.flush();
        }
        assertThat(stage.snapshot().servers().stream().map(ServerView::roundTripNanos))
                .containsExactly(80_000_000L, 10_000_000L, 40_000_000L);

        stage.clientSyn();

        stage.toNetwork().to(B);
        stage.silent();
    }

    @Test
    @Tag("P42")
    void answerToARetransmittedSynMeasuresNothing() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.pass(1_000);
        stage.clientSyn();
        stage.network(synAck(A, 1).build());

        assertThat(stage.snapshot().servers().get(0).roundTripNanos()).isEqualTo(-1);
    }

    @Test
    @Tag("B01")
    @Tag("P26")
    void deadHostCostsOneStaggerOnceAndThenNothing() {
        Stage stage = Stage.of(Strategy.STAGGERED);
        stage.clientSyn();
        stage.pass(250);
        stage.network(synAck(B, 1).build());
        stage.flush();

        stage.client(TestPackets.tcp("10.0.0.1:41000", ORIGINAL).syn().seq(9).build());

        stage.toNetwork().to(A).flags("S");
        stage.toNetwork().to(B).flags("S");
        stage.silent();
    }

    @Test
    @Tag("B01")
    void staggerShrinksWithTheKnownRoundTrip() {
        Stage stage = Stage.of(Strategy.STAGGERED);
        stage.clientSyn();
        stage.pass(10);
        stage.network(synAck(A, 1).build());
        stage.flush();
        stage.client(TestPackets.tcp("10.0.0.1:41000", ORIGINAL).syn().seq(9).build());
        stage.toNetwork().to(A).flags("S");

        stage.pass(79);
        stage.silent();
        stage.pass(1);

        stage.toNetwork().to(B).flags("S");
    }

    @Test
    @Tag("P26")
    void failedServerIsTriedAgainAfterAWhileBesideTheNext() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.network(refusal(A).build());
        stage.network(synAck(B, 1).build());
        stage.pass(1_000);
        stage.flush();

        stage.client(TestPackets.tcp("10.0.0.1:41000", ORIGINAL).syn().seq(9).build());

        stage.toNetwork().to(A).flags("S");
        stage.toNetwork().to(B).flags("S");
        stage.network(TestPackets.tcp(A, "10.9.0.2:41000").flags("S.").ack(10).build());
        stage.toNetwork().to(B).flags("R");
        assertThat(stage.events()).contains(Kind.SERVER_UP);
    }

    @Test
    @Tag("P17")
    void retransmittedSynGoesToEveryLiveAttempt() {
        Stage stage = Stage.of(Strategy.STAGGERED);
        stage.clientSyn();
        stage.pass(600);
        stage.flush();

        stage.client(Stage.syn().timestamps(2000, 0).build());

        stage.toNetwork().to(A).flags("S").seq(ISN).timestamps(2000, 0);
        stage.toNetwork().to(B).flags("S").timestamps(2000, 0);
        stage.toNetwork().to(C).flags("S").timestamps(2000, 0);
        stage.silent();
    }

    @Test
    @Tag("P16")
    void serviceThatHidesNothingShowsTheRefusal() {
        Stage stage = plan().strategy(Strategy.IN_ORDER).recover(Recover.NONE).build();
        stage.clientSyn();
        stage.toNetwork().to(A);

        stage.network(refusal(A).build());

        stage.toClient().from(ORIGINAL).flags("R.").ack(ISN + 1);
        stage.silent();
    }

    @Test
    @Tag("P08")
    void legsStatesDifferWhileTheServerLegIsBeingOpenedAgain() {
        Stage stage = Stage.established(Strategy.IN_ORDER);
        stage.network(down(A, 5001, 1).rst().build());

        assertThat(stage.session().phase()).isEqualTo("relocating");
        assertThat(stage.session().clientState()).isEqualTo("ESTABLISHED");
        assertThat(stage.session().serverState()).isEqualTo("SYN-SENT");
    }

    private static ByteBuf unreachable(String server) {
        ByteBuf syn = TestPackets.tcp(OURS, server).syn().seq(ISN).build();
        return TestPackets.error("10.20.0.254", Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, syn)
                .build();
    }
}
