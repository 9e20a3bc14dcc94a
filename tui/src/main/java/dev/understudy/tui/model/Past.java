package dev.understudy.tui.model;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.HeardLegs;
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
        SessionView session = known == null ? SessionView.firstHeard(event) : known;
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

    private static SessionView apply(SessionView s, Event event) {
        Change change = new Change(s, HeardLegs.after(s, event));
        return switch (event.kind()) {
            case WON, BOUND -> change.to("relaying").on(event.server()).made(event);
            case HIDDEN -> change.hidden().made(event);
            case RELOCATING -> change.to("relocating").made(event);
            case RELOCATED, RESUMED -> change.to("relaying").on(event.server()).moved().made(event);
            case RESTORED -> change.to("relaying").made(event);
            case ANSWERED -> change.to("binding").made(event);
            case PARKED -> change.to("binding").on(null).made(event);
            case EXHAUSTED -> change.to("failed").made(event);
            case CLOSED -> change.to("closed").delivered(event.number()).made(event);
            case RESET -> change.to(s.phase().equals("failed") ? "failed" : "reset").made(event);
            case EXPIRED -> change.to("expired").made(event);
            default -> change.made(event);
        };
    }

    /** What an event changes of a session. */
    private static final class Change {
        private final SessionView before;
        private final HeardLegs legs;
        private String phase;
        private Endpoint server;
        private long down;
        private int hidden;
        private int moves;

        Change(SessionView before, HeardLegs legs) {
            this.before = before;
            this.legs = legs;
            phase = before.phase();
            server = before.server();
            down = before.bytesDown();
            hidden = before.hidden();
            moves = before.moves();
        }

        Change to(String next) {
            phase = next;
            return this;
        }

        Change on(Endpoint next) {
            server = next;
            return this;
        }

        Change delivered(long bytes) {
            down = bytes;
            return this;
        }

        Change hidden() {
            hidden++;
            return this;
        }

        Change moved() {
            moves++;
            return this;
        }

        SessionView made(Event event) {
            boolean measured = event.kind() == Event.Kind.WON && before.roundTripNanos() < 0;
            return new SessionView(
                    before.id(),
                    before.service(),
                    legs.protocol(),
                    before.client(),
                    before.original(),
                    server,
                    before.local(),
                    phase,
                    legs.client(),
                    legs.server(),
                    before.delta(),
                    before.bytesUp(),
                    down,
                    before.packets(),
                    0,
                    0,
                    before.openedAt(),
                    event.nanos(),
                    measured ? event.number() : before.roundTripNanos(),
                    hidden,
                    moves,
                    before.impairment(),
                    before.watched(),
                    event.nanos());
        }
    }
}
