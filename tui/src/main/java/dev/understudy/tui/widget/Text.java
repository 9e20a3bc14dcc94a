package dev.understudy.tui.widget;

import java.util.ArrayList;
import java.util.List;

/** Text in cells. */
public final class Text {
    private Text() {}

    /** The text in exactly so many cells. Of a long text both ends stay: of an address, the port is at the right one. */
    public static String cell(String text, int width, boolean leftAligned) {
        if (text.length() > width) {
            if (width < 4) {
                return text.substring(0, Math.max(0, width));
            }
            int tail = (width - 1) / 2;
            return text.substring(0, width - 1 - tail) + "…" + text.substring(text.length() - tail);
        }
        String blanks = " ".repeat(width - text.length());
        return leftAligned ? text + blanks : blanks + text;
    }

    /** The text in at most so many cells, cut at its end. */
    public static String clip(String text, int width) {
        if (text.length() <= width) {
            return text;
        }
        return width < 1 ? "" : text.substring(0, width - 1) + "…";
    }

    /** The text in lines of at most so many cells, broken at blanks where that can be done. */
    public static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        String rest = text.strip();
        while (rest.length() > Math.max(1, width)) {
            int blank = rest.lastIndexOf(' ', width);
            int end = blank > 0 ? blank : Math.max(1, width);
            lines.add(rest.substring(0, end).stripTrailing());
            rest = rest.substring(end).stripLeading();
        }
        lines.add(rest);
        return lines;
    }
}
