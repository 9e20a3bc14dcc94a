package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** RFC 6298, with a floor of 200 ms. */
class RttEstimatorTest {
    private static final long MILLIS = 1_000_000L;
    private final RttEstimator rtt = new RttEstimator(RttConfig.DEFAULT);

    private void sample(long millis) {
        rtt.sample(millis * MILLIS, millis * MILLIS);
    }

    @Test
    void beginsWithASecond() {
        assertThat(rtt.rto()).isEqualTo(1_000 * MILLIS);
        assertThat(rtt.hasSample()).isFalse();
    }

    @Test
    void theFirstSampleSetsAllThree() {
        sample(100);
        assertThat(rtt.srtt()).isEqualTo(100 * MILLIS);
        assertThat(rtt.rttVar()).isEqualTo(50 * MILLIS);
        assertThat(rtt.rto()).isEqualTo(300 * MILLIS);
    }

    @Test
    void laterOnesMoveThemByAnEighthAndAQuarter() {
        sample(100);
        sample(180);
        assertThat(rtt.rttVar()).isEqualTo(50 * MILLIS + (80 - 50) * MILLIS / 4);
        assertThat(rtt.srtt()).isEqualTo(110 * MILLIS);
        assertThat(rtt.rto()).isEqualTo(110 * MILLIS + 4 * 57_500_000L);
    }

    @Test
    void staysWithinItsBounds() {
        for (int i = 0; i < 100; i++) {
            sample(1);
        }
        assertThat(rtt.rto()).isEqualTo(200 * MILLIS);
        sample(100_000);
        assertThat(rtt.rto()).isEqualTo(60_000 * MILLIS);
    }

    @Test
    void doublesUntilTheNextSample() {
        sample(100);
        rtt.backOff();
        rtt.backOff();
        assertThat(rtt.rto()).isEqualTo(1200 * MILLIS);
        for (int i = 0; i < 100; i++) {
            rtt.backOff();
        }
        assertThat(rtt.rto()).isEqualTo(60_000 * MILLIS);
        sample(100);
        assertThat(rtt.rto()).isLessThan(300 * MILLIS);
    }

    @Test
    void remembersTheSmallest() {
        sample(100);
        rtt.sample(50 * MILLIS, 20 * MILLIS);
        sample(70);
        assertThat(rtt.minRtt()).isEqualTo(20 * MILLIS);
    }
}
