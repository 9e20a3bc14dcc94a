package dev.understudy.tools.host;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of a file that a request wants (RFC 9110 §14).
 *
 * @param from first byte
 * @param length bytes, at least 1
 */
record ByteRange(long from, long length) {
    private static final Pattern ONE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /** What a Range header says of a file: nothing to be heeded, a part of it, or nothing that is there. */
    record Wish(Optional<ByteRange> range, boolean unsatisfiable) {}

    private static final Wish WHOLE = new Wish(Optional.empty(), false);
    private static final Wish NOTHING = new Wish(Optional.empty(), true);

    /** Reads one range of bytes. Several at once, other units and nonsense are not heeded (§14.2): the whole is sent. */
    static Wish read(String header, long size) {
        Matcher matcher = ONE.matcher(header);
        if (!matcher.matches()) {
            return WHOLE;
        }
        String first = matcher.group(1);
        String last = matcher.group(2);
        if (first.isEmpty()) {
            if (last.isEmpty()) {
                return WHOLE;
            }
            long suffix = Math.min(size, Long.parseLong(last));
            return suffix == 0 ? NOTHING : part(size - suffix, size - 1);
        }
        long from = Long.parseLong(first);
        long to = last.isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(last));
        if (!last.isEmpty() && Long.parseLong(last) < from) {
            return WHOLE;
        }
        return from >= size ? NOTHING : part(from, to);
    }

    private static Wish part(long from, long to) {
        return new Wish(Optional.of(new ByteRange(from, to - from + 1)), false);
    }

    /** The Content-Range header of a response that is this part. */
    String contentRange(long size) {
        return "bytes " + from + "-" + (from + length - 1) + "/" + size;
    }
}
