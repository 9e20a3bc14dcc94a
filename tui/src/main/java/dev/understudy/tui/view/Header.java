package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.tui.model.Feed;
import dev.understudy.tui.widget.Bars;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Style;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The top of the screen: what is watched, the views, the time; below that what matters most, in numbers. */
final class Header {
    private static final int ROOM_FOR_TABS = 79;
    private static final int SPARKS = 12;

    private final Feed feed;
    private final String title;
    private int[] tabEnds = new int[0];
    private int tabStart;

    Header(Feed feed, String title) {
        this.feed = feed;
        this.title = title;
    }

    private record Count(String text, Style style) {}

    /**
     * Draws it.
     *
     * @param way the names of the views that led here
     * @param low whether there is room for one line only
     * @return the row below it
     */
    int paint(Canvas canvas, List<String> tabs, int open, List<String> way, boolean low) {
        int x = canvas.put(0, 0, "Understudy", Style.TITLE) + 1;
        String right = feed.paused() ? "PAUSED" : feed.clock(feed.now());
        if (low) {
            String where = String.join(" › ", way);
            x = canvas.put(x, 0, where, Style.BOLD) + 1;
            counts(canvas, 0, x, canvas.columns());
            if (feed.paused()) {
                canvas.putRight(0, right, Style.SELECTED);
            }
            tabEnds = new int[0];
            return 1;
        }
        if (!title.isEmpty() && canvas.columns() > ROOM_FOR_TABS + title.length()) {
            x = canvas.put(x, 0, title, Style.PLAIN) + 1;
        }
        if (way.size() > 1 || canvas.columns() < ROOM_FOR_TABS) {
            canvas.put(x + 1, 0, String.join(" › ", way), Style.BOLD);
            tabEnds = new int[0];
        } else {
            tabs(canvas, x + 1, tabs, open);
        }
        canvas.putRight(0, " " + right, feed.paused() ? Style.SELECTED : Style.FAINT);
        int end = throughput(canvas);
        counts(canvas, 1, 0, end);
        return 2;
    }

    private void tabs(Canvas canvas, int from, List<String> tabs, int open) {
        int x = from;
        tabStart = from;
        tabEnds = new int[tabs.size()];
        for (int i = 0; i < tabs.size(); i++) {
            String text = (i + 1) + " " + tabs.get(i);
            boolean here = i == open;
            x = canvas.put(x, 0, " " + text + " ", here ? Style.TAB : Style.PLAIN);
            tabEnds[i] = x;
        }
    }

    /** The tab at a column of the first row. */
    Optional<Integer> tabAt(int column) {
        for (int i = 0; i < tabEnds.length && column >= tabStart; i++) {
            if (column < tabEnds[i]) {
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }

    private void counts(Canvas canvas, int y, int from, int to) {
        long hidden = feed.count(Counter.FAILURES_HIDDEN);
        long seen = feed.count(Counter.FAILURES_SHOWN);
        int sessions = feed.snapshot().sessions().size();
        List<Count> parts = new ArrayList<>();
        parts.add(new Count(sessions == 1 ? "1 session" : sessions + " sessions", Style.BOLD));
        parts.add(new Count(hidden + " hidden", hidden > 0 ? Style.GOOD : Style.PLAIN));
        parts.add(new Count(seen + " seen", seen > 0 ? Style.BAD : Style.PLAIN));
        parts.add(new Count(Rates.times(feed.opened().perSecond()) + " new/s", Style.PLAIN));
        parts.add(new Count(feed.count(Counter.RELOCATIONS) + " moved", Style.PLAIN));
        long dropped = feed.dropped();
        parts.add(new Count(dropped + " dropped", Style.PLAIN));
        int x = from;
        for (int i = 0; i < parts.size(); i++) {
            int need = (i > 0 ? 3 : 0) + parts.get(i).text().length();
            if (x + need > to) {
                return;
            }
            if (i > 0) {
                x = canvas.put(x, y, " │ ", Style.FAINT);
            }
            x = canvas.put(x, y, parts.get(i).text(), parts.get(i).style());
        }
    }

    /** Bytes a second as numbers and bars, at the right edge; returns the column before them. */
    private int throughput(Canvas canvas) {
        boolean wide = canvas.columns() >= 110;
        String up = "↑ " + Rates.bits(feed.up().perSecond());
        String down = "↓ " + Rates.bits(feed.down().perSecond());
        int sparks = wide ? SPARKS : 0;
        int width = 11 + sparks + (wide ? 2 : 1) + 11 + sparks + (wide ? 1 : 0);
        if (canvas.columns() < 76) {
            return canvas.columns();
        }
        int x = canvas.columns() - width;
        canvas.put(x, 1, up, Style.UP);
        canvas.put(x + 12, 1, Bars.sparkline(feed.up().history(), sparks), Style.UP);
        int second = x + 11 + sparks + (wide ? 2 : 1);
        canvas.put(second, 1, down, Style.DOWN);
        canvas.put(second + 12, 1, Bars.sparkline(feed.down().history(), sparks), Style.DOWN);
        return x - 1;
    }
}
