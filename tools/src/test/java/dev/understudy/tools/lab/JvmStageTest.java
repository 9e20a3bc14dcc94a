package dev.understudy.tools.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The lab without a kernel: the same run, on hosts of our own and wires in memory. */
final class JvmStageTest {
    @Test
    void serversDieAndNoClientSeesIt() throws Exception {
        List<String> progress = new ArrayList<>();
        try (LabHouse house = LabHouse.inJvm()) {
            Summary summary =
                    new Lab(house.stage(), house.control(), Schedule.standard(), 1, progress::add)
                            .play(Duration.ofSeconds(4), () -> false);
            assertThat(summary.failuresSeen()).isZero();
            assertThat(summary.failuresHidden()).isPositive();
            assertThat(summary.requests()).isGreaterThan(50);
            assertThat(summary.holds()).isTrue();
        }
        assertThat(progress).containsExactly("   2.0 s  A is killed");
    }

    @Test
    void aServerThatHadEveryFaultAnswersAgain() throws Exception {
        try (LabHouse house = LabHouse.inJvm()) {
            List<Visit> visits = new ArrayList<>();
            for (Fault fault : List.of(Fault.REFUSE, Fault.UNREACHABLE, Fault.SILENT)) {
                for (Stage.Actor server : house.stage().servers()) {
                    server.inflict(fault);
                }
                assertThat(house.stage().server("A").name()).isEqualTo("A");
            }
            for (Stage.Actor server : house.stage().servers()) {
                server.inflict(Fault.NONE);
            }
            Stage.Clients clients =
                    house.stage()
                            .clients(
                                    1,
                                    0,
                                    1,
                                    visit -> {
                                        synchronized (visits) {
                                            visits.add(visit);
                                        }
                                    });
            clients.finish();
            synchronized (visits) {
                assertThat(visits).isNotEmpty();
                assertThat(visits).allMatch(visit -> visit.failure().isEmpty());
            }
        }
    }
}
