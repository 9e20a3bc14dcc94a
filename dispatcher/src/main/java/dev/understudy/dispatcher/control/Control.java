package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * How everything outside the loop sees a dispatcher and acts on it: immutable snapshots, events and packets out, commands
 * in. Callable from any thread. Two implementations: beside the dispatcher, and at the other end of its control socket.
 *
 * <p>Whatever returns a value returns what is known at once and never waits for the loop or the socket; asking makes a fresh
 * one for the next call. Whatever may take a moment returns a future, which always completes normally: what failed says so
 * in its {@link Outcome}.
 */
public interface Control {
    /**
     * The latest snapshot, at least 100 ms younger than the one before. In a large table the loop reads a part of the
     * sessions at a time: each row says when it was read ({@link SessionView#seenAt}).
     */
    Snapshot snapshot();

    /**
     * Events with an id above {@code after}, oldest first, at most {@code most}; the ring forgets the oldest ones. Ids have
     * no gaps of their own: if the first id is not {@code after + 1}, that many were forgotten before they could be read.
     */
    List<Event> events(long after, int most);

    /**
     * What is known of some sessions, as fresh as may be: those on the screen, at most 256. Asking makes the loop read these
     * before all others, ten times a second as long as somebody asks. One that is over is not in the list.
     */
    default List<SessionView> sessions(List<Long> ids) {
        return snapshot().sessions().stream().filter(s -> ids.contains(s.id())).toList();
    }

    /** One session, as {@link #sessions}. */
    default Optional<SessionView> session(long id) {
        return sessions(List.of(id)).stream().findFirst();
    }

    /** Everything on record for one session, live or recently ended (B05); empty if nothing is. */
    default CompletableFuture<Optional<Story>> story(long session) {
        List<Event> its =
                events(0, Integer.MAX_VALUE).stream().filter(e -> e.session() == session).toList();
        return CompletableFuture.completedFuture(
                its.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Story(session, session(session), its, 0)));
    }

    /** What is being recorded packet by packet. */
    default Watch watching() {
        return Watch.NONE;
    }

    /** Sessions whose packets are on record, oldest first; some may be over. */
    default List<Long> watchedSessions() {
        return List.of();
    }

    /**
     * Packets on record for one session, oldest first, with a {@link TracedPacket#number} above {@code after}, at most {@code
     * most}. A gap in the numbers is what its ring has forgotten.
     */
    default List<TracedPacket> packets(long session, long after, int most) {
        return List.of();
    }

    /** Does something to the dispatcher; the outcome says in a sentence what was done, or why not. */
    default CompletableFuture<Outcome> perform(Command command) {
        return CompletableFuture.completedFuture(
                Outcome.refused("Nothing can be done here: this is only a view."));
    }

    /** Commands of the other side that this one cannot take are refused; a monitor need not offer them then. */
    default boolean readOnly() {
        return true;
    }

    /** What a counter, a limit or a drop means, by its name in {@link Snapshot#counters}; a sentence, or empty. */
    default String meaning(String counter) {
        return CounterGuide.meaning(counter);
    }

    /** Names of counters with their meanings, for all of a snapshot's. */
    default Map<String, String> meanings(Snapshot snapshot) {
        return CounterGuide.meanings(snapshot.counters().keySet());
    }
}
