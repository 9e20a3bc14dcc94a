package dev.understudy.tui.model;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sessions that have ended, as far as their events tell: most connections live for less time than passes between two
 * pictures, and those in which something happened are the ones that somebody wants to look at. The last 1,000 are kept, and
 * the last 300 of those from which something was hidden.
 */
public final class Past {
    private static final int MOST_OPEN = 4096;
    private static final int MOST_ENDED = 1000;
    private static final int MOST_NOTABLE = 300;

    private final Map<Long, SessionView> open = new LinkedHashMap<>();
    private final Map<Long, SessionView> ended = new LinkedHashMap<>();
    private final Map<Long, SessionView> notable = new LinkedHashMap<>();

    /** Whether a session is over: live ones have the phases of the dispatcher. */
    public static boolean isOver(SessionView session) {
        return switch (session.phase()) {
            case "closed", "reset", "expired", "failed" -> true;
            default -> false;
        };
    }

    /** Takes the next event. */
    public void take(Event event) {
        if (event.session() == 0) {
            return;
        }
        SessionView known = open.remove(event.session());
        SessionView session = known == null ? begin(event) : known;
        SessionView after = apply(session, event);
        if (isOver(after)) {
            boolean eventful =
                    after.hidden() > 0 || after.moves() > 0 || !after.phase().equals("closed");
            keep(eventful ? notable : ended, after, eventful ? MOST_NOTABLE : MOST_ENDED);
        } else {
            keep(open, after, MOST_OPEN);
        }
    }

    /** Those that are over, in no order. */
    public List<SessionView> sessions() {
        List<SessionView> all = new ArrayList<>(ended.size() + notable.size());
        all.addAll(ended.values());
        all.addAll(notable.values());
        return all;
    }

    /** Those that have not ended, as far as their events tell. */
    public List<SessionView> open() {
        return List.copyOf(open.values());
    }

    /** Those that are over and in which something failed or moved, in no order. */
    public List<SessionView> eventful() {
        return List.copyOf(notable.values());
    }

    private static void keep(Map<Long, SessionView> map, SessionView session, int most) {
        map.put(session.id(), session);
        if (map.size() > most) {
            map.remove(map.keySet().iterator().next());
        }
    }

    private static SessionView begin(Event event) {
        boolean opened = event.kind() == Event.Kind.OPENED;
        // An event of whoever is unknown to us: what it was before, we cannot tell.
        return new SessionView(
                event.session(),
                opened ? event.text() : "",
                "",
                event.client(),
                opened ? event.server() : null,
                null,
                null,
                "opening",
                "",
                "",
                0,
                0,
                0,
                0,
                0,
                0,
                event.nanos(),
                event.nanos(),
                -1,
                0,
                0,
                "",
                false,
                event.nanos());
    }

    private static SessionView apply(SessionView s, Event event) {
        return switch (event.kind()) {
            case WON -> with(s, event, event.server(), "relaying", s.bytesDown(), 0, 0);
            case HIDDEN -> with(s, event, s.server(), s.phase(), s.bytesDown(), 1, 0);
            case RELOCATING -> with(s, event, s.server(), "relocating", s.bytesDown(), 0, 0);
            case RELOCATED -> with(s, event, event.server(), "relaying", s.bytesDown(), 0, 1);
            case EXHAUSTED -> with(s, event, s.server(), "failed", s.bytesDown(), 0, 0);
            case CLOSED -> with(s, event, s.server(), "closed", event.number(), 0, 0);
            case RESET ->
                    with(
                            s,
                            event,
                            s.server(),
                            s.phase().equals("failed") ? "failed" : "reset",
                            s.bytesDown(),
                            0,
                            0);
            case EXPIRED -> with(s, event, s.server(), "expired", s.bytesDown(), 0, 0);
            default -> with(s, event, s.server(), s.phase(), s.bytesDown(), 0, 0);
        };
    }

    private static SessionView with(
            SessionView s,
            Event event,
            Endpoint server,
            String phase,
            long down,
            int hidden,
            int moves) {
        long trip =
                event.kind() == Event.Kind.WON && s.roundTripNanos() < 0
                        ? event.number()
                        : s.roundTripNanos();
        return new SessionView(
                s.id(),
                s.service(),
                s.protocol(),
                s.client(),
                s.original(),
                server,
                s.local(),
                phase,
                "",
                "",
                s.delta(),
                s.bytesUp(),
                down,
                s.packets(),
                0,
                0,
                s.openedAt(),
                event.nanos(),
                trip,
                s.hidden() + hidden,
                s.moves() + moves,
                s.impairment(),
                s.watched(),
                event.nanos());
    }
}
