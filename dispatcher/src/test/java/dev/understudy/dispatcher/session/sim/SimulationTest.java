package dev.understudy.dispatcher.session.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Thousands of schedules of failures {@code -Dsim.schedules=N} runs more, {@code -Dsim.first=S} others, and {@code
 * -Dsim.seed=S} one alone, with what happened in it.
 */
class SimulationTest {
    private static final int DEFAULT_SCHEDULES = 3_000;

    @Test
    void invariantsHoldForEverySchedule() {
        Long alone = Long.getLong("sim.seed");
        if (alone != null) {
            explain(alone);
            return;
        }
        long first = Long.getLong("sim.first", 1);
        int schedules = Integer.getInteger("sim.schedules", DEFAULT_SCHEDULES);
        long completed = 0;
        long failed = 0;
        long hidden = 0;
        long relocations = 0;
        long strict = 0;
        long begun = System.nanoTime();
        for (long seed = first; seed < first + schedules; seed++) {
            Simulation simulation = new Simulation(Schedule.of(seed), false);
            if (simulation.run().isPresent()) {
                explain(seed);
            }
            completed += simulation.completed();
            failed += simulation.failed();
            strict += simulation.preventable() ? 1 : 0;
            hidden += simulation.snapshot().counters().get("failures-hidden");
            relocations += simulation.snapshot().counters().get("relocations");
        }
        double minutes = (System.nanoTime() - begun) / 60e9;
        System.out.printf(
                "%d schedules (%d of them must not fail), %.0f a minute: %d visits completed, %d"
                        + " failed, %d failures hidden, %d relocations%n",
                schedules, strict, schedules / minutes, completed, failed, hidden, relocations);
        assertThat(completed).isGreaterThan(schedules);
        assertThat(relocations).isGreaterThan(schedules / 50);
    }

    @Test
    void invariantsHoldForEveryConversation() {
        Long alone = Long.getLong("sim.http.seed");
        if (alone != null) {
            explain(Schedule.http(alone), "sim.http.seed");
            return;
        }
        long first = Long.getLong("sim.first", 1);
        int schedules = Integer.getInteger("sim.schedules", DEFAULT_SCHEDULES);
        long completed = 0;
        long failed = 0;
        long hidden = 0;
        long relocations = 0;
        for (long seed = first; seed < first + schedules; seed++) {
            Simulation simulation = new Simulation(Schedule.http(seed), false);
            if (simulation.run().isPresent()) {
                explain(Schedule.http(seed), "sim.http.seed");
            }
            completed += simulation.completed();
            failed += simulation.failed();
            hidden += simulation.snapshot().counters().get("failures-hidden");
            relocations += simulation.snapshot().counters().get("relocations");
        }
        System.out.printf(
                "%d conversations: %d requests answered, %d failed, %d failures hidden, %d"
                        + " relocations%n",
                schedules, completed, failed, hidden, relocations);
        assertThat(completed).isGreaterThan(schedules);
        assertThat(relocations).isGreaterThan(schedules / 10);
    }

    private static void explain(long seed) {
        explain(Schedule.of(seed), "sim.seed");
    }

    private static void explain(Schedule schedule, String option) {
        long seed = schedule.seed();
        Simulation simulation = new Simulation(schedule, true);
        Optional<String> violation = simulation.run();
        if (violation.isPresent()) {
            fail(
                    "seed %d: %s (alone: -D%s=%d)%n%s",
                    seed, violation.get(), option, seed, simulation.trace());
        }
        System.out.println(simulation.trace());
    }
}
