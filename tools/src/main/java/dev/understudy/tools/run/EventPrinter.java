package dev.understudy.tools.run;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.dispatcher.control.api.ControlJson;
import java.io.PrintStream;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Prints a dispatcher's events as they come: a sentence a line for people, or an object a line for programs. If events come
 * faster than they are printed, the ring forgets some, and the gap is said.
 */
public final class EventPrinter {
    private static final int BATCH = 512;
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    /** What is no news: it happens to every connection. */
    private static final Set<Event.Kind> ROUTINE =
            EnumSet.of(
                    Event.Kind.OPENED,
                    Event.Kind.ANSWERED,
                    Event.Kind.ASKED,
                    Event.Kind.BOUND,
                    Event.Kind.ATTEMPT,
                    Event.Kind.WON,
                    Event.Kind.CLOSED);

    private final Control control;
    private final PrintStream out;
    private final Function<Event, String> format;
    private final Set<Event.Kind> skipped;
    private long last;

    private EventPrinter(
            Control control,
            PrintStream out,
            Function<Event, String> format,
            Set<Event.Kind> skipped) {
        this.control = control;
        this.out = out;
        this.format = format;
        this.skipped = skipped;
    }

    /**
     * Sentences.
     *
     * @param wallClock turns the loop's nanoseconds into time of day
     * @param all whether also what happens to every connection is printed
     */
    public static EventPrinter sentences(
            Control control, PrintStream out, Function<Long, Instant> wallClock, boolean all) {
        ZoneId zone = ZoneId.systemDefault();
        return new EventPrinter(
                control,
                out,
                event ->
                        CLOCK.format(LocalTime.ofInstant(wallClock.apply(event.nanos()), zone))
                                + "  "
                                + EventText.line(event),
                all ? Set.of() : ROUTINE);
    }

    /** Every event as JSON. */
    public static EventPrinter json(
            Control control,
            PrintStream out,
            Function<Long, Instant> wallClock,
            Function<Map<String, ?>, String> writer) {
        return new EventPrinter(
                control,
                out,
                event ->
                        writer.apply(
                                ControlJson.event(
                                        event, wallClock.apply(event.nanos()).toString())),
                Set.of());
    }

    /** Prints what has come since the last call. */
    public void drain() {
        List<Event> events;
        do {
            events = control.events(last, BATCH);
            for (Event event : events) {
                // What was over before somebody looked was not too fast for him.
                if (last > 0 && event.id() > last + 1) {
                    out.println(
                            "(" + (event.id() - last - 1) + " events came too fast to be shown)");
                }
                last = event.id();
                if (!skipped.contains(event.kind())) {
                    out.println(format.apply(event));
                }
            }
        } while (events.size() == BATCH);
        out.flush();
    }
}
