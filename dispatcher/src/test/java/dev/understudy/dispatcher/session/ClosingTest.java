package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.established;
import static dev.understudy.dispatcher.session.Stage.up;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.wire.TestPackets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The end of a session by FIN, in every order, and the shadow that stays (RFC 9293 §3.6, RFC 5382 §5). */
@Tag("P25")
class ClosingTest {
    @Test
    void clientClosesFirst() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.client(up(1, 5001).fin().build());
        stage.toNetwork().from(OURS).to(A).flags("F.");
        states(stage, "FIN-WAIT-1", "FIN-WAIT-1");
        stage.network(down(A, 5001, 2).build());
        states(stage, "FIN-WAIT-2", "FIN-WAIT-2");
        stage.network(down(A, 5001, 2).fin().build());
        states(stage, "TIME-WAIT", "TIME-WAIT");
        assertThat(stage.dispatcher.idle()).isFalse();
        stage.client(up(2, 5002).build());

        over(stage, Kind.CLOSED);
        stage.toClient().from(ORIGINAL).to(CLIENT).flags(".");
        stage.toClient().flags("F.");
        stage.toNetwork().to(A).flags(".").ack(5002);
        stage.silent();
    }

    @Test
    void serverClosesFirst() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.network(down(A, 5001, 1).fin().build());
        states(stage, "CLOSE-WAIT", "CLOSE-WAIT");
        stage.client(up(1, 5002).fin().build());
        states(stage, "LAST-ACK", "LAST-ACK");
        stage.network(down(A, 5002, 2).build());

        over(stage, Kind.CLOSED);
    }

    @Test
    void bothCloseAtOnce() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.client(up(1, 5001).fin().build());
        stage.network(down(A, 5001, 1).fin().build());
        states(stage, "CLOSING", "CLOSING");
        stage.client(up(2, 5002).build());
        assertThat(stage.dispatcher.idle()).isFalse();
        stage.network(down(A, 5002, 2).build());

        over(stage, Kind.CLOSED);
    }

    @Test
    void finsOfAMovedSessionAreTranslated() {
        Stage stage = RelocatingTest.moved(5000, 9000);

        stage.network(down(B, 9001, 1).fin().build());
        stage.toClient().from(ORIGINAL).flags("F.").seq(5001);
        stage.client(up(1, 5002).fin().build());
        stage.toNetwork().to(B).flags("F.").ack(9002);
        stage.network(down(B, 9002, 2).build());
        stage.toClient().seq(5002).ack(Stage.ISN + 2);

        over(stage, Kind.CLOSED);
    }

    @Test
    void retransmittedFinsAreCarriedByTheShadow() {
        Stage stage = RelocatingTest.moved(5000, 9000);
        stage.network(down(B, 9001, 1).fin().build());
        stage.client(up(1, 5002).fin().build());
        stage.network(down(B, 9002, 2).build());
        stage.flush();

        stage.network(down(B, 9001, 1).fin().build());
        stage.toClient().flags("F.").seq(5001);
        stage.client(up(2, 5002).build());
        stage.toNetwork().to(B).ack(9002);
        stage.client(up(1, 5002).fin().build());
        stage.toNetwork().to(B).flags("F.").ack(9002);
        stage.silent();

        stage.pass(60_000);
        assertThat(stage.client(up(1, 5002).fin().build())).isFalse();
        assertThat(stage.dispatcher.nextDeadline()).isLessThanOrEqualTo(stage.now + 5_000_000_000L);
    }

    @Test
    void retransmittedFinDoesNotCountTwice() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.client(up(1, 5001).fin().build());
        stage.client(up(1, 5001).fin().build());
        states(stage, "FIN-WAIT-1", "FIN-WAIT-1");
        stage.network(down(A, 5001, 1).fin().build());
        stage.network(down(A, 5001, 1).fin().build());
        states(stage, "CLOSING", "CLOSING");
    }

    @Test
    void halfClosedSessionGoesOnCarryingData() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).fin().build());
        stage.network(down(A, 5001, 2).build());
        stage.flush();

        int seq = 5001;
        for (int i = 0; i < 100; i++) {
            stage.pass(60_000);
            stage.network(down(A, seq, 2).payload("tick").build());
            stage.toClient().from(ORIGINAL).payload("tick");
            seq += 4;
            stage.client(up(2, seq).build());
            stage.toNetwork().ack(seq);
        }
        assertThat(stage.session().bytesDown()).isEqualTo(400);
    }

    @Test
    void finThatOvertookDataDoesNotEndTheSessionEarly() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.network(down(A, 5005, 1).fin().build());
        stage.client(up(1, 5001).sackBlock(5005, 5006).build());
        assertThat(stage.session().phase()).isEqualTo("closing");
        stage.network(down(A, 5001, 1).payload("last").build());
        stage.client(up(1, 5006).fin().build());
        stage.network(down(A, 5006, 2).build());

        over(stage, Kind.CLOSED);
    }

    @Test
    void finWithDataIsAcknowledgedOnlyWithItsData() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.network(down(A, 5001, 1).flags("FP.").payload("bye").build());
        stage.client(up(1, 5001).fin().build());
        stage.network(down(A, 5005, 2).build());
        assertThat(stage.dispatcher.idle()).isFalse();
        stage.client(up(2, 5004).build());
        assertThat(stage.dispatcher.idle()).isFalse();
        stage.client(up(2, 5005).build());

        over(stage, Kind.CLOSED);
    }

    @Test
    void sessionThatDoesNotFinishClosingExpires() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).fin().build());
        stage.network(down(A, 5001, 1).fin().build());

        stage.pass(119_999);
        assertThat(stage.dispatcher.idle()).isFalse();
        stage.pass(1);

        over(stage, Kind.EXPIRED);
    }

    @Test
    void finDoesNotCountAsAByte() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.network(down(A, 5001, 1).fin().build());
        stage.client(up(1, 5002).fin().build());

        assertThat(stage.session().bytesDown()).isZero();
        assertThat(stage.session().bytesUp()).isZero();
    }

    @Test
    void newSynStartsAfreshWhileTheShadowStays() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.network(down(A, 5001, 1).fin().build());
        stage.client(up(1, 5002).fin().build());
        stage.network(down(A, 5002, 2).build());
        stage.flush();

        stage.client(TestPackets.tcp(CLIENT, ORIGINAL).syn().seq(77).mss(1460).build());

        stage.toNetwork().from(OURS).to(A).flags("S").seq(77);
        assertThat(stage.snapshot().sessions()).hasSize(1);
        stage.network(TestPackets.tcp(A, OURS).flags("S.").seq(1).ack(78).build());
        stage.toClient().from(ORIGINAL).flags("S.").ack(78);
        stage.pass(120_000);
        assertThat(stage.client(TestPackets.tcp(CLIENT, ORIGINAL).seq(78).ack(2).build())).isTrue();
    }

    @Test
    void clientThatMissedTheResetGetsAnother() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.network(down(A, 5001, 1).payload("220 ready").build());
        stage.network(down(A, 5010, 1).rst().build());
        stage.flush();

        stage.client(up(1, 5010).payload("hello?").build());

        stage.toClient().from(ORIGINAL).to(CLIENT).flags("R").seq(5010);
        stage.silent();
    }

    @Test
    void serverThatMissedTheResetGetsAnother() {
        Stage stage = established(Strategy.IN_ORDER);
        stage.client(up(1, 5001).flags("R.").build());
        stage.toNetwork().to(A).flags("R.");

        stage.network(down(A, 5001, 1).payload("hello?").build());

        stage.toNetwork().from(OURS).to(A).flags("R").seq(Stage.ISN + 1);
        stage.silent();
        assertThat(stage.count(Counter.LATE_ANSWERS)).isEqualTo(1);
    }

    private static void states(Stage stage, String client, String server) {
        assertThat(stage.session().clientState()).isEqualTo(client);
        assertThat(stage.session().serverState()).isEqualTo(server);
    }

    private static void over(Stage stage, Kind how) {
        assertThat(stage.events()).endsWith(how);
        assertThat(stage.dispatcher.idle()).isTrue();
        assertThat(stage.snapshot().sessions()).isEmpty();
        assertThat(stage.snapshot().counters().get("shadows")).isEqualTo(1);
    }
}
