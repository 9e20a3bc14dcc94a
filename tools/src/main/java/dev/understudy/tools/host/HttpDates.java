package dev.understudy.tools.host;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.OptionalLong;

/** Dates as HTTP writes them (RFC 9110 §5.6.7). */
final class HttpDates {
    private HttpDates() {}

    static String format(long millis) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(
                Instant.ofEpochMilli(millis).atZone(ZoneOffset.UTC));
    }

    /** Milliseconds of a date, if it is one. */
    static OptionalLong parse(String text) {
        try {
            return OptionalLong.of(
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant()
                            .toEpochMilli());
        } catch (DateTimeException e) {
            return OptionalLong.empty();
        }
    }
}
