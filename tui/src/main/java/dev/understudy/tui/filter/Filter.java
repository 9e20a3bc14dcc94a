package dev.understudy.tui.filter;

import java.util.Optional;
import java.util.function.Predicate;

/**
 * A filter that somebody has typed: either a condition, or a mistake with its place.
 *
 * <pre>
 * filter     = [ or ]
 * or         = and { "or" and }
 * and        = not { [ "and" ] not }
 * not        = "not" not | "(" or ")" | comparison
 * comparison = FIELD [ ( "=" | "!=" | "&lt;" | "&lt;=" | "&gt;" | "&gt;=" | "~" | "!~" ) VALUE | "in" "(" VALUE { "," VALUE } ")" ]
 * </pre>
 *
 * A value with blanks or signs in it stands in quotation marks. The empty filter lets everything through.
 *
 * @param text as typed
 * @param condition lets nothing through by mistake: while there is one, the condition is that of no filter
 */
public record Filter<T>(String text, Predicate<T> condition, Optional<Mistake> mistake) {
    /** Lets everything through. */
    public static <T> Filter<T> none() {
        return new Filter<>("", row -> true, Optional.empty());
    }

    /** Reads a filter over the fields of a schema. */
    public static <T> Filter<T> parse(String text, Schema<T> schema) {
        try {
            return new Filter<>(text, new Parser<>(text, schema).parse(), Optional.empty());
        } catch (Mistake.Found found) {
            return new Filter<>(text, row -> true, Optional.of(found.mistake()));
        }
    }

    public boolean isNone() {
        return text.isBlank();
    }
}
