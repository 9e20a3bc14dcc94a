package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The sessions that are known of, put together from what the loop read slice by slice. A session that is over goes when its
 * end is told, or at the latest when two whole rounds have not met it. In a large table a new session has to wait long until
 * it is read: there it is known from its events, as far as they tell. Not for several threads at once.
 *
 * <p>Views lie side by side, so that a list of all is one copy of an array. Each keeps its place as long as it lives, except
 * that the last one moves to where one has gone: lists that follow each other differ in few places.
 */
final class SessionRows {
    private static final int FIRST_ROOM = 64;
    private static final int ROUNDS_KEPT = 2;

    /** A table up to here is read in a second. */
    private static final int SMALL = 1024;

    private final Map<Long, Integer> places = new HashMap<>();
    private SessionView[] views = new SessionView[FIRST_ROOM];
    private int[] rounds = new int[FIRST_ROOM];

    /** Whether it was read, and is not only heard of. */
    private boolean[] read = new boolean[FIRST_ROOM];

    private int size;
    private List<SessionView> list = List.of();
    private int round;

    void take(List<SessionSample> samples, long nanos, boolean roundOver) {
        for (SessionSample sample : samples) {
            take(sample);
        }
        if (roundOver) {
            round++;
            for (int place = size - 1; place >= 0; place--) {
                if (round - rounds[place] > ROUNDS_KEPT) {
                    remove(views[place].id());
                }
            }
        }
    }

    private void take(SessionSample sample) {
        Integer known = places.get(sample.id());
        int place = known == null ? add(sample.id()) : known;
        put(place, sample.view(views[place]));
    }

    private int add(long id) {
        if (size == views.length) {
            views = Arrays.copyOf(views, 2 * size);
            rounds = Arrays.copyOf(rounds, 2 * size);
            read = Arrays.copyOf(read, 2 * size);
        }
        places.put(id, size);
        return size++;
    }

    private void put(int place, SessionView view) {
        views[place] = view;
        rounds[place] = round;
        read[place] = true;
        list = null;
    }

    private void remove(long id) {
        Integer place = places.remove(id);
        if (place == null) {
            return;
        }
        size--;
        if (place < size) {
            views[place] = views[size];
            rounds[place] = rounds[size];
            read[place] = read[size];
            places.put(views[place].id(), place);
        }
        views[size] = null;
        list = null;
    }

    /** What sessions' events say: that they begin, whom they get, and that they are over. */
    void hear(List<Event> events) {
        for (Event event : events) {
            Integer known = places.get(event.session());
            switch (event.kind()) {
                case OPENED -> {
                    if (known == null && size + events.size() >= SMALL) {
                        SessionView begun = SessionView.firstHeard(event);
                        heard(add(event.session()), with(begun, event, null, "opening", -1));
                    }
                }
                case ANSWERED, BOUND, WON -> {
                    if (known != null && !read[known]) {
                        heard(known, after(views[known], event));
                    }
                }
                case CLOSED, RESET, EXPIRED, EXHAUSTED -> remove(event.session());
                default -> {}
            }
        }
    }

    private void heard(int place, SessionView view) {
        put(place, view);
        read[place] = false;
    }

    private static SessionView after(SessionView before, Event event) {
        return switch (event.kind()) {
            case ANSWERED -> with(before, event, null, "binding", -1);
            case WON -> with(before, event, event.server(), "relaying", event.number());
            default -> with(before, event, event.server(), "relaying", -1);
        };
    }

    private static SessionView with(
            SessionView before, Event event, Endpoint server, String phase, long roundTrip) {
        HeardLegs legs = HeardLegs.after(before, event);
        return new SessionView(
                before.id(),
                before.service(),
                legs.protocol(),
                before.client(),
                before.original(),
                server,
                null,
                phase,
                legs.client(),
                legs.server(),
                0,
                0,
                0,
                0,
                0,
                0,
                before.openedAt(),
                event.nanos(),
                roundTrip,
                0,
                0,
                "",
                false,
                event.nanos());
    }

    /** All of them, in no order; the same list as long as nothing has changed. */
    List<SessionView> list() {
        if (list == null) {
            list = Collections.unmodifiableList(Arrays.asList(Arrays.copyOf(views, size)));
        }
        return list;
    }

    List<SessionView> find(List<Long> ids) {
        List<SessionView> found = new ArrayList<>(ids.size());
        for (Long id : ids) {
            Integer place = places.get(id);
            if (place != null) {
                found.add(views[place]);
            }
        }
        return found;
    }
}
