package dev.understudy.tui.widget;

import java.util.List;

/** Numbers as heights and lengths, in eighths of a cell. */
public final class Bars {
    private static final String HEIGHTS = " ▁▂▃▄▅▆▇█";
    private static final String LENGTHS = " ▏▎▍▌▋▊▉█";

    private Bars() {}

    /** The last so many numbers as one line of bars, the newest at the right; the highest of them has full height. */
    public static String sparkline(long[] values, int width) {
        long most = 1;
        int from = Math.max(0, values.length - width);
        for (int i = from; i < values.length; i++) {
            most = Math.max(most, values[i]);
        }
        StringBuilder line = new StringBuilder(" ".repeat(Math.max(0, width - values.length)));
        for (int i = from; i < values.length; i++) {
            line.append(height(values[i], most));
        }
        return line.toString();
    }

    private static char height(long value, long most) {
        if (value <= 0) {
            return HEIGHTS.charAt(0);
        }
        return HEIGHTS.charAt((int) Math.max(1, Math.min(8, Math.round(8.0 * value / most))));
    }

    /** A list of counts as heights. */
    public static String heights(List<Long> counts) {
        long[] values = counts.stream().mapToLong(Long::longValue).toArray();
        return sparkline(values, values.length);
    }

    /** A bar of at most so many cells for a share of the whole. */
    public static String length(long value, long most, int width) {
        if (most <= 0 || value <= 0) {
            return "";
        }
        long eighths = Math.max(1, Math.round(8.0 * width * Math.min(value, most) / most));
        String bar = "█".repeat((int) (eighths / 8));
        return eighths % 8 == 0 ? bar : bar + LENGTHS.charAt((int) (eighths % 8));
    }
}
