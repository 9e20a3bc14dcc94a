package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.plan;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** At a limit a connection goes to its original unaltered, and is counted (B12); what is kept is bounded (P05). */
class LimitsTest {
    private static final Limits D = Limits.DEFAULT;

    @Test
    @Tag("B12")
    void sessionsBeyondTheLimitPassUnaltered() {
        Stage stage =
                plan().limits(new Limits(2, D.halfOpen(), D.store(), D.storePerSession())).build();
        assertThat(stage.client(synOf(1))).isTrue();
        assertThat(stage.client(synOf(2))).isTrue();
        ByteBuf third = synOf(3);
        String before = TestPackets.hex(third);

        assertThat(stage.client(third)).isFalse();

        assertThat(TestPackets.hex(third)).isEqualTo(before);
        assertThat(stage.count(Counter.LIMIT_SESSIONS)).isEqualTo(1);
        assertThat(stage.events()).contains(Kind.LIMIT);
        assertThat(stage.snapshot().sessions()).hasSize(2);
    }

    @Test
    @Tag("B12")
    void floodOfSynsIsBoundedByTheHalfOpenLimit() {
        Stage stage = plan().limits(new Limits(1000, 10, D.store(), D.storePerSession())).build();

        int taken = 0;
        for (int i = 0; i < 500; i++) {
            taken += stage.client(synOf(i)) ? 1 : 0;
        }

        assertThat(taken).isEqualTo(10);
        assertThat(stage.count(Counter.LIMIT_HALF_OPEN)).isEqualTo(490);
        assertThat(stage.events().stream().filter(k -> k == Kind.LIMIT)).hasSize(1);
        stage.pass(100_000);
        assertThat(stage.client(synOf(1))).isTrue();
    }

    @Test
    @Tag("B12")
    void answeredSessionsAreNotHalfOpen() {
        Stage stage = plan().limits(new Limits(1000, 1, D.store(), D.storePerSession())).build();
        stage.establish();

        assertThat(stage.client(synOf(1))).isTrue();
        assertThat(stage.client(synOf(2))).isFalse();
    }

