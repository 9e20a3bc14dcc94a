package dev.understudy.dispatcher.protocol;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Content-Range of a 206 with a known length (RFC 9110 §14.4).
 *
 * @param first the first byte's offset
 * @param last the last byte's offset
 * @param whole bytes of the whole representation
 */
record ContentRange(long first, long last, long whole) {
    private static final Pattern BYTES =
            Pattern.compile("bytes[ \t]+([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})");

    static Optional<ContentRange> parse(String value) {
        Matcher matcher = BYTES.matcher(value);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        ContentRange range =
                new ContentRange(
                        Long.parseLong(matcher.group(1)),
                        Long.parseLong(matcher.group(2)),
                        Long.parseLong(matcher.group(3)));
        return range.first <= range.last && range.last < range.whole
                ? Optional.of(range)
                : Optional.empty();
    }
}
