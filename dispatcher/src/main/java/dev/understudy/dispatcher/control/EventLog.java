package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongConsumer;

/**
 * The last events, in a ring. One loop writes; any thread reads without holding the writer up. A reader that is slower
 * than the ring misses the oldest events and can tell by the gap in their ids.
 */
public final class EventLog {
    private final AtomicReferenceArray<Event> ring;
    private final int mask;
    private volatile long last;
    private LongConsumer eventful = session -> {};

    /** A ring for {@code capacity} events, a power of two. */
    public EventLog(int capacity) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException(capacity + " is not a power of two");
        }
        ring = new AtomicReferenceArray<>(capacity);
        mask = capacity - 1;
    }

    /** Whom to tell, on the loop, of each session in which something failed or moved. */
    public void onEventful(LongConsumer listener) {
        eventful = listener;
    }

    private static boolean isEventful(Kind kind) {
        return switch (kind) {
            case HIDDEN, EXHAUSTED, RELOCATING, RELOCATED, NOT_RELOCATED, RESUMED, RESTORED -> true;
            default -> false;
        };
    }

    /** Records an event that costs no bytes and chooses no server. Only the loop calls this. */
    public void add(
            long nanos,
            long session,
            Kind kind,
            Endpoint client,
            Endpoint server,
            long number,
            String text) {
        add(nanos, session, kind, client, server, number, text, 0, "");
    }

    /** Records an event. Only the loop calls this. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    public void add(
            long nanos,
            long session,
            Kind kind,
            Endpoint client,
            Endpoint server,
            long number,
            String text,
            long bytes,
            String why) {
        long id = last + 1;
        ring.lazySet(
                (int) id & mask,
                new Event(id, nanos, session, kind, client, server, number, text, bytes, why));
        last = id;
        if (isEventful(kind)) {
            eventful.accept(session);
        }
    }

    /** Events with an id above {@code after}, oldest first, at most {@code most}. */
    public List<Event> after(long after, int most) {
        long newest = last;
        long first = Math.max(after, newest - mask - 1) + 1;
        List<Event> events = new ArrayList<>((int) Math.min(most, Math.max(0, newest - first + 1)));
        for (long id = first; id <= newest && events.size() < most; id++) {
            Event event = ring.get((int) id & mask);
            if (event != null && event.id() == id) {
                events.add(event);
            }
            // Else it was overwritten while we read; those behind it may still be there.
        }
        return events;
    }

    /** The id of the newest event, 0 before the first. */
    public long newest() {
        return last;
    }
}
