package dev.understudy.tools.host;

import dev.understudy.stack.link.Impairment;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code loss=1%,delay=5ms,reorder=2%}: what a bad network does. */
final class ImpairmentReader implements ITypeConverter<Impairment> {
    private static final Pattern TIME = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,3})?)(us|ms|s)");
    private static final Map<String, Double> NANOS = Map.of("us", 1e3, "ms", 1e6, "s", 1e9);
    private static final Pattern RATE = Pattern.compile("(\\d{1,6})([kMG]?)");
    private static final Map<String, Long> UNITS =
            Map.of("", 1L, "k", 1_000L, "M", 1_000_000L, "G", 1_000_000_000L);

    @Override
    public Impairment convert(String text) {
        Impairment result = Impairment.NONE;
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 0) {
                throw new TypeConversionException("'" + part + "' is not NAME=VALUE");
            }
            String value = part.substring(equals + 1);
            result =
                    switch (part.substring(0, equals).toLowerCase(Locale.ROOT)) {
                        case "loss" -> result.withLoss(share(value));
                        case "delay" -> result.withDelay(time(value));
                        case "jitter" -> result.withJitter(time(value));
                        case "duplicate" -> result.withDuplicate(share(value));
                        case "reorder" -> result.withReorder(share(value), result.reorderBy());
                        case "reorder-by" -> result.withReorder(result.reorder(), time(value));
                        case "corrupt" -> result.withCorrupt(share(value));
                        case "rate" -> result.withRate(rate(value));
                        default ->
                                throw new TypeConversionException(
                                        "'"
                                                + part.substring(0, equals)
                                                + "' is none of loss, delay, jitter, duplicate,"
                                                + " reorder, reorder-by, corrupt, rate");
                    };
        }
        return result;
    }

    private static double share(String text) {
        try {
            double value =
                    text.endsWith("%")
                            ? Double.parseDouble(text.substring(0, text.length() - 1)) / 100
                            : Double.parseDouble(text);
            if (value >= 0 && value <= 1) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new TypeConversionException("'" + text + "' is no share: 0..1, or 0%..100%");
    }

    private static Duration time(String text) {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is not a time such as 5ms");
        }
        double nanos = Double.parseDouble(matcher.group(1)) * NANOS.get(matcher.group(2));
        return Duration.ofNanos(Math.round(nanos));
    }

    private static long rate(String text) {
        Matcher matcher = RATE.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is not a rate such as 100M");
        }
        return Long.parseLong(matcher.group(1)) * UNITS.get(matcher.group(2));
    }
}
