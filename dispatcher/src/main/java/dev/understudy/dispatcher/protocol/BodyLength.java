package dev.understudy.dispatcher.protocol;

import java.util.List;
import java.util.Optional;

/**
 * What a head says of its body's length (RFC 9112 §6.1, §6.2), before method and status have their say.
 *
 * @param length bytes with {@link Framing#LENGTH}, else 0
 * @param oddity why readers might differ; the framing is then {@link Framing#UNKNOWN}
 */
record BodyLength(Framing framing, long length, Optional<String> oddity) {
    private static final int MOST_DIGITS = 18;
    private static final BodyLength NONE = new BodyLength(Framing.NONE, 0, Optional.empty());
    private static final BodyLength CHUNKED = new BodyLength(Framing.CHUNKED, 0, Optional.empty());

    static BodyLength of(HttpHead head, boolean http10) {
        boolean coded = head.has("transfer-encoding");
        boolean counted = head.has("content-length");
        if (coded && counted) {
            return odd("both Transfer-Encoding and Content-Length are given");
        }
        if (coded) {
            return http10 ? odd("Transfer-Encoding is given with HTTP/1.0") : coded(head);
        }
        return counted ? counted(head.members("content-length")) : NONE;
    }

    /** No body, whatever the fields say (RFC 9112 §6.3, rules 1 and 2). */
    static BodyLength none() {
        return NONE;
    }

    private static BodyLength coded(HttpHead head) {
        List<String> codings = head.members("transfer-encoding");
        int chunked = codings.indexOf("chunked");
        if (chunked < 0) {
            return new BodyLength(Framing.UNTIL_CLOSE, 0, Optional.empty());
        }
        return chunked == codings.size() - 1
                ? CHUNKED
                : odd("chunked is not the last transfer coding");
    }

    private static BodyLength counted(List<String> values) {
        if (values.isEmpty() || values.stream().distinct().count() > 1) {
            return odd("two different Content-Lengths are given");
        }
        String value = values.get(0);
        if (!value.matches("[0-9]+") || value.length() > MOST_DIGITS) {
            return odd("Content-Length is no number");
        }
        long length = Long.parseLong(value);
        return length == 0 ? NONE : new BodyLength(Framing.LENGTH, length, Optional.empty());
    }

    private static BodyLength odd(String why) {
        return new BodyLength(Framing.UNKNOWN, 0, Optional.of(why));
    }
}
