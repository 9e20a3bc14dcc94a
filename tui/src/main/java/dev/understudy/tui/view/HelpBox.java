package dev.understudy.tui.view;

import dev.understudy.tui.widget.Box;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.List;

/** The page behind {@code ?}: made of the keys themselves, and so never wrong. */
final class HelpBox implements Overlay {
    private record Line(String keys, String text, Style style) {}

    private static final int KEYS = 13;

    private final List<Line> lines = new ArrayList<>();
    private final Runnable close;
    private int top;
    private int page = 1;

    /** Help for a view: its own keys, those of everywhere, and words that need explaining. */
    HelpBox(String view, List<Key> own, List<Key> everywhere, List<String> words, Runnable close) {
        this.close = close;
        section(view, own);
        section("Everywhere", everywhere);
        if (!words.isEmpty()) {
            lines.add(new Line("", "Words", Style.HEADING));
            for (String word : words) {
                int cut = word.indexOf("  ");
                lines.add(
                        new Line(word.substring(0, cut), word.substring(cut).strip(), Style.PLAIN));
            }
        }
    }

    private void section(String name, List<Key> keys) {
        lines.add(new Line("", name, Style.HEADING));
        for (Key key : keys) {
            lines.add(new Line(key.names(), key.fully(), Style.PLAIN));
        }
        lines.add(new Line("", "", Style.PLAIN));
    }

    @Override
    public void paint(Canvas screen) {
        int widest = lines.stream().mapToInt(line -> line.text().length()).max().orElse(0);
        Canvas box =
                Box.paint(
                        screen,
                        "Keys",
                        Math.min(screen.columns() - 6, KEYS + 1 + widest),
                        Math.min(screen.rows() - 2, lines.size()));
        page = Math.max(1, box.rows());
        top = Math.max(0, Math.min(top, lines.size() - page));
        for (int y = 0; y < page && top + y < lines.size(); y++) {
            Line line = lines.get(top + y);
            boolean heading = line.style() == Style.HEADING;
            box.put(0, y, line.keys(), Style.KEY);
            int x = heading ? 0 : Math.max(KEYS, line.keys().length() + 1);
            box.put(x, y, Text.clip(line.text(), box.columns() - x), line.style());
        }
        if (top + page < lines.size()) {
            box.putRight(page - 1, " more ▼", Style.KEY);
        }
    }

    @Override
    public List<Key> keys() {
        return List.of(
                Key.of("Down j", "", "further down", () -> top++),
                Key.of("Up k", "", "further up", () -> top--),
                Key.of("PgDn Space", "down", "a page down", () -> top += page),
                Key.of("PgUp", "", "a page up", () -> top -= page),
                Key.of("Esc q ?", "close", "close the help", close));
    }

    @Override
    public boolean fleeting() {
        return true;
    }
}
