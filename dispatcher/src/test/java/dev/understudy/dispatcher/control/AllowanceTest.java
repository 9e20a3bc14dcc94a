package dev.understudy.dispatcher.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllowanceTest {
    private static final long MICROS = 1_000L;
    private static final long MILLIS = 1_000_000L;
    private static final long LOOKS = 100 * MILLIS;

    /** What looks take in five seconds that begin after a rest, of which each part takes so long. */
    private static long spent(long part) {
        Allowance allowance = new Allowance(0);
        long rested = 60_000 * MILLIS;
        long spent = 0;
        for (long at = rested; at < rested + 5_000 * MILLIS; at += LOOKS) {
            if (allowance.begin(at)) {
                long now = at;
                do {
                    now += part;
                } while (allowance.left(now));
                allowance.end(now);
                spent += now - at;
            }
        }
        return spent;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 10, 50, 100, 240})
    void fiveSecondsOfLookingTakeLessThanFiveMilliseconds(long micros) {
        assertThat(spent(micros * MICROS)).isBetween(4_500 * MICROS, 5_000 * MICROS);
    }

    @Test
    void lookThatTakesTooMuchIsMissingLater() {
        Allowance allowance = new Allowance(0);
        assertThat(allowance.begin(0)).isTrue();
        allowance.end(600 * MICROS);

        assertThat(allowance.begin(300 * MILLIS)).isFalse();
        assertThat(allowance.begin(400 * MILLIS)).isTrue();
    }

    @Test
    void lookThatAMachineInterruptedIsHeldAgainstNobodyForLong() {
        Allowance allowance = new Allowance(0);
        assertThat(allowance.begin(0)).isTrue();
        allowance.end(30 * MILLIS);

        assertThat(allowance.begin(1_000 * MILLIS)).isFalse();
        assertThat(allowance.begin(1_200 * MILLIS)).isTrue();
    }
}