    @Test
    @Tag("B12")
    void aSynThatFindsNoRoomForItsCopyPassesUnaltered() {
        Stage stage = plan().limits(new Limits(10, 10, 100, 64)).build();

        assertThat(stage.client(Stage.syn().build())).isFalse();

        assertThat(stage.count(Counter.LIMIT_STORE)).isEqualTo(1);
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    @Tag("B12")
    void newConnectionOfTheSamePortAtTheLimitPassesUnaltered() {
        Stage stage =
                plan().limits(new Limits(1, D.halfOpen(), D.store(), D.storePerSession())).build();
        stage.establish();
        stage.client(up(1, 5001).flags("R.").build());
        assertThat(stage.client(synOf(1))).isTrue();

        assertThat(stage.client(Stage.syn().seq(99).build())).isFalse();
    }

    @Test
    @Tag("B12")
    void otherTrafficPasses() {
        Stage stage = plan().build();

        assertThat(stage.client(TestPackets.tcp("10.0.0.1:5", "10.1.1.1:80").syn().build()))
                .isFalse();
        assertThat(stage.client(TestPackets.tcp("10.0.0.1:5", "203.0.113.10:81").syn().build()))
                .isFalse();
        assertThat(stage.client(TestPackets.tcp("10.0.0.1:5", ORIGINAL).payload("x").build()))
                .isFalse();
        assertThat(stage.client(TestPackets.udp("10.0.0.1:5", ORIGINAL).build())).isFalse();
        assertThat(stage.client(TestPackets.echo("10.0.0.1", "203.0.113.10").build())).isFalse();
        assertThat(stage.network(TestPackets.udp(A, OURS).build())).isFalse();
        assertThat(stage.network(TestPackets.echo("10.20.0.1", "10.9.0.2").build())).isFalse();
        assertThat(stage.network(TestPackets.tcp(A, "10.9.0.3:4").syn().build())).isFalse();
        stage.silent();
    }

    @Test
    @Tag("B12")
    void serviceWithoutServersPasses() {
        Stage stage = plan().servers().build();

        assertThat(stage.clientSyn()).isFalse();
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    @Tag("P05")
    void requestThatIsTooLongToKeepIsForwardedAllTheSame() {
        Stage stage =
                plan().strategy(Strategy.IN_ORDER)
                        .limits(new Limits(10, 10, D.store(), 4096))
                        .build()
                        .establish();

        int at = 1;
        for (int i = 0; i < 10; i++) {
            stage.client(up(at, 5001).payload("x".repeat(1000)).build());
            at += 1000;
            stage.toNetwork().to(A).payloadLength(1000);
            assertThat(stage.session().storedBytes()).isLessThanOrEqualTo(4096);
        }

        stage.network(down(A, 5001, 1).rst().build());
        stage.toClient().from(ORIGINAL).flags("R");
        assertThat(stage.events()).contains(Kind.NOT_RELOCATED);
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    @Tag("P05")
    void nothingIsStoredAfterAThousandSessionsHaveEnded() {
        Stage stage = plan().servers(A).build();
        for (int i = 0; i < 1_000; i++) {
            String client = "10.0.0.9:" + (20_000 + i);
            String ours = "10.9.0.2:" + (20_000 + i);
            stage.client(TestPackets.tcp(client, ORIGINAL).syn().seq(i).mss(1460).build());
            stage.network(TestPackets.tcp(A, ours).flags("S.").seq(i).ack(i + 1).build());
            stage.client(TestPackets.tcp(client, ORIGINAL).seq(i + 1).ack(i + 1).build());
            stage.client(
                    TestPackets.tcp(client, ORIGINAL).seq(i + 1).ack(i + 1).payload("hi").build());
            assertThat(stage.session().storedPackets()).isEqualTo(3);
            switch (i % 4) {
                case 0 -> {
                    stage.network(
                            TestPackets.tcp(A, ours).seq(i + 1).ack(i + 3).payload("ho").build());
                    assertThat(stage.session().storedPackets()).isZero();
                    stage.client(TestPackets.tcp(client, ORIGINAL).rst().seq(i + 3).build());
                }
                case 1 -> stage.client(TestPackets.tcp(client, ORIGINAL).rst().seq(i + 3).build());
                case 2 ->
                        stage.network(
                                TestPackets.tcp(A, ours).rstAck().seq(i + 1).ack(i + 3).build());
                default -> {
                    stage.client(
                            TestPackets.tcp(client, ORIGINAL).fin().seq(i + 3).ack(i + 1).build());
                    stage.network(TestPackets.tcp(A, ours).fin().seq(i + 1).ack(i + 4).build());
                    stage.client(TestPackets.tcp(client, ORIGINAL).seq(i + 4).ack(i + 2).build());
                }
            }
            stage.flush();
            assertThat(stage.snapshot().counters().get("stored-bytes")).isZero();
        }
        assertThat(stage.dispatcher.idle()).isTrue();
        stage.pass(120_000);
        assertThat(stage.dispatcher.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    @Tag("P13")
    void clientThatNeverAnswersTheSynAckIsGivenUp() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.network(synAck(A, 5000).build());
        stage.flush();

        stage.pass(75_000);

        stage.toNetwork().to(A).flags("R").seq(ISN + 1);
        stage.toClient().flags("R.").seq(5001);
        assertThat(stage.events()).endsWith(Kind.EXPIRED);
        assertThat(stage.dispatcher.idle()).isTrue();
        assertThat(stage.snapshot().counters().get("half-open")).isZero();
    }

    @Test
    @Tag("P13")
    void idleSessionIsProbedOnBothLegsAndKeptIfEitherAnswers() {
        Stage stage = Stage.established(Strategy.IN_ORDER);

        stage.pass(7_440_000);
        stage.toNetwork().from(OURS).to(A).flags(".").seq(ISN).ack(5001).noPayload();
        stage.toClient().from(ORIGINAL).flags(".").seq(5000).ack(ISN + 1).noPayload();
        stage.network(down(A, 5001, 1).build());
        stage.flush();
        stage.pass(7_000_000);
        stage.silent();
        assertThat(stage.snapshot().sessions()).hasSize(1);
    }

    @Test
    @Tag("P13")
    void idleSessionThatNobodyAnswersForExpires() {
        Stage stage = Stage.established(Strategy.IN_ORDER);

        stage.pass(7_440_000 + 3 * 75_000);

        assertThat(stage.events()).endsWith(Kind.EXPIRED);
        assertThat(stage.dispatcher.idle()).isTrue();
        assertThat(stage.framesToNetwork()).isEqualTo(4);
        assertThat(stage.framesToClient()).isEqualTo(4);
    }

    private static ByteBuf synOf(int i) {
        return TestPackets.tcp("10.0.0.7:" + (1024 + i), ORIGINAL).syn().seq(i).mss(1460).build();
    }
}
