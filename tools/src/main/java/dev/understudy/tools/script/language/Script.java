package dev.understudy.tools.script.language;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A script that was read.
 *
 * @param options its option lines, by name without the dashes; one that was given twice has its last value
 */
public record Script(Map<String, String> options, List<Event> events) {
    /**
     * Reads a script.
     *
     * @throws SyntaxException if it is none
     */
    public static Script parse(String text) {
        return parse(text, Map.of());
    }

    /**
     * Reads a script.
     *
     * @param defines names with what they stand for, as {@code --define=NAME=VALUE} in the script would say
     * @throws SyntaxException if it is none
     */
    public static Script parse(String text, Map<String, String> defines) {
        return new Parser(text, defines).script();
    }

    public Optional<String> option(String name) {
        return Optional.ofNullable(options.get(name));
    }
}
