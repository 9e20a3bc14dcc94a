package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.up;
import static dev.understudy.dispatcher.session.Talk.ALL;
import static dev.understudy.dispatcher.session.Talk.GET;
import static dev.understudy.dispatcher.session.Talk.OK;
import static dev.understudy.dispatcher.session.Talk.after;
import static dev.understudy.dispatcher.session.Talk.asked;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A server that owes an answer and says nothing: when it is asked whether it lives, and when it is given up. */
class SilenceTest {
    private static final long MILLIS = Stage.MILLIS;
    private static final long SECOND = 1_000 * MILLIS;

    /** When probes go out, in milliseconds, until the server is given up. */
    private static List<Long> vigil(boolean answering, long roundTrip, long timeout) {
        Silence silence = new Silence();
        silence.broken(0);
        List<Long> probes = new ArrayList<>();
        for (long now = silence.due(answering, roundTrip, timeout);
                !silence.isDeath(now, timeout);
                now = silence.due(answering, roundTrip, timeout)) {
            probes.add(now / MILLIS);
            silence.probed(now);
        }
        probes.add(silence.due(answering, roundTrip, timeout) / MILLIS);
        return probes;
    }

    @Test
    void firstProbeIsEarlyAndTheNextOnesEachAfterTwiceTheTime() {
        assertThat(vigil(true, -1, 2 * SECOND))
                .containsExactly(20L, 60L, 140L, 300L, 620L, 1260L, 1926L, 2000L);
    }

    @Test
    void beforeAnAnswerThereIsTimeToThink() {
        assertThat(vigil(false, -1, 2 * SECOND)).containsExactly(250L, 750L, 1416L, 2000L);
        assertThat(vigil(false, -1, 600 * MILLIS)).containsExactly(250L, 500L, 750L);
    }

    @Test
    void longWayIsGivenTheTimeThatAnAnswerTakes() {
        assertThat(vigil(true, 100 * MILLIS, 2 * SECOND))
                .containsExactly(200L, 600L, 1266L, 1933L, 2000L);
    }

    @Test
    void silenceTooShortForLinuxToAnswerTwiceIsNoDeath() {
        assertThat(vigil(true, -1, 100 * MILLIS)).containsExactly(20L, 60L, 140L, 300L, 550L, 750L);
    }

    @Test
    void serverThatLivesAndDoesNotGetOnIsAskedLessAndLessOften() {
        Silence silence = new Silence();
        silence.broken(0);
        int probes = 0;
        for (long now = silence.due(true, -1, 2 * SECOND);
                now < 60 * SECOND;
                now = silence.due(true, -1, 2 * SECOND)) {
            silence.probed(now);
            silence.answered(now + MILLIS);
            probes++;
        }
        assertThat(probes).isBetween(90, 96);
        silence.broken(60 * SECOND);
        assertThat(silence.due(true, -1, 2 * SECOND)).isEqualTo(60 * SECOND + 20 * MILLIS);
    }

    @Test
    void serverThatNobodyCanReplaceIsAskedEachTimeAfterTwiceTheSilence() {
        Silence silence = new Silence();
        silence.broken(0);
        for (long now = silence.due(true, -1, 2 * SECOND);
                now <= 2 * SECOND;
                now = silence.due(true, -1, 2 * SECOND)) {
            silence.probed(now);
        }
        assertThat(silence.due(true, -1, 2 * SECOND)).isEqualTo(4 * SECOND);
        silence.probed(4 * SECOND);
        assertThat(silence.due(true, -1, 2 * SECOND)).isEqualTo(8 * SECOND);
    }

