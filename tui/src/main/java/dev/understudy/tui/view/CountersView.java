package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.LimitView;
import dev.understudy.tui.model.RateMeter;
import dev.understudy.tui.widget.Bars;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Cursor;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Every limit, count and drop; nothing is left out. Limits show how full they are and what happens when they are; counts show
 * how fast they grow, and since when, if a zero was set.
 */
final class CountersView implements View {
    private static final int BAR = 20;

    private record Line(
            String name, String value, String rate, String note, Style style, double full) {}

    private final Desk desk;
    private final Cursor cursor = new Cursor();
    private final Map<String, RateMeter> meters = new HashMap<>();
    private Map<String, Long> zero = Map.of();
    private long zeroNanos;
    private boolean movingOnly;

    CountersView(Desk desk) {
        this.desk = desk;
    }

    @Override
    public String name() {
        return "Counters";
    }

    @Override
    public void refreshed() {
        Snapshot snapshot = desk.feed().snapshot();
        snapshot.counters()
                .forEach(
                        (name, value) ->
                                meters.computeIfAbsent(name, n -> new RateMeter())
                                        .add(snapshot.nanos(), value));
    }

    @Override
    public List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        keys.add(
                Key.of(
                        "z",
                        zero.isEmpty() ? "from now" : "from start",
                        "count from now on, or from the start",
                        this::zero));
        keys.add(
                Key.of(
                        "a",
                        movingOnly ? "all" : "non-zero",
                        "only what is not zero, or all",
                        () -> movingOnly = !movingOnly));
        keys.addAll(cursor.keys("line"));
        return keys;
    }

    private void zero() {
        zero = zero.isEmpty() ? desk.feed().snapshot().counters() : Map.of();
        zeroNanos = desk.feed().now();
    }

    @Override
    public void scroll(int by) {
        cursor.move(by);
    }

    @Override
    public void click(int row) {
        cursor.select(cursor.top() + row);
    }

    @Override
    public void paint(Canvas area) {
        List<Line> lines = lines();
        cursor.fit(lines.size(), area.rows());
        int name = lines.stream().mapToInt(line -> line.name().length()).max().orElse(0);
        name = Math.min(name, Math.max(16, area.columns() - 24));
        for (int y = 0; y < area.rows() && cursor.top() + y < lines.size(); y++) {
            Line line = lines.get(cursor.top() + y);
            boolean selected = cursor.top() + y == cursor.row();
            Style style = selected ? Style.SELECTED : line.style();
            if (selected) {
                area.fill(y, ' ', Style.SELECTED);
            }
            int x = area.put(0, y, Text.cell(line.name(), name, true), style);
            x = area.put(x + 1, y, Text.cell(line.value(), 14, false), style);
            if (line.full() >= 0 && area.columns() >= 100) {
                String bar = Bars.length(Math.round(line.full() * 1000), 1000, BAR - 2);
                area.put(
                        x + 1,
                        y,
                        "[" + Text.cell(bar, BAR - 2, true) + "]",
                        selected ? style : line.full() > 0.8 ? Style.BAD : Style.GOOD);
                x += BAR + 1;
            } else {
                x = area.put(x + 1, y, Text.cell(line.rate(), 8, false), style);
            }
            area.put(
                    x + 2,
                    y,
                    Text.clip(line.note(), area.columns() - x - 2),
                    selected ? style : Style.FAINT);
        }
    }

    private List<Line> lines() {
        Snapshot snapshot = desk.feed().snapshot();
        List<Line> lines = new ArrayList<>();
        if (!snapshot.limits().isEmpty()) {
            lines.add(heading("LIMITS", "used of most"));
        }
        for (LimitView limit : snapshot.limits()) {
            boolean bytes = limit.unit().contains("byte");
            String used = bytes ? Figures.bytes(limit.used()) : Long.toString(limit.used());
            String most = bytes ? Figures.bytes(limit.most()) : Long.toString(limit.most());
            String reached =
                    limit.reached() > 0 ? "reached " + limit.reached() + " times; " : "when full: ";
            lines.add(
                    new Line(
                            limit.name(),
                            used + " / " + most,
                            "",
                            reached + limit.then(),
                            limit.reached() > 0 ? Style.BAD : Style.PLAIN,
                            limit.most() <= 0 ? 0 : (double) limit.used() / limit.most()));
        }
        String since = zero.isEmpty() ? "from start" : "since " + desk.feed().clock(zeroNanos);
        lines.add(heading("COUNTERS", since));
        for (Map.Entry<String, Long> counter : snapshot.counters().entrySet()) {
            long value = counter.getValue() - zero.getOrDefault(counter.getKey(), 0L);
            if (movingOnly && value == 0) {
                continue;
            }
            RateMeter meter = meters.get(counter.getKey());
            double rate = meter == null ? 0 : meter.perSecond();
            String text = Math.abs(rate) < 0.05 ? "" : Rates.times(rate) + "/s";
            lines.add(
                    new Line(
                            counter.getKey(),
                            grouped(value),
                            text,
                            desk.feed().control().meaning(counter.getKey()),
                            style(counter.getKey(), value),
                            -1));
        }
        return lines;
    }

    private static Style style(String name, long value) {
        if (value == 0) {
            return Style.PLAIN;
        }
        if (name.equals("failures-hidden") || name.equals("relocations")) {
            return Style.GOOD;
        }
        boolean bad =
                name.contains("dropped")
                        || name.startsWith("limit-")
                        || name.equals("failures-shown")
                        || name.equals("not-relocated");
        return bad ? Style.BAD : Style.BOLD;
    }

    private static Line heading(String name, String value) {
        return new Line(name, value, "", "", Style.HEADING, -1);
    }

    private static String grouped(long value) {
        return String.format(Locale.ROOT, "%,d", value).replace(',', '\'');
    }
}
