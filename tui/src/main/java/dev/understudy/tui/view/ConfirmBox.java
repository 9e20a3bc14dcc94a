package dev.understudy.tui.view;

import dev.understudy.tui.widget.Box;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.List;

/** Asks before something is done. */
final class ConfirmBox implements Overlay {
    private static final int WIDTH = 60;

    private final String question;
    private final List<String> lines;
    private final Runnable yes;
    private final Runnable no;

    ConfirmBox(String question, List<String> lines, Runnable yes, Runnable no) {
        this.question = question;
        this.lines = List.copyOf(lines);
        this.yes = yes;
        this.no = no;
    }

    @Override
    public void paint(Canvas screen) {
        int width = Math.min(WIDTH, screen.columns() - 6);
        List<String> wrapped = new ArrayList<>();
        for (String line : lines) {
            wrapped.addAll(Text.wrap(line, width));
        }
        Canvas box = Box.paint(screen, question, width, wrapped.size() + 2);
        int y = 0;
        for (String line : wrapped) {
            box.put(0, y++, line, Style.PLAIN);
        }
        int x = box.put(0, box.rows() - 1, "y", Style.KEY);
        x = box.put(x, box.rows() - 1, " do it    ", Style.PLAIN);
        x = box.put(x, box.rows() - 1, "n", Style.KEY);
        box.put(x, box.rows() - 1, " leave it", Style.PLAIN);
    }

    @Override
    public List<Key> keys() {
        return List.of(
                Key.of("y Y Enter", "do it", "do it", yes),
                Key.of("n N Esc q", "leave it", "leave it", no));
    }
}
