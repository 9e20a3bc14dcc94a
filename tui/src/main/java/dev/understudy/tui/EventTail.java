package dev.understudy.tui;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * The last events of a dispatcher. The opening, winning and closing of sessions that go well is most of the stream, and
 * is on the screen as rows already; what a person has to know is kept apart, so that it is not washed away.
 */
final class EventTail {
    private static final int KEPT = 100;
    private static final int BATCH = 500;
    private static final int MOST_BATCHES = 20;

    /** An event with its time of day. */
    record Entry(Event event, Instant time) {}

    private final Deque<Entry> all = new ArrayDeque<>();
    private final Deque<Entry> notable = new ArrayDeque<>();
    private long lastId;

    /** Takes what is new; the dispatcher's ticker reads {@code nanos} now. */
    void read(Control control, Clock clock, long nanos) {
        Instant now = clock.instant();
        for (int batch = 0; batch < MOST_BATCHES; batch++) {
            List<Event> events = control.events(lastId, BATCH);
            for (Event event : events) {
                Entry entry = new Entry(event, now.minusNanos(nanos - event.nanos()));
                keep(all, entry);
                if (isNotable(event.kind())) {
                    keep(notable, entry);
                }
                lastId = Math.max(lastId, event.id());
            }
            if (events.size() < BATCH) {
                return;
            }
        }
    }

    /** At most so many, oldest first. */
    List<Entry> latest(int most, boolean everything) {
        List<Entry> latest = new ArrayList<>();
        Iterator<Entry> newestFirst = (everything ? all : notable).descendingIterator();
        while (latest.size() < most && newestFirst.hasNext()) {
            latest.add(0, newestFirst.next());
        }
        return latest;
    }

    private static void keep(Deque<Entry> entries, Entry entry) {
        entries.addLast(entry);
        if (entries.size() > KEPT) {
            entries.removeFirst();
        }
    }

    private static boolean isNotable(Event.Kind kind) {
        return switch (kind) {
            case OPENED, ATTEMPT, WON, FAILED, CLOSED -> false;
            case ANSWERED, ASKED, BOUND, PARKED -> false;
            case RESUMED, RESTORED -> true;
            case HIDDEN, EXHAUSTED, RELOCATING, RELOCATED, NOT_RELOCATED, RESET, EXPIRED -> true;
            case SERVER_DOWN, SERVER_UP, LIMIT, RELOADED, RELOAD_REFUSED -> true;
        };
    }
}
