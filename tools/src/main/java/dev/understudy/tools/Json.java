package dev.understudy.tools;

import dev.understudy.dispatcher.config.Problem;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes flat JSON objects (RFC 8259), one a line: all that the commands' {@code --json} needs. */
public final class Json {
    private Json() {}

    /** An object of strings, numbers and booleans, in the map's order; a null value is left out. */
    public static String object(Map<String, ?> fields) {
        StringBuilder out = new StringBuilder("{");
        fields.forEach(
                (key, value) -> {
                    if (value == null) {
                        return;
                    }
                    if (out.length() > 1) {
                        out.append(',');
                    }
                    quote(key, out);
                    out.append(':');
                    if (value instanceof Number || value instanceof Boolean) {
                        out.append(value);
                    } else {
                        quote(value.toString(), out);
                    }
                });
        return out.append('}').toString();
    }

    static String problem(Problem problem) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("file", problem.file());
        fields.put("line", problem.line());
        fields.put("column", problem.column());
        fields.put("message", problem.message());
        return object(fields);
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c == 0x7F) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
