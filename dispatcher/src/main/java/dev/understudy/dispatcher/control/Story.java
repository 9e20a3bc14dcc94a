package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import java.util.List;
import java.util.Optional;

/**
 * Everything on record for one session (B05): what was tried and hidden, when, what it cost, and why which server.
 *
 * @param session its number
 * @param live what it looks like now, or empty if it is over
 * @param events all that is on record, oldest first
 * @param forgotten events of it that had to be forgotten for want of room; they lie between the first and the later ones
 */
public record Story(long session, Optional<SessionView> live, List<Event> events, int forgotten) {
    public Story {
        events = List.copyOf(events);
    }

    /** Every failure that the client did not see, oldest first, with who took over and why. */
    public List<HiddenFailure> hidden() {
        return HiddenFailure.among(events);
    }
}
