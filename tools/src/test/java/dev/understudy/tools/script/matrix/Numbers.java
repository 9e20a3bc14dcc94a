package dev.understudy.tools.script.matrix;

import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The peer's sequence numbers, counted from where it begins. */
record Numbers(int initial) {
    private static final Pattern RELATIVE = Pattern.compile("\\{(\\d+)}");

    /** The number {@code offset} behind the initial one, as a script writes it. */
    String of(int offset) {
        return Integer.toUnsignedString(initial + offset);
    }

    /** Fills <code>{1}</code> and its like in. */
    String fill(String script) {
        return RELATIVE.matcher(script)
                .replaceAll((MatchResult match) -> of(Integer.parseInt(match.group(1))));
    }
}
