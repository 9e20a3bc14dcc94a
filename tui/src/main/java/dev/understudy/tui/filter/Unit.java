package dev.understudy.tui.filter;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.OptionalLong;

/** What a number counts, and so which units it may be given in. */
public enum Unit {
    COUNT("a number, such as 3"),
    TIME("a time, such as 50ms or 2s"),
    BYTES("a size, such as 640K or 2M");

    private static final long NONE = 0;

    private final String example;

    Unit(String example) {
        this.example = example;
    }

    String example() {
        return example;
    }

    /** The number in pieces, nanoseconds or bytes; empty if it is none, or of another unit. */
    OptionalLong read(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        int end = lower.startsWith("-") || lower.startsWith("+") ? 1 : 0;
        while (end < lower.length()
                && (Character.isDigit(lower.charAt(end)) || lower.charAt(end) == '.')) {
            end++;
        }
        long factor = factor(lower.substring(end));
        if (factor == NONE) {
            return OptionalLong.empty();
        }
        try {
            BigDecimal value =
                    new BigDecimal(lower.substring(0, end)).multiply(BigDecimal.valueOf(factor));
            boolean tooMuch = value.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0;
            return tooMuch ? OptionalLong.empty() : OptionalLong.of(value.longValue());
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** What a suffix stands for; {@link #NONE} if this unit has no such one. A time without one is in seconds. */
    private long factor(String suffix) {
        return switch (this) {
            case COUNT ->
                    switch (suffix) {
                        case "" -> 1;
                        case "k" -> 1000;
                        default -> NONE;
                    };
            case TIME ->
                    switch (suffix) {
                        case "ns" -> 1;
                        case "us", "µs" -> 1_000;
                        case "ms" -> 1_000_000;
                        case "", "s" -> 1_000_000_000L;
                        case "m", "min" -> 60_000_000_000L;
                        case "h" -> 3_600_000_000_000L;
                        case "d" -> 86_400_000_000_000L;
                        default -> NONE;
                    };
            case BYTES ->
                    switch (suffix) {
                        case "", "b" -> 1;
                        case "k", "kb", "kib" -> 1L << 10;
                        case "m", "mb", "mib" -> 1L << 20;
                        case "g", "gb", "gib" -> 1L << 30;
                        case "t", "tb", "tib" -> 1L << 40;
                        default -> NONE;
                    };
        };
    }
}
