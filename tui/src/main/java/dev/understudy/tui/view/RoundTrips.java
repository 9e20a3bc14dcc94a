package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.control.HistogramView;
import dev.understudy.tui.widget.Bars;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.List;

/** Round trips as people read them: a number, a line of heights, a histogram. */
final class RoundTrips {
    /** How wide a line of heights is. */
    static final int SPREAD = 14;

    private RoundTrips() {}

    static String quantile(HistogramView histogram, double p) {
        long nanos = histogram.quantile(p);
        return nanos < 0 ? "-" : Figures.duration(nanos);
    }

    /** The occupied buckets as heights, neighbours joined until they fit. */
    static String spread(HistogramView histogram) {
        int first = first(histogram);
        if (first < 0) {
            return "";
        }
        int last = last(histogram);
        int per = (last - first + SPREAD) / SPREAD;
        List<Long> counts = new ArrayList<>();
        for (int i = first; i <= last; i += per) {
            counts.add(sum(histogram, i, Math.min(last + 1, i + per)));
        }
        return Bars.heights(counts);
    }

    private static int first(HistogramView histogram) {
        for (int i = 0; i < histogram.counts().size(); i++) {
            if (histogram.counts().get(i) > 0) {
                return i;
            }
        }
        return -1;
    }

    private static int last(HistogramView histogram) {
        for (int i = histogram.counts().size() - 1; i >= 0; i--) {
            if (histogram.counts().get(i) > 0) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Draws a histogram with a line above it.
     *
     * @param what begins that line, such as {@code round trip}
     * @param nothing is that line where nothing was measured
     */
    static void histogram(Canvas area, String what, String nothing, HistogramView trips) {
        int first = first(trips);
        String title =
                first < 0
                        ? nothing
                        : what
                                + ": 50 % "
                                + quantile(trips, 0.5)
                                + ", 99 % "
                                + quantile(trips, 0.99);
        area.put(0, 0, Text.clip(title, area.columns()), Style.PLAIN);
        if (first < 0) {
            return;
        }
        int last = last(trips);
        long most = 1;
        int rows = area.rows() - 1;
        int per = Math.max(1, (last - first + rows) / Math.max(1, rows));
        for (int i = first; i <= last; i += per) {
            most = Math.max(most, sum(trips, i, Math.min(last + 1, i + per)));
        }
        int y = 1;
        for (int i = first; i <= last && y <= rows; i += per) {
            int end = Math.min(last + 1, i + per);
            long count = sum(trips, i, end);
            long upTo = HistogramView.upTo(end - 1);
            String label = upTo == Long.MAX_VALUE ? "more" : "≤ " + Figures.duration(upTo);
            area.put(0, y, Text.cell(label.replace('≤', '<'), 9, false), Style.FAINT);
            String number = Long.toString(count);
            int room = Math.max(1, area.columns() - 11 - number.length() - 1);
            String bar = Bars.length(count, most, room);
            int x = area.put(10, y, bar, Style.GOOD);
            area.put(x + 1, y, number, Style.PLAIN);
            y++;
        }
    }

    private static long sum(HistogramView histogram, int from, int to) {
        return histogram.counts().subList(from, to).stream().mapToLong(Long::longValue).sum();
    }
}
