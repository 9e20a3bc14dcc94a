package dev.understudy.tui.model;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/**
 * The last events of a dispatcher. The opening, winning and closing of sessions that go well is most of the stream, and is
 * on the screen as rows already; what a person has to know is kept apart, so that it is not washed away.
 */
public final class EventHistory {
    private static final int KEPT = 5000;
    private static final int BATCH = 500;
    private static final int MOST_BATCHES = 20;

    private final Deque<Event> all = new ArrayDeque<>();
    private final Deque<Event> notable = new ArrayDeque<>();
    private long lastId;
    private long missed;

    /**
     * Takes what is new.
     *
     * @param each gets each of the new ones
     * @return whether there was anything new
     */
    public boolean read(Control control, Consumer<Event> each) {
        boolean any = false;
        for (int batch = 0; batch < MOST_BATCHES; batch++) {
            List<Event> events = control.events(lastId, BATCH);
            for (Event event : events) {
                any = true;
                if (lastId > 0 && event.id() > lastId + 1) {
                    missed += event.id() - lastId - 1;
                }
                lastId = Math.max(lastId, event.id());
                keep(all, event);
                if (isNotable(event.kind())) {
                    keep(notable, event);
                }
                each.accept(event);
            }
            if (events.size() < BATCH) {
                break;
            }
        }
        return any;
    }

    /** All that are kept, oldest first. */
    public List<Event> events(boolean everything) {
        return new ArrayList<>(everything ? all : notable);
    }

    /** At most so many, oldest first. */
    public List<Event> latest(int most, boolean everything) {
        List<Event> latest = new ArrayList<>();
        Iterator<Event> newestFirst = (everything ? all : notable).descendingIterator();
        while (latest.size() < most && newestFirst.hasNext()) {
            latest.add(0, newestFirst.next());
        }
        return latest;
    }

    /** How many were overwritten before they could be read. */
    public long missed() {
        return missed;
    }

    /** The id of the newest one. */
    public long newest() {
        return lastId;
    }

    private static void keep(Deque<Event> events, Event event) {
        events.addLast(event);
        if (events.size() > KEPT) {
            events.removeFirst();
        }
    }

    /** Whether an event tells more than that all goes well. */
    public static boolean isNotable(Event.Kind kind) {
        return switch (kind) {
            case OPENED, ATTEMPT, WON, FAILED, CLOSED, ANSWERED, ASKED, BOUND, PARKED -> false;
            default -> true;
        };
    }
}
