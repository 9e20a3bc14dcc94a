package dev.understudy.dispatcher.control;

import dev.understudy.stack.wire.Endpoint;
import java.util.List;

/** What is read of a dispatcher, and done to it, on its loop. Every call but a command is short. */
public interface Source {
    /**
     * Reads on in the table of sessions, which may change between two calls: of those that stay, each is read within two
     * rounds.
     *
     * @param into where live sessions are added to
     * @param slots how many places of the table to look at
     * @return whether that was the end of the table; the next call begins anew
     */
    boolean read(List<SessionSample> into, int slots, long now);

    /** Reads one session, found by its ends, if it is live and still the one with this number. */
    void read(List<SessionSample> into, long id, Endpoint client, Endpoint original, long now);

    /** Reads everything else. */
    Overview overview(long now);

    /** Carries out what concerns sessions, servers and watches. */
    Outcome perform(Command command, long now);
}
