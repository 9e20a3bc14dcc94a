package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static dev.understudy.dispatcher.session.Talk.GET;
import static dev.understudy.dispatcher.session.Talk.OK;
import static dev.understudy.dispatcher.session.Talk.after;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.HistogramView;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is known of a server because its answers passed (B09). Nothing is ever sent for it. */
@Tag("B09")
class TelemetryTest {
    private final Stage stage = Stage.established(Strategy.IN_ORDER);

    private static ServerView server(Stage stage, String endpoint) {
        return stage.snapshot().servers().stream()
                .filter(server -> server.endpoint().toString().equals(endpoint))
                .findFirst()
                .orElseThrow();
    }

    private static long millis(HistogramView durations) {
        return durations.sumNanos() / Stage.MILLIS;
    }

    private void asks(int from, String what) {
        stage.client(up(from, 5001).flags("P.").payload(what).build());
    }

    @Test
    void theFirstByteIsMeasuredFromTheEndOfTheRequest() {
        asks(1, "GET /a");
        stage.pass(30);
        asks(7, " HTTP/1.1\r\n\r\n");
        stage.pass(70);
        stage.network(down(A, 5001, 20).flags("P.").payload("HTTP/1.1 200 OK").build());
        stage.pass(40);
        stage.network(down(A, 5016, 20).flags("P.").payload("\r\n\r\n").build());

        assertThat(server(stage, A).firstBytes().count()).isEqualTo(1);
        assertThat(millis(server(stage, A).firstBytes())).isEqualTo(70);
        assertThat(server(stage, A).roundTrips().count()).isEqualTo(1);
        assertThat(server(stage, A).stalls()).isZero();
        assertThat(server(stage, A).retransmissions()).isZero();
    }

    @Test
    void whatIsSentOnceMoreByEitherEndIsCounted() {
        asks(1, "GET /a HTTP/1.1\r\n\r\n");
        asks(1, "GET /a HTTP/1.1\r\n\r\n");
        stage.network(down(A, 5001, 20).flags("P.").payload("HTTP/1.1 200 OK").build());
        stage.network(down(A, 5001, 20).flags("P.").payload("HTTP/1.1 200 OK").build());

        assertThat(server(stage, A).retransmissions()).isEqualTo(2);
        assertThat(server(stage, B).retransmissions()).isZero();
    }

    @Test
    void aProbeAndAnAcknowledgementAreNoRetransmissions() {
        asks(1, "x");
        stage.client(up(1, 5001).payload("x").build());
        stage.client(up(2, 5001).build());
        stage.network(down(A, 5000, 2).build());

        assertThat(server(stage, A).retransmissions()).isZero();
    }

    @Test
    void anAnswerThatIsLongInComingIsAStall() {
        asks(1, "GET /a HTTP/1.1\r\n\r\n");
        stage.network(down(A, 5001, 20).build());
        stage.pass(1_500);
        stage.network(down(A, 5001, 20).flags("P.").payload("HTTP/1.1 200 OK").build());

        assertThat(server(stage, A).stalls()).isEqualTo(1);
        assertThat(millis(server(stage, A).firstBytes())).isEqualTo(1_500);
    }

    @Test
    void anAnswerThatStandsStillInItsMiddleIsAStallAndAnIdleConnectionIsNone() {
        Stage reading = Talk.asked(GET);
        String half = OK.substring(0, OK.length() - 3);
        int rest = 5001 + half.length();
        reading.network(down(A, 5001, after(GET)).flags("P.").payload(half).build());
        reading.client(up(after(GET), rest).build());
        reading.pass(1_200);
        reading.network(down(A, rest, after(GET)).flags("P.").payload("llo").build());
        reading.client(up(after(GET), rest + 3).build());
        assertThat(server(reading, A).stalls()).isEqualTo(1);

        reading.pass(60_000);
        reading.client(up(after(GET), rest + 3).flags("P.").payload(GET).build());
        reading.network(down(A, rest + 3, after(GET, GET)).flags("P.").payload(OK).build());
        assertThat(server(reading, A).stalls()).isEqualTo(1);
        assertThat(server(reading, A).firstBytes().count()).isEqualTo(2);
    }

    @Test
    void whatAnotherServerHasWastedIsNotChargedToItsSuccessor() {
        asks(1, GET);
        stage.pass(500);
        stage.network(down(A, 5001, 1).flags("R").build());
        stage.pass(100);
        stage.network(synAck(B, 9000).build());
        stage.pass(20);
        stage.network(down(B, 9001, after(GET)).flags("P.").payload(OK).build());

        assertThat(server(stage, A).firstBytes().count()).isZero();
        assertThat(millis(server(stage, B).firstBytes())).isEqualTo(20);
        assertThat(server(stage, B).retransmissions()).isZero();
    }

    @Test
    void theFastestIsChosenByWhatPassedAndNothingWasSentToFindOut() {
        Stage fast = Stage.plan().strategy(Strategy.FASTEST).servers(A, B).build();
        String[] asked = {A, B};
        int[] roundTrip = {40, 5};
        for (int i = 0; i < asked.length; i++) {
            fast.client(Stage.syn("10.0.0.1:4000" + i, Stage.ORIGINAL).build());
            fast.toNetwork().to(asked[i]);
            fast.pass(roundTrip[i]);
            fast.network(synAck(asked[i], "10.9.0.2:4000" + i, 5000).build());
            fast.flush();
        }
        fast.pass(60_000);
        fast.silent();

        fast.client(Stage.syn("10.0.0.1:40009", Stage.ORIGINAL).build());

        fast.toNetwork().to(B);
        fast.silent();
    }
}
