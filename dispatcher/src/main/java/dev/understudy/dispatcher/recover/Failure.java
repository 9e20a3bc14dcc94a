package dev.understudy.dispatcher.recover;

import dev.understudy.dispatcher.config.ServiceConfig.Recover;

/** Why an attempt or a server leg was given up (DESIGN 7.4, 7.5). */
public enum Failure {
    /** RST with the exact sequence: refused, or reset later. */
    RESET("reset"),
    /** ICMP unreachable that quotes our own segment. */
    UNREACHABLE("unreachable"),
    /** No answer in time. */
    TIMEOUT("timeout"),
    /** None: the session was to be moved. */
    ASKED("by command"),
    /** A FIN where the conversation was not over. */
    CLOSED("closed"),
    /** We could not even try: no port or no room. */
    LOCAL("no free port");

    private final String word;

    Failure(String word) {
        this.word = word;
    }

    /** The word that configuration and events use. */
    public String word() {
        return word;
    }

    /** The word as the predicate of a sentence about a server. */
    public String sentence() {
        return switch (this) {
            case RESET -> "has reset it";
            case UNREACHABLE -> "is unreachable";
            case TIMEOUT -> "has fallen silent";
            case CLOSED -> "has closed it";
            case ASKED -> "is to be left";
            case LOCAL -> "has no free port";
        };
    }

    /** Whether the server said nothing, rather than no. */
    public boolean silent() {
        return this != RESET && this != CLOSED;
    }

    /** Whether a service wants this failure hidden and another server tried. */
    public boolean counts(Recover recover) {
        return switch (this) {
            case RESET -> recover.reset();
            case UNREACHABLE -> recover.unreachable();
            case TIMEOUT -> recover.timeout();
            case CLOSED -> recover.closed();
            case LOCAL, ASKED -> true;
        };
    }
}
