package dev.understudy.dispatcher.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.service.Server.Standing;
import dev.understudy.stack.wire.Endpoint;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("P26")
class ServerTest {
    private static final long SECOND = 1_000_000_000L;

    private final Server server = new Server(Endpoint.parse("10.20.0.1:80"), 1, false);

    @ParameterizedTest
    @ValueSource(longs = {0, -7 * SECOND, Long.MAX_VALUE - SECOND / 2})
    void refusalIsRememberedForASecondAndThenSuspected(long now) {
        assertThat(server.standing(now)).isEqualTo(Standing.UP);

        assertThat(server.failed(false, now)).isEqualTo(SECOND);

        assertThat(server.standing(now)).isEqualTo(Standing.DOWN);
        assertThat(server.standing(now + SECOND - 1)).isEqualTo(Standing.DOWN);
        assertThat(server.standing(now + SECOND)).isEqualTo(Standing.SUSPECT);
    }

    @Test
    void silenceIsRememberedLonger() {
        assertThat(server.failed(true, 0)).isEqualTo(4 * SECOND);
    }

    @Test
    void everyFurtherFailureDoublesTheTimeUpToAMinute() {
        long now = 0;
        for (long expected : new long[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            assertThat(server.failed(false, now)).isEqualTo(expected * SECOND);
            now += expected * SECOND;
        }
    }

    @Test
    void failuresWhileItIsDownCountButAddNothing() {
        server.failed(false, 0);

        assertThat(server.failed(true, SECOND / 2)).isZero();

        assertThat(server.standing(SECOND)).isEqualTo(Standing.SUSPECT);
        assertThat(server.failures()).isEqualTo(2);
    }

    @Test
    void oneAnswerMakesItUpAndForgetsTheDoubling() {
        server.failed(false, 0);
        server.failed(false, 2 * SECOND);

        assertThat(server.answered()).isTrue();
        assertThat(server.answered()).isFalse();

        assertThat(server.standing(3 * SECOND)).isEqualTo(Standing.UP);
        assertThat(server.failed(false, 4 * SECOND)).isEqualTo(SECOND);
    }

    @Test
    void slowServerIsSuspectedUntilItAnswers() {
        server.slow();
        assertThat(server.standing(0)).isEqualTo(Standing.SUSPECT);

        server.answered();

        assertThat(server.standing(0)).isEqualTo(Standing.UP);
    }

    @Test
    void threeRacesWithoutAnAnswerInARowAreAFailure() {
        assertThat(server.unanswered(0)).isZero();
        assertThat(server.unanswered(0)).isZero();
        assertThat(server.unanswered(0)).isEqualTo(4 * SECOND);

        server.answered();
        assertThat(server.unanswered(0)).isZero();
    }

    @Test
    @Tag("P42")
    void roundTripRisesAtOnceAndDecaysByAnEighth() {
        assertThat(server.roundTripNanos()).isEqualTo(-1);
        server.roundTrip(800);
        assertThat(server.roundTripNanos()).isEqualTo(800);
        server.roundTrip(0);
        assertThat(server.roundTripNanos()).isEqualTo(700);
        server.roundTrip(9_000);
        assertThat(server.roundTripNanos()).isEqualTo(9_000);
    }

    @Test
    void sessionsAndWinsAreCounted() {
        server.won();
        server.won();
        server.left();

        assertThat(server.sessions()).isEqualTo(1);
        assertThat(server.wins()).isEqualTo(2);
    }

    @Test
    void portZeroIsThePortThatWasAskedFor() {
        assertThat(new Server(Endpoint.parse("10.20.0.1:0"), 1, false).port(8443)).isEqualTo(8443);
        assertThat(server.port(8443)).isEqualTo(80);
    }
}
