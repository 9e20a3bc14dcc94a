package dev.understudy.tools.script.language;

/**
 * When an event is to happen, in nanoseconds.
 *
 * @param from from when on, since the start or, if {@code relative}, since the event before
 * @param to until when; the same as {@code from} for a point in time
 */
public record Timing(Kind kind, long from, long to) {
    /** How the two times are to be read. */
    public enum Kind {
        ABSOLUTE,
        RELATIVE,
        /** {@code *}: whenever it comes. */
        ANY,
    }

    public boolean isRange() {
        return from != to;
    }
}
