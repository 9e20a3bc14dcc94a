package dev.understudy.tui.widget;

import java.util.Locale;

/** How many colours a terminal has. Everything can be read without any of them. */
public enum Palette {
    /** Weight, underline and reverse only. */
    NONE,
    /** The eight of ECMA-48; bright ones are the bold ones. */
    EIGHT,
    /** With bright ones of their own. */
    SIXTEEN;

    /**
     * What a terminal can do, by what its environment says.
     *
     * @param term TERM
     * @param noColour NO_COLOR (no-color.org), which forbids colours if it is set and not empty
     */
    public static Palette of(String term, String noColour) {
        if (noColour != null && !noColour.isEmpty()) {
            return NONE;
        }
        String name = term == null ? "" : term.toLowerCase(Locale.ROOT);
        if (name.startsWith("vt") || name.endsWith("-m") || name.endsWith("-mono")) {
            return NONE;
        }
        boolean few = name.equals("linux") || name.equals("ansi") || name.equals("cygwin");
        return few || name.endsWith("-color") ? EIGHT : SIXTEEN;
    }
}
