package dev.understudy.tui.view;

import dev.understudy.tui.widget.Box;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Column;
import dev.understudy.tui.widget.Cursor;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Chooses which columns a table shows, in which order, and by which one it is sorted. What is chosen is seen at once. */
final class ColumnsBox<R> implements Overlay {
    private static final int WIDTH = 62;

    private final List<Column<R>> order = new ArrayList<>();
    private final List<String> shown;
    private final Consumer<List<String>> choose;
    private final Consumer<String> sort;
    private final Runnable close;
    private final Cursor cursor = new Cursor();
    private String sorted;

    ColumnsBox(
            List<Column<R>> all,
            List<String> shown,
            String sorted,
            Consumer<List<String>> choose,
            Consumer<String> sort,
            Runnable close) {
        this.shown = new ArrayList<>(shown);
        this.sorted = sorted;
        this.choose = choose;
        this.sort = sort;
        this.close = close;
        for (String name : shown) {
            all.stream().filter(column -> column.name().equals(name)).forEach(order::add);
        }
        all.stream().filter(column -> !shown.contains(column.name())).forEach(order::add);
    }

    @Override
    public void paint(Canvas screen) {
        Canvas box =
                Box.paint(
                        screen,
                        "Columns",
                        Math.min(WIDTH, screen.columns() - 6),
                        Math.min(order.size(), screen.rows() - 3));
        cursor.fit(order.size(), box.rows());
        for (int y = 0; y < box.rows() && cursor.top() + y < order.size(); y++) {
            Column<R> column = order.get(cursor.top() + y);
            boolean here = cursor.top() + y == cursor.row();
            Style style = here ? Style.SELECTED : Style.PLAIN;
            if (here) {
                box.fill(y, ' ', style);
            }
            String sign = shown.contains(column.name()) ? "[x] " : "[ ] ";
            String by = column.name().equals(sorted) ? "sorts" : "";
            box.put(
                    0,
                    y,
                    sign
                            + Text.cell(column.name(), 10, true)
                            + Text.cell(by, 6, true)
                            + column.what(),
                    style);
        }
    }

    private void toggle() {
        String name = order.get(cursor.row()).name();
        if (!shown.remove(name)) {
            shown.add(name);
        }
        apply();
    }

    private void shift(int by) {
        int to = cursor.row() + by;
        if (to >= 0 && to < order.size()) {
            order.add(to, order.remove(cursor.row()));
            cursor.select(to);
            apply();
        }
    }

    private void apply() {
        if (shown.isEmpty()) {
            shown.add(order.get(cursor.row()).name());
        }
        choose.accept(order.stream().map(Column::name).filter(shown::contains).toList());
    }

    private void sort() {
        sorted = order.get(cursor.row()).name();
        sort.accept(sorted);
    }

    @Override
    public List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        keys.add(Key.of("Space", "show", "show the column, or not", this::toggle));
        keys.add(Key.of("+ Right", "later", "move the column to the right", () -> shift(1)));
        keys.add(Key.of("- Left", "earlier", "move the column to the left", () -> shift(-1)));
        keys.add(Key.of("s", "sort", "sort by this column", this::sort));
        keys.add(Key.of("Esc Enter q o", "done", "back to the table", close));
        keys.addAll(cursor.keys("column"));
        return keys;
    }
}
