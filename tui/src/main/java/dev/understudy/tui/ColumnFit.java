package dev.understudy.tui;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Which columns a table shows at a width, and how wide each is. Columns are as wide as what they hold; those that matter
 * most are taken as long as they fit, and room that is left goes to shortened texts. Widths only grow while the terminal
 * keeps its size: a table whose columns shift with every row that comes and goes cannot be read.
 */
final class ColumnFit {
    private final Map<SessionColumn, Integer> wanted = new EnumMap<>(SessionColumn.class);
    private int fittedTo = -1;

    /** The columns for these rows at this width, in the order of the screen; one blank between two is not included. */
    Map<SessionColumn, Integer> fit(List<SessionView> rows, int width) {
        if (width != fittedTo) {
            wanted.clear();
            fittedTo = width;
        }
        for (SessionColumn column : SessionColumn.values()) {
            int most = wanted.getOrDefault(column, column.least());
            for (SessionView row : rows) {
                most = Math.max(most, column.text(row).length());
            }
            wanted.put(column, most);
        }
        Map<SessionColumn, Integer> chosen = new EnumMap<>(SessionColumn.class);
        int left = width + 1;
        for (SessionColumn column : SessionColumn.BY_IMPORTANCE) {
            int cost = Math.min(wanted.get(column), column.most()) + 1;
            if (cost <= left) {
                chosen.put(column, cost - 1);
                left -= cost;
            }
        }
        for (Map.Entry<SessionColumn, Integer> column : chosen.entrySet()) {
            int more = Math.min(left, wanted.get(column.getKey()) - column.getValue());
            if (more > 0) {
                column.setValue(column.getValue() + more);
                left -= more;
            }
        }
        return chosen;
    }

    /** The text in exactly so many cells. Of a long address both ends stay: the port is at the right one. */
    static String cell(String text, int width, boolean leftAligned) {
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
}
