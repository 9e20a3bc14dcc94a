package dev.understudy.tui.model;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.LinkView;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What all views show: the latest snapshot and what follows from it and those before. Read on the monitor's thread only, at
 * most ten times a second; while the picture is held nothing is read, so that all views tell of the same moment.
 */
public final class Feed {
    private static final int BARS = 60;
    private static final long BAR_NANOS = 500_000_000L;
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter EXACT =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

    private final Control control;
    private final ZoneId zone;
    private final EventHistory events = new EventHistory();
    private final Past past = new Past();
    private final RateMeter opened = new RateMeter(BARS, BAR_NANOS);
    private final RateMeter up = new RateMeter(BARS, BAR_NANOS);
    private final RateMeter down = new RateMeter(BARS, BAR_NANOS);
    private final List<Consumer<Event>> listeners = new ArrayList<>();
    private Snapshot snapshot = Snapshot.EMPTY;
    private boolean paused;

    public Feed(Control control, ZoneId zone) {
        this.control = control;
        this.zone = zone;
    }

    /**
     * Reads what is new.
     *
     * @return whether anything may look different
     */
    public boolean update() {
        if (paused) {
            return false;
        }
        Snapshot latest = control.snapshot();
        boolean fresh = latest.nanos() != snapshot.nanos();
        snapshot = latest;
        boolean heard =
                events.read(
                        control,
                        event -> {
                            past.take(event);
                            listeners.forEach(listener -> listener.accept(event));
                        });
        if (fresh) {
            opened.add(latest.nanos(), count(Counter.SESSIONS_OPENED));
            up.add(latest.nanos(), bytes(true));
            down.add(latest.nanos(), bytes(false));
        }
        return fresh || heard;
    }

    /** Whoever wants to hear of each new event. */
    public void onEvent(Consumer<Event> listener) {
        listeners.add(listener);
    }

    private long bytes(boolean in) {
        for (LinkView link : snapshot.links()) {
            if (link.side().equals("client")) {
                return in ? link.bytesIn() : link.bytesOut();
            }
        }
        return 0;
    }

    public Control control() {
        return control;
    }

    public Snapshot snapshot() {
        return snapshot;
    }

    /** The moment that the picture shows, in the loop's nanoseconds. */
    public long now() {
        return snapshot.nanos();
    }

    public EventHistory events() {
        return events;
    }

    public Past past() {
        return past;
    }

    public RateMeter opened() {
        return opened;
    }

    /** Bytes from the clients. */
    public RateMeter up() {
        return up;
    }

    /** Bytes to the clients. */
    public RateMeter down() {
        return down;
    }

    public long count(Counter counter) {
        return snapshot.counters().getOrDefault(counter.label(), 0L);
    }

    /** Packets that went nowhere because of what they were; every reason is on the page of counters. */
    public long dropped() {
        long sum = count(Counter.BAD_CHECKSUM) + count(Counter.UNTRANSLATABLE);
        for (Map.Entry<String, Long> counter : snapshot.counters().entrySet()) {
            if (counter.getKey().contains("dropped")) {
                sum += counter.getValue();
            }
        }
        return sum;
    }

    public boolean paused() {
        return paused;
    }

    public void togglePause() {
        paused = !paused;
    }

    /** The time of day at a time of the loop. */
    public String clock(long nanos) {
        return time(CLOCK, nanos);
    }

    /** The same with milliseconds. */
    public String exactClock(long nanos) {
        return time(EXACT, nanos);
    }

    private String time(DateTimeFormatter format, long nanos) {
        return format.format(Instant.ofEpochMilli(snapshot.epochMillis(nanos)).atZone(zone));
    }
}
