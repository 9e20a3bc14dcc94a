package dev.understudy.dispatcher.control;

import dev.understudy.stack.wire.Endpoint;

/** What can be done to a dispatcher from outside. Each gives an {@link Outcome}. */
public sealed interface Command {
    /** Moves a live session to another server, if that is safe now. */
    record Relocate(long session) implements Command {}

    /** Ends a session: both its legs are reset. */
    record Reset(long session) implements Command {}

    /**
     * No new session goes to a server, and those that can be moved are; nobody is disconnected (B04).
     *
     * @param service empty for every service that has this server
     */
    record Drain(String service, Endpoint server) implements Command {}

    /** A drained server gets sessions again. Undoes {@link Drain}. */
    record Undrain(String service, Endpoint server) implements Command {}

    /** Makes one session's path worse (B08); {@link Impair#NONE} undoes it. */
    record ImpairSession(long session, Impair impair) implements Command {}

    /** Makes one link worse (B08); {@link Impair#NONE} undoes it. */
    record ImpairLink(Side side, Impair impair) implements Command {}

    /** Loads the configuration file again; the old one stays if the new one is wrong. */
    record Reload() implements Command {}

    /** Records packets from now on as {@code watch} says, and no others. */
    record SetWatch(Watch watch) implements Command {}

    /** Records the packets of one session too, from now on. */
    record WatchSession(long session) implements Command {}

    /** Stops recording one session and forgets its packets. */
    record UnwatchSession(long session) implements Command {}

    /** One of a dispatcher's two faces. */
    enum Side {
        CLIENT,
        NETWORK;

        /** {@code client} or {@code network}. */
        public String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}
