package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.refusal;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TcpOptions;
import dev.understudy.stack.wire.TestPackets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class OpeningTest {
    @Test
    @Tag("P12")
    void firstServersAnswerReachesTheClientAsTheOriginals() {
        Stage stage = Stage.of(Strategy.STAGGERED);

        assertThat(stage.clientSyn()).isTrue();
        stage.toNetwork().from(OURS).to(A).flags("S").seq(ISN).mss(1460).windowScale(7);
        stage.network(synAck(A, 5000).build());

        stage.toClient()
                .from(ORIGINAL)
                .to(CLIENT)
                .flags("S.")
                .seq(5000)
                .ack(ISN + 1)
                .windowScale(9);
        stage.silent();
        assertThat(stage.events()).containsExactly(Kind.OPENED, Kind.ATTEMPT, Kind.WON);
    }

    @Test
    @Tag("P67")
    void synThatOffersLessThanBeforeIsAnsweredByWhatItOffersNow() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.toNetwork().from(OURS).to(A).flags("S").windowScale(7);

        stage.client(TestPackets.tcp(CLIENT, ORIGINAL).syn().seq(ISN).mss(1460).build());

        stage.toNetwork().from(OURS).to(A).flags("R").seq(ISN + 1);
        Packet again = TestPackets.parse(stage.pollNetwork());
        assertThat(new TcpOptions().parse(again).windowScale()).isEqualTo(-1);
        stage.silent();
        // What answers the first SYN is not the client's any more.
        stage.network(synAck(A, 5000).build());
        assertThat(stage.framesToClient()).isZero();
        stage.flush();
        String ours = "10.9.0.2:" + again.srcPort();
        stage.network(
                TestPackets.tcp(A, ours).flags("S.").seq(7000).ack(ISN + 1).mss(1460).build());
        stage.toClient().from(ORIGINAL).flags("S.").seq(7000);
    }

    @Test
    void synWithAnotherTimestampIsTheSameSyn() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.flush();

        stage.client(
                TestPackets.tcp(CLIENT, ORIGINAL)
                        .syn()
                        .seq(ISN)
                        .mss(1460)
                        .sackPermitted()
                        .timestamps(2000, 0)
                        .windowScale(7)
                        .build());

        stage.toNetwork().from(OURS).to(A).flags("S").timestamps(2000, 0);
        stage.silent();
    }

    @Test
    @Tag("P16")
    void refusalIsHiddenAndTheNextServerTriedAtOnce() {
        Stage stage = Stage.of(Strategy.STAGGERED);
        stage.clientSyn();
        stage.toNetwork().to(A);

        stage.network(refusal(A).build());

        stage.toNetwork().to(B).flags("S").seq(ISN);
        stage.silent();
        stage.network(synAck(B, 9000).build());
        stage.toClient().from(ORIGINAL).flags("S.").seq(9000);
    }

    @Test
    @Tag("P17")
    @Tag("B01")
    void silentServerCostsOneStagger() {
        Stage stage = Stage.of(Strategy.STAGGERED);
        stage.clientSyn();
        stage.toNetwork().to(A);

        stage.pass(249);
        stage.silent();
        stage.pass(1);

        stage.toNetwork().to(B).flags("S");
        stage.network(synAck(B, 9000).build());
        stage.toClient().from(ORIGINAL).flags("S.");
        stage.toNetwork().to(A).flags("R").seq(ISN + 1);
    }

    @Test
    @Tag("P18")
    void clientGetsOneResetWhenAllRefused() {
        Stage stage = Stage.of(Strategy.STAGGERED);
        stage.clientSyn();
        for (String server : new String[] {A, B, C}) {
            stage.toNetwork().to(server).flags("S");
            stage.network(refusal(server).build());
        }

        stage.toClient().from(ORIGINAL).to(CLIENT).flags("R.").seq(0).ack(ISN + 1);
        stage.silent();
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    @Tag("P18")
    void clientGetsSilenceWhenAllWereSilent() {
        Stage stage = Stage.of(Strategy.STAGGERED);
        stage.clientSyn();
        stage.pass(5_000);

        for (String server : new String[] {A, B, C}) {
            stage.toNetwork().to(server).flags("S");
        }
        for (String server : new String[] {A, B, C}) {
            stage.toNetwork().to(server).flags("R");
        }
        stage.silent();
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    @Tag("P39")
    void raceSendsAllSynsAndResetsTheLosers() {
        Stage stage = Stage.of(Strategy.RACE);
        stage.clientSyn();
        stage.toNetwork().to(A).flags("S");
        stage.toNetwork().to(B).flags("S");
        stage.toNetwork().to(C).flags("S");

        stage.network(synAck(B, 1).build());

        stage.toNetwork().to(A).flags("R").seq(ISN + 1);
        stage.toNetwork().to(C).flags("R").seq(ISN + 1);
        stage.toClient().from(ORIGINAL).flags("S.").seq(1);
        stage.silent();
    }

    @Test
    @Tag("P40")
    void losersLateAnswerGetsReset() {
        Stage stage = Stage.of(Strategy.RACE);
        stage.clientSyn();
        stage.network(synAck(B, 1).build());
        stage.flush();

        stage.network(synAck(A, 700).build());

        stage.toNetwork().to(A).flags("R").seq(ISN + 1);
        stage.silent();
    }

    @Test
    @Tag("P26")
    void failedServerIsNotTriedFirstAgain() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.network(refusal(A).build());
        stage.network(synAck(B, 1).build());
        stage.flush();

        stage.client(TestPackets.tcp("10.0.0.1:40001", ORIGINAL).syn().seq(9).build());

        stage.toNetwork().to(B).flags("S");
        stage.silent();
    }
}
