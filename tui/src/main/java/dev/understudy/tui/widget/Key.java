package dev.understudy.tui.widget;

import java.util.List;

/**
 * What a key does, and how that is said. What handles keys, the last line of the screen, the help and the README are made
 * of these: there is no key that the help does not know.
 *
 * @param strokes the keys, as {@link Strokes} names them; the first one is shown where room is short
 * @param shortly what they do, in a word for the last line; empty if they are not to stand there
 * @param fully what they do, for the help
 */
public record Key(List<String> strokes, String shortly, String fully, Runnable action) {
    /** A key with a word for the last line. */
    public static Key of(String strokes, String shortly, String fully, Runnable action) {
        return new Key(List.of(strokes.split(" ", -1)), shortly, fully, action);
    }

    /** A key that stands in the help only. */
    public static Key of(String strokes, String fully, Runnable action) {
        return of(strokes, "", fully, action);
    }

    /** Its names, as the help shows them. */
    public String names() {
        return String.join(" ", strokes);
    }
}
