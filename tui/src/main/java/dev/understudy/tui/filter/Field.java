package dev.understudy.tui.filter;

import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tui.filter.Mistake.Found;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Something of a {@code T} that a filter can ask for by its name. A field knows its type: so {@code rtt>50ms} is right,
 * and {@code rtt>blue} a mistake with a place.
 *
 * @param <T> what is filtered
 */
public sealed interface Field<T> {
    /** A number that is not known compares with nothing, except that it differs from everything. */
    long UNKNOWN = Long.MIN_VALUE;

    String name();

    /** What it is, for people, in a few words. */
    String what();

    /** Which values it takes, for people, in a few words. */
    String takes();

    /** The condition that the field compares so with a value. */
    Predicate<T> compare(Comparison comparison, Token sign, Token value) throws Found;

    /** The condition that the field's name alone stands for: that it is true, or not zero. */
    Optional<Predicate<T>> alone();

    /** A text. {@code =} compares all of it, with {@code *} for any part, {@code ~} looks inside; case does not matter. */
    record Text<T>(String name, String what, Function<T, String> of) implements Field<T> {
        @Override
        public String takes() {
            return "a text; * is any part of it";
        }

        @Override
        public Predicate<T> compare(Comparison comparison, Token sign, Token value) throws Found {
            noOrder(this, comparison, sign);
            Predicate<String> matches = matcher(comparison, value.text());
            return row -> matches.test(of.apply(row));
        }

        @Override
        public Optional<Predicate<T>> alone() {
            return Optional.empty();
        }
    }

    /** One of a few words. Abbreviations that begin only one of them are taken, as {@code state=reloc}. */
    record Choice<T>(String name, String what, List<String> words, Function<T, String> of)
            implements Field<T> {
        @Override
        public String takes() {
            return String.join(", ", words);
        }

        @Override
        public Predicate<T> compare(Comparison comparison, Token sign, Token value) throws Found {
            noOrder(this, comparison, sign);
            String wanted = value.text().toLowerCase(Locale.ROOT);
            if (comparison.isText() || wanted.indexOf('*') >= 0) {
                Predicate<String> matches = matcher(comparison, wanted);
                return row -> matches.test(of.apply(row));
            }
            List<String> fitting =
                    words.contains(wanted)
                            ? List.of(wanted)
                            : words.stream().filter(word -> word.startsWith(wanted)).toList();
            if (fitting.size() != 1) {
                throw new Found(value, "'" + value.text() + "' is none of " + takes());
            }
            String word = fitting.get(0);
            boolean negative = comparison.negative();
            return row -> of.apply(row).equalsIgnoreCase(word) != negative;
        }

        @Override
        public Optional<Predicate<T>> alone() {
            return Optional.empty();
        }
    }

    /** A number of something. */
    record Numeric<T>(String name, String what, Unit unit, ToLongFunction<T> of)
            implements Field<T> {
        @Override
        public String takes() {
            return unit.example();
        }

        @Override
        public Predicate<T> compare(Comparison comparison, Token sign, Token value) throws Found {
            OptionalLong read = unit.read(value.text());
            if (read.isEmpty()) {
                throw new Found(value, name + " takes " + unit.example());
            }
            long wanted = read.getAsLong();
            return row -> {
                long found = of.applyAsLong(row);
                return found == UNKNOWN
                        ? comparison.negative()
                        : comparison.holds(Long.compare(found, wanted));
            };
        }

        @Override
        public Optional<Predicate<T>> alone() {
            return Optional.of(row -> of.applyAsLong(row) != 0 && of.applyAsLong(row) != UNKNOWN);
        }
    }

    /** An address, an address with its port, a port ({@code :80}), or a network ({@code 10.0.0.0/8}). */
    record Address<T>(String name, String what, Function<T, Optional<Endpoint>> of)
            implements Field<T> {
        @Override
        public String takes() {
            return "10.0.0.5, 10.0.0.5:80, :80, 10.0.0.0/8";
        }

        @Override
        public Predicate<T> compare(Comparison comparison, Token sign, Token value) throws Found {
            noOrder(this, comparison, sign);
            Predicate<Endpoint> within;
            if (comparison.isText() || value.text().indexOf('*') >= 0) {
                Comparison positive = comparison.isText() ? Comparison.HAS : Comparison.EQUAL;
                Predicate<String> matches = matcher(positive, value.text());
                within = endpoint -> matches.test(endpoint.toString());
            } else {
                within =
                        AddressPattern.read(value.text())
                                .orElseThrow(() -> new Found(value, name + " takes " + takes()));
            }
            boolean negative = comparison.negative();
            return row -> of.apply(row).map(within::test).orElse(false) != negative;
        }

        @Override
        public Optional<Predicate<T>> alone() {
            return Optional.of(row -> of.apply(row).isPresent());
        }
    }

    /** Something that is so or not. */
    record Flag<T>(String name, String what, Predicate<T> of) implements Field<T> {
        @Override
        public String takes() {
            return "nothing: '" + name + "' or 'not " + name + "'";
        }

        @Override
        public Predicate<T> compare(Comparison comparison, Token sign, Token value) throws Found {
            boolean yes = value.text().matches("(?i)yes|true|1");
            if (comparison.isOrder() || !yes && !value.text().matches("(?i)no|false|0")) {
                throw new Found(sign, name + " takes " + takes());
            }
            return yes != comparison.negative() ? of : of.negate();
        }

        @Override
        public Optional<Predicate<T>> alone() {
            return Optional.of(of);
        }
    }

    private static void noOrder(Field<?> field, Comparison comparison, Token sign) throws Found {
        if (comparison.isOrder()) {
            throw new Found(sign, field.name() + " has no order: = or != or ~");
        }
    }

    private static Predicate<String> matcher(Comparison comparison, String value) {
        String wanted = value.toLowerCase(Locale.ROOT);
        boolean negative = comparison.negative();
        if (comparison.isText()) {
            return text -> text.toLowerCase(Locale.ROOT).contains(wanted) != negative;
        }
        if (wanted.indexOf('*') < 0) {
            return text -> text.equalsIgnoreCase(wanted) != negative;
        }
        return text -> glob(wanted, text.toLowerCase(Locale.ROOT)) != negative;
    }

    /** Whether a text is what a pattern with stars says. Linear, whatever is typed. */
    private static boolean glob(String pattern, String text) {
        int p = 0;
        int t = 0;
        int star = -1;
        int resume = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = t;
            } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
