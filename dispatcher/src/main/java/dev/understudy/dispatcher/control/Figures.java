package dev.understudy.dispatcher.control;

import java.util.Locale;

/** Numbers as people read them, short enough for a column: the same in the log, the events and on the screen. */
public final class Figures {
    private static final String BINARY = "KMGTPE";
    private static final long MICRO = 1_000L;
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;

    private Figures() {}

    /** A count of bytes in at most five characters: {@code 999}, {@code 1.2K}, {@code 640K}, {@code 3.0G}; K is 1,024. */
    public static String bytes(long bytes) {
        if (bytes < 1000) {
            return Long.toString(bytes);
        }
        double value = bytes / 1024.0;
        int unit = 0;
        while (value >= 999.5) {
            value /= 1024;
            unit++;
        }
        String format = value < 9.95 ? "%.1f%c" : "%.0f%c";
        return String.format(Locale.ROOT, format, value, BINARY.charAt(unit));
    }

    /** How long something has lasted, in at most four characters: {@code 0s}, {@code 59s}, {@code 12m}, {@code 3h}, {@code 9d}. */
    public static String age(long nanos) {
        long seconds = Math.max(0, nanos / SECOND);
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m";
        }
        if (seconds < 86_400) {
            return seconds / 3600 + "h";
        }
        return Math.min(999, seconds / 86_400) + "d";
    }

    /** How long something took, with its unit and two or three digits: {@code 35 µs}, {@code 1.2 ms}, {@code 250 ms}, {@code 2.1 s}. */
    public static String duration(long nanos) {
        long value = Math.max(0, nanos);
        if (value < MILLI - MICRO / 2) {
            return (value + MICRO / 2) / MICRO + " µs";
        }
        if (value < SECOND - MILLI / 2) {
            return digits(value / (double) MILLI) + " ms";
        }
        if (value < 120 * SECOND) {
            return digits(value / (double) SECOND) + " s";
        }
        return value / (60 * SECOND) + " min";
    }

    private static String digits(double value) {
        return String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%.0f", value);
    }
}
