package dev.understudy.tui.view;

import java.util.Locale;

/** Speeds as people read them. */
final class Rates {
    private static final String DECIMAL = "kMGT";

    private Rates() {}

    /** Bits a second in at most nine characters: {@code 0 b/s}, {@code 88 kb/s}, {@code 1.2 Gb/s}. */
    static String bits(double bytesPerSecond) {
        double value = Math.max(0, bytesPerSecond) * 8;
        if (value < 999.5) {
            return Math.round(value) + " b/s";
        }
        int unit = -1;
        while (value >= 999.5 && unit < DECIMAL.length() - 1) {
            value /= 1000;
            unit++;
        }
        return digits(value) + " " + DECIMAL.charAt(unit) + "b/s";
    }

    /** How often a second: {@code 0.3}, {@code 130}, {@code 12k}. */
    static String times(double perSecond) {
        return perSecond < 9950 ? digits(perSecond) : digits(perSecond / 1000) + "k";
    }

    private static String digits(double value) {
        return String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%.0f", value);
    }
}
