package dev.understudy.tui.widget;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Headings and rows. The first cell of a row is for its signs: which one is selected, which ones are marked. Only the rows
 * that can be seen are asked for their texts.
 */
public final class Table<R> {
    private final ColumnFit<R> fit = new ColumnFit<>();

    /** How a table is drawn this time. */
    public record Look<R>(
            List<Column<R>> columns,
            List<Column<R>> byImportance,
            Optional<Column<R>> sorted,
            boolean descending,
            int selected,
            Predicate<R> marked,
            Function<R, Style> rowStyle) {}

    /**
     * Draws rows that are all visible.
     *
     * @param look {@code selected} counts from the first of these rows; -1 for none
     */
    public void paint(Canvas canvas, List<R> rows, Look<R> look) {
        Map<Column<R>, Integer> columns =
                fit.fit(look.columns(), look.byImportance(), rows, canvas.columns() - 1);
        int x = 1;
        for (Map.Entry<Column<R>, Integer> entry : columns.entrySet()) {
            Column<R> column = entry.getKey();
            boolean sorted = look.sorted().filter(s -> s.name().equals(column.name())).isPresent();
            String heading = Text.cell(column.heading(), entry.getValue(), column.leftAligned());
            canvas.put(x, 0, heading, Style.HEADING);
            if (sorted) {
                canvas.put(x - 1, 0, look.descending() ? "▼" : "▲", Style.KEY);
            }
            x += entry.getValue() + 1;
        }
        for (int i = 0; i < rows.size(); i++) {
            row(canvas, i + 1, rows.get(i), columns, look, i == look.selected());
        }
    }

    private static <R> void row(
            Canvas canvas,
            int y,
            R row,
            Map<Column<R>, Integer> columns,
            Look<R> look,
            boolean selected) {
        boolean marked = look.marked().test(row);
        if (selected) {
            canvas.fill(y, ' ', Style.SELECTED);
        }
        if (selected || marked) {
            canvas.put(0, y, marked ? "*" : ">", selected ? Style.SELECTED : Style.CHANGED);
        }
        Style whole = look.rowStyle().apply(row);
        int x = 1;
        for (Map.Entry<Column<R>, Integer> entry : columns.entrySet()) {
            Column<R> column = entry.getKey();
            String text =
                    Text.cell(column.text().apply(row), entry.getValue(), column.leftAligned());
            Style style =
                    selected
                            ? Style.SELECTED
                            : whole != Style.PLAIN ? whole : column.style().apply(row);
            canvas.put(x, y, text, style);
            x += entry.getValue() + 1;
        }
    }
}
