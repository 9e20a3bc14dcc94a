package dev.understudy.tools.lab;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One run of the lab: clients ask all the time, servers die and come back as the schedule has it, and what happened on
 * both sides of the dispatcher is put together. Belongs to one thread, the one that calls {@link #play}.
 */
final class Lab {
    static final int BRISK = 4;
    static final int LINGERING = 6;

    private static final long LOOK_NANOS = 100_000_000L;
    private static final int EVENTS_AT_ONCE = 4_096;

    private final Stage stage;
    private final Control control;
    private final Schedule schedule;
    private final long seed;
    private final Consumer<String> progress;
    private final Tally tally;
    private long lastEvent;

    /**
     * A run that has not begun.
     *
     * @param control of what stands in the middle
     * @param seed of what the clients ask for and when
     * @param progress is told a sentence of each step of the schedule
     */
    Lab(Stage stage, Control control, Schedule schedule, long seed, Consumer<String> progress) {
        this.stage = stage;
        this.control = control;
        this.schedule = schedule;
        this.seed = seed;
        this.progress = progress;
        this.tally = new Tally(stage.servers().get(0).endpoint());
    }

    /**
     * Plays the schedule, again and again, then mends every server and lets every client finish.
     *
     * @param length of the run, without the finish
     * @param enough asked all the time; true ends the run early
     */
    Summary play(Duration length, BooleanSupplier enough) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        long end = begin + length.toNanos();
        Stage.Clients clients =
                stage.clients(
                        BRISK, LINGERING, seed, visit -> tally.visited(visit, System.nanoTime()));
        try {
            long round = begin;
            boolean on = true;
            while (on) {
                for (Schedule.Step step : schedule.steps()) {
                    on = watch(Math.min(end, round + step.at().toNanos()), end, enough);
                    if (!on) {
                        break;
                    }
                    take(step, System.nanoTime() - begin);
                }
                round += schedule.length().toNanos();
                on = on && watch(Math.min(end, round), end, enough);
            }
            for (Stage.Actor server : stage.servers()) {
                server.inflict(Fault.NONE);
            }
        } finally {
            clients.finish();
        }
        watch(System.nanoTime() + 2 * LOOK_NANOS, Long.MAX_VALUE, () -> false);
        return tally.summary();
    }

    private void take(Schedule.Step step, long since) throws IOException, InterruptedException {
        stage.server(step.server()).inflict(step.fault());
        progress.accept(
                String.format(
                        Locale.ROOT,
                        "%6.1f s  %s %s",
                        since / 1e9,
                        step.server(),
                        step.fault().sentence()));
    }

    /** Reads events until then; false if the run is over. */
    private boolean watch(long until, long end, BooleanSupplier enough) {
        while (true) {
            long now = System.nanoTime();
            look(now);
            if (enough.getAsBoolean() || now - end >= 0 || Thread.interrupted()) {
                return false;
            }
            if (now - until >= 0) {
                return true;
            }
            LockSupport.parkNanos(Math.min(LOOK_NANOS, until - now));
        }
    }

    private void look(long now) {
        List<Event> events;
        do {
            events = control.events(lastEvent, EVENTS_AT_ONCE);
            for (Event event : events) {
                tally.happened(event, now);
                lastEvent = event.id();
            }
        } while (events.size() == EVENTS_AT_ONCE);
        tally.settle(now);
    }
}
