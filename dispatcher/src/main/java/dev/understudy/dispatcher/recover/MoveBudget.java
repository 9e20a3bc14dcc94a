package dev.understudy.dispatcher.recover;

/**
 * How many sessions may have the same request moved again at one time (DESIGN 7.5). One per dispatcher.
 *
 * <p>A storm is what happens when servers that live are asked for the same things over and over, because they answer too
 * slowly or not well enough. The death of a server is none: of three servers one has a third of all sessions, all of them
 * move at the same moment, and what they ask of the others is what the dead one does not do any more. So the first move of
 * a request is free. Every further one, before its answer got on, draws on the budget, and holds its part of it until the
 * request is answered or given up: no more than a fifth of the live sessions may be that far, and always three. Servers
 * are thus asked for anything twice at most, but for that fifth, which a service's {@code attempts} bounds in turn.
 *
 * <p>Who finds nothing left in it keeps what its server said: a 404 that is held back is delivered, a lost connection is reset.
 */
public final class MoveBudget {
    private static final int LEAST = 3;
    private static final int SHARE = 5;

    private int drawn;

    /** Whether another session may draw on it. */
    public boolean hasRoom(int liveSessions) {
        return drawn < Math.max(LEAST, liveSessions / SHARE);
    }

    /** A session's request is moved again. */
    public MoveBudget draw() {
        drawn++;
        return this;
    }

    /** That request is over. */
    public void give() {
        drawn--;
    }

    /** Sessions that draw on it; 0 when no session lives. */
    public int drawn() {
        return drawn;
    }
}
