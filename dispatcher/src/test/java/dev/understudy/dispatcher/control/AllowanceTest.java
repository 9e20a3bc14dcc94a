package dev.understudy.dispatcher.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What being looked at may cost the loop: 1 ms in any second, however it is asked. */
final class AllowanceTest {
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000 * MILLI;

    /** One row more than the clock allows is always read before it is looked at again. */
    private static final long STEP = 2_000L;

    private record Look(long at, long cost) {}

    @ParameterizedTest
    @ValueSource(longs = {0, -5 * SECOND, Long.MAX_VALUE - 3 * SECOND})
    void noSecondCostsMoreThanAMillisecond(long begin) {
        Allowance allowance = new Allowance(begin);
        SplittableRandom random = new SplittableRandom(begin);
        List<Look> looks = new ArrayList<>();
        long now = begin;
        while (now - begin < 20 * SECOND) {
            now += random.nextInt(8) == 0 ? 3 * SECOND : random.nextLong(10 * MILLI, 300 * MILLI);
            if (allowance.begin(now)) {
                long start = now;
                while (allowance.left(now)) {
                    now += STEP;
                }
                allowance.end(now);
                looks.add(new Look(start, now - start));
            }
        }

        assertThat(looks).isNotEmpty();
        for (Look first : looks) {
            long sum =
                    looks.stream()
                            .filter(look -> look.at - first.at >= 0 && look.at - first.at < SECOND)
                            .mapToLong(Look::cost)
                            .sum();
            assertThat(sum).isLessThanOrEqualTo(MILLI + STEP);
        }
    }

    @Test
    void whatOneLookTakesTooMuchIsMissingLater() {
        Allowance allowance = new Allowance(0);
        assertThat(allowance.begin(SECOND)).isTrue();
        allowance.end(SECOND + MILLI / 2);

        assertThat(allowance.begin(SECOND + 400 * MILLI)).isFalse();
        assertThat(allowance.begin(SECOND + 500 * MILLI)).isTrue();
    }

    @Test
    void aLookThatWasInterruptedIsNotHeldAgainstAnyoneForLong() {
        Allowance allowance = new Allowance(0);
        assertThat(allowance.begin(SECOND)).isTrue();
        allowance.end(31 * SECOND);

        assertThat(allowance.begin(33 * SECOND)).isTrue();
    }
}
