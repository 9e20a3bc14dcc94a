package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 5681 and RFC 9438, with segments of 1,000 bytes and a round trip of 100 ms. */
class CongestionControlTest {
    private static final int MSS = 1000;
    private static final long RTT = 100_000_000L;

    static List<CongestionControl> both() {
        return List.of(new NewReno(MSS), new Cubic(MSS));
    }

    /** A round trip in which the whole window is acknowledged, a segment at a time. */
    private static void round(CongestionControl control, long now) {
        int segments = control.cwnd() / MSS;
        for (int i = 0; i < segments; i++) {
            control.onAck(MSS, RTT, now);
        }
    }

    @ParameterizedTest
    @MethodSource("both")
    void slowStartDoublesInARoundTrip(CongestionControl control) {
        control.start(10 * MSS);
        round(control, 0);
        assertThat(control.cwnd()).isEqualTo(20 * MSS);
    }

    @ParameterizedTest
    @MethodSource("both")
    void aTimeoutLeavesOneSegmentAndSlowStartEndsWhereItMust(CongestionControl control) {
        control.start(40 * MSS);
        control.onTimeout(40 * MSS, true, 0);
        assertThat(control.cwnd()).isEqualTo(MSS);
        int ssthresh = control.ssthresh();
        control.onTimeout(MSS, false, 0);
        assertThat(control.ssthresh()).isEqualTo(ssthresh);
        for (int i = 0; i < 6; i++) {
            round(control, i * RTT);
        }
        assertThat(control.cwnd()).isBetween(ssthresh, ssthresh + 3 * MSS);
    }

    @ParameterizedTest
    @MethodSource("both")
    void aLossThatWasNoneIsTakenBack(CongestionControl control) {
        control.start(40 * MSS);
        control.onLoss(40 * MSS, 0);
        assertThat(control.cwnd()).isLessThan(40 * MSS);
        control.undo();
        assertThat(control.cwnd()).isEqualTo(40 * MSS);
        assertThat(control.ssthresh()).isEqualTo(CongestionControl.UNLIMITED);
    }

    @ParameterizedTest
    @MethodSource("both")
    void neverLessThanTwoSegments(CongestionControl control) {
        control.start(MSS);
        control.onLoss(MSS, 0);
        assertThat(control.cwnd()).isEqualTo(2 * MSS);
    }

    @ParameterizedTest
    @MethodSource("both")
    void idlenessHalvesTheWindowForEachTimeoutDownToARestart(CongestionControl control) {
        control.start(80 * MSS);
        control.onIdle(250_000_000L, 100_000_000L, 10 * MSS);
        assertThat(control.cwnd()).as("RFC 2861").isEqualTo(20 * MSS);
        control.onIdle(Long.MAX_VALUE / 2, 100_000_000L, 10 * MSS);
        assertThat(control.cwnd()).isEqualTo(10 * MSS);
    }

    @Test
    void renoHalvesAndGrowsByASegmentInARoundTrip() {
        NewReno reno = new NewReno(MSS);
        reno.start(40 * MSS);
        reno.onLoss(40 * MSS, 0);
        assertThat(reno.cwnd()).isEqualTo(20 * MSS);
        round(reno, 0);
        assertThat(reno.cwnd()).isEqualTo(21 * MSS);
        reno.onAck(21 * MSS, RTT, 0);
        assertThat(reno.cwnd()).as("one for all").isEqualTo(22 * MSS);
    }

    @Test
    void cubicTakesThreeTenthsAwayAndComesBackToWhereItWasWhenTheCurveSays() {
        Cubic cubic = new Cubic(MSS);
        cubic.start(1000 * MSS);
        cubic.onLoss(1000 * MSS, 0);
        assertThat(cubic.cwnd()).isEqualTo(700 * MSS);
        // RFC 9438 4.2: K = cbrt(300 / 0.4) seconds, 9.1
        long now = 0;
        while (cubic.cwnd() < 995 * MSS && now < 60_000_000_000L) {
            now += RTT;
            round(cubic, now);
        }
        assertThat(now / 1e9).isBetween(6.0, 9.5);
        long plateau = now;
        while (cubic.cwnd() < 1010 * MSS && now < 60_000_000_000L) {
            now += RTT;
            round(cubic, now);
        }
        assertThat((now - plateau) / 1e9).as("flat around it").isGreaterThan(1.5);
    }

    @Test
    void cubicIsNeverSlowerThanReno() {
        Cubic cubic = new Cubic(MSS);
        cubic.start(10 * MSS);
        cubic.onLoss(10 * MSS, 0);
        long now = 0;
        for (int i = 0; i < 8; i++) {
            now += RTT;
            round(cubic, now);
        }
        assertThat(cubic.cwnd())
                .as("4.3: 0.53 of a segment in each")
                .isGreaterThanOrEqualTo(10 * MSS);
    }
}