    @Test
    @Tag("P20")
    void silentServerIsAskedAndThenLeft() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).build());
        stage.toClient().noPayload();

        stage.pass(2_100);

        for (int i = 0; i < 3; i++) {
            stage.toNetwork().to(A).flags(".").seq(ISN + after(GET) - 1).noPayload();
        }
        stage.toNetwork().to(A).flags("R");
        stage.toNetwork().to(B).flags("S").seq(ISN);
    }

    @Test
    @Tag("P20")
    void hostInTheDeadOnesPlaceIsFoundByItsResetInMidAnswer() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK.substring(0, 40)).build());
        stage.client(up(after(GET), 5041).build());
        stage.flush();

        stage.pass(20);
        stage.toNetwork().to(A).flags(".").seq(ISN + after(GET) - 1).ack(5041);
        stage.network(down(A, 5041, 0).flags("R").build());

        stage.toNetwork().to(B).flags("S");
    }

    @Test
    @Tag("P20")
    void slowApplicationIsNoDeadHost() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).build());
        stage.flush();

        for (int i = 0; i < 1_000; i++) {
            stage.pass(15);
            if (stage.framesToNetwork() > 0) {
                stage.toNetwork().to(A).noPayload();
                stage.network(down(A, 5001, after(GET)).build());
            }
        }

        assertThat(stage.framesToClient()).as("answers to probes are ours").isZero();
        assertThat(stage.session().server()).hasToString(A);
    }

    /** Its client's host may be gone: nobody waits for the answer any more, and no packet would ever say so. */
    @Test
    @Tag("P13")
    void clientThatIsGoneIsFoundWhileItsServerThinksForHours() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).build());
        stage.flush();

        for (long at = 0; at < Relaying.IDLE_NANOS + 10 * Relaying.PROBE_NANOS; at += SECOND) {
            stage.pass(1_000);
            if (stage.framesToNetwork() > 0) {
                stage.pollNetwork();
                stage.network(down(A, 5001, after(GET)).build());
            }
        }

        stage.toClient().noPayload();
        assertThat(stage.events()).endsWith(Kind.EXPIRED);
    }

    @Test
    @Tag("P20")
    void serverWhoseKernelAnswersTwiceASecondOnlyIsNoDeadHost() {
        Stage stage =
                Stage.plan()
                        .strategy(Strategy.IN_ORDER)
                        .recover(ALL)
                        .timeout(300)
                        .build()
                        .establish();
        stage.client(up(1, 5001).flags("P.").payload(GET).build());
        stage.network(down(A, 5001, after(GET)).build());
        stage.flush();

        long answeredAt = -500;
        for (long at = 0; at < 20_000; at += 5) {
            stage.pass(5);
            boolean asked = stage.framesToNetwork() > 0;
            while (stage.framesToNetwork() > 0) {
                stage.toNetwork().to(A).noPayload();
            }
            if (asked && at - answeredAt >= 500) {
                answeredAt = at;
                stage.network(down(A, 5001, after(GET)).build());
            }
        }

        assertThat(stage.session().server()).hasToString(A);
    }

    @Test
    void windowThatOpensAgainIsNoAnswerToAProbe() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).window(0).build());
        stage.flush();
        stage.pass(255);
        stage.toNetwork().to(A).noPayload();

        stage.network(down(A, 5001, after(GET)).window(500).build());

        stage.toClient().noPayload().ack(ISN + after(GET));
    }

    @Test
    @Tag("P67")
    void probeTellsTheTimeWhereTimestampsWereAgreedOn() {
        Stage stage = Talk.stage();
        stage.client(up(1, 5001).flags("P.").timestamps(1_002, 77_000).payload(GET).build());
        stage.network(down(A, 5001, after(GET)).timestamps(77_009, 1_002).build());
        stage.flush();

        stage.pass(250);

        stage.toNetwork().to(A).noPayload().timestamps(1_002, 77_009);
    }

    /** A damaged acknowledgement whose clock runs ahead would make the server drop all that comes after it. */
    @Test
    @Tag("P67")
    void clockOfADamagedSegmentIsNotPassedOn() {
        Stage stage = Talk.stage();
        stage.client(up(1, 5001).flags("P.").timestamps(1_002, 77_000).payload(GET).build());
        stage.network(down(A, 5001, after(GET)).timestamps(77_009, 1_002).build());
        ByteBuf damaged = up(after(GET), 5001).timestamps(1_003, 77_009).build();
        damaged.setByte(damaged.writerIndex() - 8, 0x40);
        stage.client(damaged);
        stage.flush();

        stage.pass(250);

        stage.toNetwork().to(A).noPayload().timestamps(1_002, 77_009);
    }

    @Test
    @Tag("P67")
    void lastAcknowledgementEchoesTheTimeOfTheFin() {
        Stage stage = Talk.answered();
        stage.network(down(A, 5001 + OK.length(), after(GET)).flags("F.").build());
        stage.toNetwork().to(A).flags("F.");

        stage.network(
                down(A, 5001 + OK.length(), after(GET) + 1)
                        .flags("F.")
                        .timestamps(77_100, 1_005)
                        .build());

        stage.toNetwork().to(A).flags(".").noPayload().timestamps(1_005, 77_100);
    }

    @Test
    @Tag("P34")
    void requestThatWaitsForAnotherServerIsNotCounted() {
        Route elsewhere =
                Route.to(
                        new UrlPattern(Optional.empty(), Optional.of("/b"), Set.of(), List.of()),
                        List.of(ServerConfig.of(Endpoint.parse(B))));
        Stage stage =
                Stage.plan()
                        .strategy(Strategy.IN_ORDER)
                        .servers(A)
                        .bind(new Bind(Bind.By.URL, Bind.Accept.INSTANT, 1, List.of(elsewhere)))
                        .build();
        stage.clientSyn();
        int isn = TestPackets.parse(stage.pollClient()).seq();
        stage.client(up(1, isn + 1).build());
        stage.client(up(1, isn + 1).flags("P.").payload(GET).build());
        stage.network(Stage.synAck(A, 5000).build());
        String other = "GET /b HTTP/1.1\r\nHost: shop.example\r\n\r\n";
        stage.client(up(after(GET), isn + 1).flags("P.").payload(other).build());
        stage.network(down(A, 5001, after(GET)).build());
        stage.flush();

        stage.pass(255);

        // A kernel answers what lies before the next byte that it expects, and nothing that lies
        // behind it.
        stage.toNetwork().to(A).noPayload().seq(ISN + after(GET) - 1);
    }

    @Test
    @Tag("P34")
    void whatAnotherServerHadBeforeIsNotCounted() {
        Route onlyA =
                Route.to(
                        new UrlPattern(Optional.empty(), Optional.of("/b"), Set.of(), List.of()),
                        List.of(ServerConfig.of(Endpoint.parse(A))));
        Stage stage =
                Stage.plan()
                        .strategy(Strategy.IN_ORDER)
                        .servers(A, B)
                        .recover(ALL)
                        .bind(new Bind(Bind.By.URL, Bind.Accept.INSTANT, 1, List.of(onlyA)))
                        .build();
        stage.clientSyn();
        int isn = TestPackets.parse(stage.pollClient()).seq();
        stage.client(up(1, isn + 1).build());
        String other = "GET /b HTTP/1.1\r\nHost: shop.example\r\n\r\n";
        stage.client(up(1, isn + 1).flags("P.").payload(GET + other).build());
        stage.network(Stage.synAck(A, 5000).build());
        stage.network(down(A, 5001, after(GET, other)).build());
        stage.flush();
        stage.network(down(A, 5001, after(GET, other)).flags("R.").build());
        stage.toNetwork().to(B).flags("S");
        stage.network(Stage.synAck(B, 9000).build());
        stage.toNetwork().to(B).flags(".");
        stage.toNetwork().to(B).payload(GET);
        stage.network(down(B, 9001, after(GET)).build());
        stage.flush();

        stage.pass(255);

        stage.toNetwork().to(B).noPayload().seq(ISN + after(GET) - 1);
    }
}
