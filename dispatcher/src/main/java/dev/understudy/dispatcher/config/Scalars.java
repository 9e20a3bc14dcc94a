package dev.understudy.dispatcher.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads single values out of YAML nodes; what cannot be read becomes a finding at its place, and an empty value. */
final class Scalars {
    private final Findings findings;

    Scalars(Findings findings) {
        this.findings = findings;
    }

    Optional<String> text(Node node, String expected) {
        if (node instanceof ScalarNode scalar) {
            if (!scalar.getValue().isBlank()) {
                return Optional.of(scalar.getValue());
            }
            findings.at(node, "expected " + expected + ", found nothing.");
        } else {
            findings.at(node, "expected " + expected + ", found " + kind(node) + ".");
        }
        return Optional.empty();
    }

    /** A name as screens and logs show it. */
    Optional<String> name(Node node) {
        return parsed(node, "a name", Scalars::checkName);
    }

    private static String checkName(String name) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")) {
            throw new IllegalArgumentException(
                    "'"
                            + shorten(name)
                            + "' is not a name; expected 1 to 32 letters, digits, '-', '_' or '.',"
                            + " the first a letter or a digit.");
        }
        return name;
    }

    /** Reads with a function that says what is wrong by an IllegalArgumentException whose message is a sentence. */
    <T> Optional<T> parsed(Node node, String expected, Function<String, T> parser) {
        return text(node, expected)
                .flatMap(
                        text -> {
                            try {
                                return Optional.of(parser.apply(text.strip()));
                            } catch (IllegalArgumentException e) {
                                findings.at(node, sentence(e.getMessage()));
                                return Optional.empty();
                            }
                        });
    }

    <T> Optional<T> word(Node node, Map<String, T> words) {
        String expected = Nearest.oneOf(words.keySet());
        return parsed(
                node,
                expected,
                text -> {
                    T value = words.get(text);
                    if (value == null) {
                        throw new IllegalArgumentException(
                                "'" + shorten(text) + "' is not valid here; " + hint(text, words));
                    }
                    return value;
                });
    }

    private static <T> String hint(String text, Map<String, T> words) {
        return Nearest.of(text, words.keySet())
                .map(
                        near ->
                                "did you mean '"
                                        + near
                                        + "'? (Expected "
                                        + Nearest.oneOf(words.keySet())
                                        + ".)")
                .orElse("expected " + Nearest.oneOf(words.keySet()) + ".");
    }

    Optional<Boolean> bool(Node node) {
        Map<String, Boolean> words = new LinkedHashMap<>();
        words.put("true", true);
        words.put("false", false);
        return word(node, words);
    }

    Optional<Integer> integer(Node node, int least, int most) {
        String expected = "a whole number from " + least + " to " + most;
        return parsed(
                node,
                expected,
                text -> {
                    long value =
                            text.matches("-?\\d{1,12}") ? Long.parseLong(text) : Long.MIN_VALUE;
                    if (value < least || value > most) {
                        throw new IllegalArgumentException(
                                "expected " + expected + ", found '" + shorten(text) + "'.");
                    }
                    return (int) value;
                });
    }

    Optional<Long> duration(Node node, long least, long most) {
        return parsed(
                node,
                "a duration such as 250ms",
                text -> inRange(text, Units.nanos(text), least, most, Units::duration));
    }

    Optional<Long> size(Node node, long least, long most) {
        return parsed(
                node,
                "a size such as 64KiB",
                text -> inRange(text, Units.bytes(text), least, most, Units::size));
    }

    private static long inRange(
            String text, long value, long least, long most, Function<Long, String> show) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "'"
                            + text
                            + "' is outside "
                            + show.apply(least)
                            + " to "
                            + show.apply(most)
                            + ".");
        }
        return value;
    }

    static String kind(Node node) {
        if (node instanceof MappingNode) {
            return "a map";
        }
        if (node instanceof SequenceNode) {
            return "a list";
        }
        String value = ((ScalarNode) node).getValue();
        return value.isBlank() ? "nothing" : "'" + shorten(value) + "'";
    }

    static String shorten(String text) {
        String line = text.replaceAll("\\s+", " ").replaceAll("\\p{Cntrl}", "?");
        return line.length() <= 60 ? line : line.substring(0, 57) + "...";
    }

    private static String sentence(String message) {
        return message.endsWith(".") || message.endsWith("?") || message.endsWith(")")
                ? message
                : message + ".";
    }
}
