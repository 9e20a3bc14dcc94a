package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything on record for each live and recently ended session (B05), kept from the event log off the loop. Limited in
 * sessions, the one that was heard of least lately goes first, and in events of each: its first ones stay, since they say
 * how it began, and the latest.
 */
final class StoryBook {
    private static final int MOST_SESSIONS = 1 << 14;
    private static final int FIRST_KEPT = 32;
    private static final int LAST_KEPT = 96;
    private static final int BATCH = 1024;

    /** Beginnings and ends that nobody has asked for yet; more than these are found by reading the table. */
    private static final int MOST_HEARD = 1 << 18;

    private static final class Pages {
        final List<Event> first = new ArrayList<>(4);
        final List<Event> last = new ArrayList<>(0);
        int forgotten;

        void add(Event event) {
            if (first.size() < FIRST_KEPT) {
                first.add(event);
                return;
            }
            if (last.size() == LAST_KEPT) {
                last.remove(0);
                forgotten++;
            }
            last.add(event);
        }
    }

    private final EventLog log;
    private final Map<Long, Pages> books =
            new LinkedHashMap<>(64, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, Pages> eldest) {
                    return size() > MOST_SESSIONS;
                }
            };
    private List<Event> heard = new ArrayList<>();
    private long read;

    StoryBook(EventLog log) {
        this.log = log;
    }

    /** Reads what has happened since the last call. */
    synchronized void catchUp() {
        List<Event> events;
        do {
            events = log.after(read, BATCH);
            for (Event event : events) {
                read = event.id();
                if (event.session() != 0) {
                    books.computeIfAbsent(event.session(), id -> new Pages()).add(event);
                    if (beginsOrEnds(event.kind()) && heard.size() < MOST_HEARD) {
                        heard.add(event);
                    }
                }
            }
        } while (events.size() == BATCH);
    }

    private static boolean beginsOrEnds(Event.Kind kind) {
        return switch (kind) {
            case OPENED, ANSWERED, BOUND, WON, CLOSED, RESET, EXPIRED, EXHAUSTED -> true;
            default -> false;
        };
    }

    /** Sessions' beginnings and ends since the last call, in their order. */
    synchronized List<Event> heardSince() {
        catchUp();
        List<Event> since = heard;
        heard = new ArrayList<>();
        return since;
    }

    synchronized Optional<Story> story(long session, Optional<SessionView> live) {
        catchUp();
        Pages pages = books.get(session);
        if (pages == null) {
            return live.map(view -> new Story(session, live, List.of(), 0));
        }
        List<Event> events = new ArrayList<>(pages.first);
        events.addAll(pages.last);
        return Optional.of(new Story(session, live, events, pages.forgotten));
    }
}
