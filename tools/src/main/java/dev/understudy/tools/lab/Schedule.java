package dev.understudy.tools.lab;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * Who dies when. It begins and ends with everybody well, so that it can be played again and again.
 *
 * @param length of one round
 */
public record Schedule(List<Step> steps, Duration length) {

    /**
     * One change.
     *
     * @param at since the round began
     */
    public record Step(Duration at, String server, Fault fault) {}

    public Schedule {
        steps = steps.stream().sorted(Comparator.comparing(Step::at)).toList();
    }

    /**
     * The round of the lab. A fault begins when the dispatcher has found out that the one before is over (it looks again
     * after 1, 2, 4 s and so on), or there would be nothing to hide. A server that is killed has live sessions, and so has one
     * that falls silent for longer than a time-out: those go on elsewhere.
     */
    public static Schedule standard() {
        return new Schedule(
                List.of(
                        step(2_000, "A", Fault.KILLED),
                        step(4_500, "A", Fault.NONE),
                        step(7_000, "A", Fault.SILENT),
                        step(9_500, "A", Fault.NONE),
                        step(12_000, "B", Fault.SILENT),
                        step(12_500, "A", Fault.REFUSE),
                        step(14_500, "B", Fault.NONE),
                        step(15_000, "A", Fault.NONE),
                        step(17_000, "A", Fault.UNREACHABLE),
                        step(19_000, "A", Fault.NONE)),
                Duration.ofSeconds(20));
    }

    private static Step step(long millis, String server, Fault fault) {
        return new Step(Duration.ofMillis(millis), server, fault);
    }
}
