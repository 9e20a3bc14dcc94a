package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayList;
import java.util.List;

/**
 * One failure that a client did not see (B05): what, when and at what cost, and who took over for which reason. Put
 * together from a session's events by whoever reads them.
 *
 * @param event the {@link Kind#HIDDEN} that says what, when, and the cost
 * @param successor who has the session since, or null if that is not on record
 * @param why the reason for which that server was asked, or empty if it is not on record
 */
public record HiddenFailure(Event event, Endpoint successor, String why) {

    /** All of them among the events of one session, which are in their order. */
    static List<HiddenFailure> among(List<Event> events) {
        List<HiddenFailure> hidden = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).kind() == Kind.HIDDEN) {
                int taken = takeOver(events, i);
                Endpoint successor = taken < 0 ? null : events.get(taken).server();
                String why = taken < 0 ? "" : why(events, taken, successor);
                hidden.add(new HiddenFailure(events.get(i), successor, why));
            }
        }
        return hidden;
    }

    /** Where the take-over stands that hid a failure: just before it at the same moment, or else behind it; -1 if nowhere. */
    private static int takeOver(List<Event> events, int hidden) {
        long nanos = events.get(hidden).nanos();
        for (int i = hidden - 1; i >= 0 && events.get(i).nanos() == nanos; i--) {
            if (takesOver(events.get(i).kind())) {
                return i;
            }
        }
        for (int i = hidden + 1; i < events.size(); i++) {
            if (takesOver(events.get(i).kind())) {
                return i;
            }
        }
        return -1;
    }

    private static boolean takesOver(Kind kind) {
        return switch (kind) {
            case WON, BOUND, RELOCATED, RESUMED -> true;
            default -> false;
        };
    }

    private static String why(List<Event> events, int taken, Endpoint server) {
        for (int i = taken - 1; i >= 0; i--) {
            Event event = events.get(i);
            if (event.kind() == Kind.ATTEMPT && server.equals(event.server())) {
                return event.why();
            }
        }
        return "";
    }

    /** All of it: {@code A refused (cost 310 µs, 0 bytes); B took over (next in the list).} with addresses for letters. */
    public String sentence() {
        String failure =
                EventText.failure(event)
                        + " (cost "
                        + EventText.cost(event.number(), event.bytes())
                        + ")";
        if (successor == null) {
            return failure + ".";
        }
        return failure
                + "; "
                + successor
                + " took over"
                + (why.isEmpty() ? "" : " (" + why + ")")
                + ".";
    }
}
