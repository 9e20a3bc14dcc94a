package dev.understudy.tui.widget;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which columns a table shows at a width, and how wide each is. Columns are as wide as what they hold; those that matter
 * most are taken as long as they fit, and room that is left goes to shortened texts. Widths only grow while the terminal
 * keeps its size: a table whose columns shift with every row that comes and goes cannot be read.
 */
public final class ColumnFit<R> {
    private final Map<String, Integer> wanted = new HashMap<>();
    private int fittedTo = -1;

    /**
     * The columns for these rows at this width, in the order of the screen, each with its width; one blank between two is
     * not included.
     *
     * @param columns in the order of the screen
     * @param byImportance the same, those that a narrow terminal keeps first
     */
    public Map<Column<R>, Integer> fit(
            List<Column<R>> columns, List<Column<R>> byImportance, List<R> rows, int width) {
        if (width != fittedTo) {
            wanted.clear();
            fittedTo = width;
        }
        for (Column<R> column : columns) {
            int most =
                    wanted.getOrDefault(
                            column.name(), Math.max(column.least(), column.heading().length()));
            for (R row : rows) {
                most = Math.max(most, column.text().apply(row).length());
            }
            wanted.put(column.name(), most);
        }
        Map<String, Integer> widths = new HashMap<>();
        int left = width + 1;
        for (Column<R> column : byImportance) {
            int cost = Math.min(wanted.getOrDefault(column.name(), 0), column.most()) + 1;
            if (columns.contains(column) && cost <= left) {
                widths.put(column.name(), cost - 1);
                left -= cost;
            }
        }
        Map<Column<R>, Integer> chosen = new LinkedHashMap<>();
        for (Column<R> column : columns) {
            Integer taken = widths.get(column.name());
            if (taken != null) {
                int more = Math.max(0, Math.min(left, wanted.get(column.name()) - taken));
                chosen.put(column, taken + more);
                left -= more;
            }
        }
        return chosen;
    }
}
