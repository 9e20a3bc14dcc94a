package dev.understudy.dispatcher.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations and sizes with units: {@code 250ms}, {@code 2s}, {@code 64KiB}. A bare number is refused, because half of its
 * readers would guess the other unit. Decimal and binary prefixes are what IEC 80000-13 says they are.
 */
final class Units {
    private static final Pattern QUANTITY =
            Pattern.compile("(\\d{1,15})(\\.\\d{1,9})?\\s*(\\p{Alpha}*)");

    private static final Map<String, Long> DURATIONS = new LinkedHashMap<>();
    private static final Map<String, Long> SIZES = new LinkedHashMap<>();

    static {
        DURATIONS.put("ns", 1L);
        DURATIONS.put("us", 1_000L);
        DURATIONS.put("ms", 1_000_000L);
        DURATIONS.put("s", 1_000_000_000L);
        DURATIONS.put("m", 60_000_000_000L);
        DURATIONS.put("h", 3_600_000_000_000L);
        SIZES.put("B", 1L);
        SIZES.put("KiB", 1L << 10);
        SIZES.put("MiB", 1L << 20);
        SIZES.put("GiB", 1L << 30);
        SIZES.put("kB", 1_000L);
        SIZES.put("MB", 1_000_000L);
        SIZES.put("GB", 1_000_000_000L);
    }

    private Units() {}

    /**
     * Nanoseconds.
     *
     * @throws IllegalArgumentException with a sentence, if the text is no duration
     */
    static long nanos(String text) {
        return read(text, DURATIONS, "a duration such as 250ms, 2s or 1m");
    }

    /**
     * Bytes.
     *
     * @throws IllegalArgumentException with a sentence, if the text is no size
     */
    static long bytes(String text) {
        return read(text, SIZES, "a size such as 64KiB or 256MiB");
    }

    /** A duration as people write it. */
    static String duration(long nanos) {
        return show(nanos, DURATIONS, new String[] {"h", "m", "s", "ms", "us"}, "ns");
    }

    /** A size as people write it. */
    static String size(long bytes) {
        return show(bytes, SIZES, new String[] {"GiB", "MiB", "KiB"}, "B");
    }

    private static String show(long value, Map<String, Long> units, String[] big, String small) {
        for (String unit : big) {
            long factor = units.get(unit);
            if (value >= factor && value % factor == 0) {
                return value / factor + unit;
            }
        }
        return value + small;
    }

    private static long read(String text, Map<String, Long> units, String expected) {
        Matcher matcher = QUANTITY.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "expected " + expected + ", found '" + Scalars.shorten(text) + "'.");
        }
        String unit = matcher.group(3);
        if (unit.isEmpty()) {
            throw new IllegalArgumentException(
                    "expected " + expected + "; '" + text + "' has no unit.");
        }
        Long factor = units.get(unit);
        if (factor == null) {
            factor =
                    units.keySet().stream()
                            .filter(known -> known.equalsIgnoreCase(unit))
                            .findFirst()
                            .map(units::get)
                            .orElseThrow(
                                    () ->
                                            new IllegalArgumentException(
                                                    "'"
                                                            + Scalars.shorten(unit)
                                                            + "' is no unit here; "
                                                            + Nearest.hint(unit, units.keySet())));
        }
        String fraction = matcher.group(2) == null ? "" : matcher.group(2);
        double value = Double.parseDouble(matcher.group(1) + fraction) * factor;
        if (value > Long.MAX_VALUE / 4.0) {
            throw new IllegalArgumentException("'" + text + "' is too large.");
        }
        return fraction.isEmpty() ? Long.parseLong(matcher.group(1)) * factor : Math.round(value);
    }
}
