package dev.understudy.tools.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class ScheduleTest {
    private final Schedule schedule = Schedule.standard();

    @Test
    void beginsAndEndsWithEverybodyWellSoThatItCanBePlayedAgain() {
        Map<String, Fault> faults = new HashMap<>();
        schedule.steps().forEach(step -> faults.put(step.server(), step.fault()));

        assertThat(schedule.steps().get(0).at()).isPositive();
        assertThat(faults.values()).containsOnly(Fault.NONE);
        assertThat(schedule.length())
                .isGreaterThan(schedule.steps().get(schedule.steps().size() - 1).at());
    }

    @Test
    void showsEveryFault() {
        Set<Fault> shown =
                schedule.steps().stream().map(Schedule.Step::fault).collect(Collectors.toSet());

        assertThat(shown).containsExactlyInAnyOrder(Fault.values());
    }

    @Test
    void neverTakesAllServersAtOnce() {
        Map<String, Fault> faults = new HashMap<>();
        for (Schedule.Step step : schedule.steps()) {
            faults.put(step.server(), step.fault());
            assertThat(faults.values().stream().filter(fault -> fault != Fault.NONE).count())
                    .as("at %s", step.at())
                    .isLessThan(3);
        }
    }

    @Test
    void silenceOutlastsATimeOutSoThatLiveSessionsAreMoved() {
        Duration timeout = Duration.ofNanos(ServiceConfig.Connect.DEFAULT.timeoutNanos());
        Map<String, Duration> since = new HashMap<>();
        for (Schedule.Step step : schedule.steps()) {
            if (step.fault() == Fault.SILENT) {
                since.put(step.server(), step.at());
            } else if (step.fault() == Fault.NONE && since.containsKey(step.server())) {
                assertThat(step.at().minus(since.remove(step.server()))).isGreaterThan(timeout);
            }
        }
        assertThat(since).isEmpty();
    }
}
