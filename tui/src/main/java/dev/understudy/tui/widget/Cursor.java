package dev.understudy.tui.widget;

/** A place in a list that may be longer than the screen: which row is selected, and which one is at the top. */
public final class Cursor {
    private int row;
    private int top;
    private int size;
    private int page = 1;

    /** Takes how long the list is now, and how many rows of it can be seen; keeps the selected row among them. */
    public void fit(int rows, int visible) {
        size = rows;
        page = Math.max(1, visible);
        row = Math.max(0, Math.min(row, rows - 1));
        if (row < top) {
            top = row;
        } else if (row >= top + page) {
            top = row - page + 1;
        }
        top = Math.max(0, Math.min(top, rows - page));
    }

    public int row() {
        return row;
    }

    public int top() {
        return top;
    }

    public int page() {
        return page;
    }

    /** Whether the last row is selected, or the list is empty. */
    public boolean atEnd() {
        return row >= size - 1;
    }

    public void select(int wanted) {
        row = Math.max(0, Math.min(wanted, size - 1));
    }

    /** Selects a row, and puts it where the selected one was: whatever is above it comes along. */
    public void follow(int wanted) {
        top = Math.max(0, top + wanted - row);
        row = Math.max(0, wanted);
    }

    public void move(int by) {
        select(row + by);
    }

    public void toStart() {
        select(0);
    }

    public void toEnd() {
        select(size - 1);
    }

    /** The keys that move it. */
    public java.util.List<Key> keys(String what) {
        return java.util.List.of(
                Key.of("Up k", "the " + what + " above", () -> move(-1)),
                Key.of("Down j", "the " + what + " below", () -> move(1)),
                Key.of("PgUp ^B", "a screen up", () -> move(-page)),
                Key.of("PgDn ^F", "a screen down", () -> move(page)),
                Key.of("Home g", "the first " + what, this::toStart),
                Key.of("End G", "the last " + what, this::toEnd));
    }
}
