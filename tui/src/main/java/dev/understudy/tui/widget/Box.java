package dev.understudy.tui.widget;

/** A frame in the middle of the screen, over whatever is there. */
public final class Box {
    private Box() {}

    /**
     * Draws an empty box.
     *
     * @return its inside
     */
    public static Canvas paint(Canvas screen, String title, int columns, int rows) {
        int width = Math.min(screen.columns(), columns + 4);
        int height = Math.min(screen.rows(), rows + 2);
        Canvas box =
                screen.part(
                        (screen.columns() - width) / 2,
                        (screen.rows() - height) / 2,
                        width,
                        height);
        box.clear();
        String line = "─".repeat(Math.max(0, width - 2));
        box.put(0, 0, "╭" + line + "╮", Style.FAINT);
        for (int y = 1; y < height - 1; y++) {
            box.put(0, y, "│", Style.FAINT);
            box.put(width - 1, y, "│", Style.FAINT);
        }
        box.put(0, height - 1, "╰" + line + "╯", Style.FAINT);
        box.put(2, 0, Text.clip(" " + title + " ", width - 4), Style.TITLE);
        return box.part(2, 1, width - 4, height - 2);
    }
}
