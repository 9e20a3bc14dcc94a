package dev.understudy.dispatcher.control;

import java.util.Locale;

/** Everything that a dispatcher counts, in the order in which a screen shows it. */
public enum Counter {
    SESSIONS_OPENED,
    SESSIONS_CLOSED,
    SESSIONS_RESET,
    SESSIONS_EXPIRED,
    /** Failures that the client did not see. */
    FAILURES_HIDDEN,
    /** Connections for which every server failed. */
    FAILURES_SHOWN,
    ATTEMPTS,
    RELOCATIONS,
    NOT_RELOCATED,
    /** RSTs, ICMP errors and SYN+ACKs that were not exactly in sequence: nothing was moved by them. */
    OUT_OF_SEQUENCE,
    CHALLENGE_ACKS,
    /** Late answers of attempts that had lost, answered by RST. */
    LATE_ANSWERS,
    /** Segments to our own address that no session knows, answered by RST. */
    STRAYS,
    BAD_CHECKSUM,
    /** Packets that a leg could not carry. */
    UNTRANSLATABLE,
    LIMIT_SESSIONS,
    LIMIT_HALF_OPEN,
    LIMIT_STORE,
    /** Connections that were announced on a session. */
    ANNOUNCED,
    /** Announcements for which there was no room. */
    LIMIT_ANNOUNCED,
    /** No network-side port was free for an attempt. */
    LIMIT_PORTS,
    /** Sessions that were not moved once more, because too many others were. */
    LIMIT_MOVES,
    /** Shadows of ended sessions that made room before their time. */
    SHADOWS_EVICTED;

    /** The name that screens and metrics use: {@code sessions-opened}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
