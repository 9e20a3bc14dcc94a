package dev.understudy.dispatcher.control.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A request as a route sees it. What it asks in a way that cannot be meant throws IllegalArgumentException with a sentence,
 * which becomes status 400.
 *
 * @param path its segments, decoded
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Request(
        String method,
        List<String> path,
        Map<String, List<String>> query,
        Map<String, String> headers,
        byte[] body) {

    Optional<String> text(String name) {
        List<String> values = query.getOrDefault(name, List.of());
        return values.isEmpty() ? Optional.empty() : Optional.of(values.get(0));
    }

    long number(String name, long otherwise, long least, long most) {
        return text(name).map(text -> number(name, text, least, most)).orElse(otherwise);
    }

    boolean flag(String name) {
        return text(name)
                .map(
                        value ->
                                switch (value) {
                                    case "", "true", "1" -> true;
                                    case "false", "0" -> false;
                                    default ->
                                            throw new IllegalArgumentException(
                                                    "'" + name + "' is true or false.");
                                })
                .orElse(false);
    }

    /** A segment of the path as a number. */
    long segment(int at, String what) {
        return number(what, path.get(at), 1, Long.MAX_VALUE);
    }

    static long number(String name, String text, long least, long most) {
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new IllegalArgumentException(
                "'" + name + "' is a number from " + least + " to " + most + ".");
    }

    /** Nothing else may be asked: a mistyped name would pass for an answer. */
    Request knows(String... names) {
        Set<String> known = Set.of(names);
        for (String name : query.keySet()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(
                        "There is no parameter '"
                                + shorten(name)
                                + "' here; there "
                                + (names.length == 0
                                        ? "are none."
                                        : "is " + String.join(", ", names) + "."));
            }
        }
        return this;
    }

    /** The body, an object with none but these names. */
    JsonNode object(String... names) {
        JsonNode node = ControlJson.body(body.length == 0 ? new byte[] {'{', '}'} : body);
        Set<String> known = Set.of(names);
        node.fieldNames()
                .forEachRemaining(
                        name -> {
                            if (!known.contains(name)) {
                                throw new IllegalArgumentException(
                                        "There is no '"
                                                + shorten(name)
                                                + "' in this body; there is "
                                                + String.join(", ", names)
                                                + ".");
                            }
                        });
        return node;
    }

    static String shorten(String text) {
        String plain = text.replaceAll("[^\\x20-\\x7e]", "?");
        return plain.length() <= 40 ? plain : plain.substring(0, 37) + "...";
    }
}
