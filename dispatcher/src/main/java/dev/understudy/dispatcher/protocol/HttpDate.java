package dev.understudy.dispatcher.protocol;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** Dates as HTTP writes them today (RFC 9110 §5.6.7); the obsolete forms count as none. */
final class HttpDate {
    private HttpDate() {}

    /** Last-Modified as sent, if equal dates mean equal bytes (RFC 9110 §8.8.2.2). */
    static Optional<String> strongLastModified(HttpResponse response) {
        Optional<ZonedDateTime> modified = response.lastModified().flatMap(HttpDate::parse);
        Optional<ZonedDateTime> sent = response.date().flatMap(HttpDate::parse);
        boolean strong =
                modified.isPresent()
                        && sent.isPresent()
                        && Duration.between(modified.get(), sent.get()).toSeconds() >= 1;
        return strong ? response.lastModified() : Optional.empty();
    }

    private static Optional<ZonedDateTime> parse(String text) {
        try {
            return Optional.of(
                    DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, ZonedDateTime::from));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
