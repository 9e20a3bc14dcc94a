package dev.understudy.dispatcher.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Edits a stored request head; whatever is not edited stays as it was, byte for byte. */
final class HeadEdit {
    private static final String CRLF = "\r\n";

    private String startLine;
    private String fields;

    /** @param head complete, with its empty line */
    HeadEdit(byte[] head) {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        int end = text.indexOf(CRLF);
        if (end < 0 || !text.endsWith(CRLF + CRLF)) {
            throw new IllegalArgumentException("this is no complete head");
        }
        startLine = text.substring(0, end);
        fields = text.substring(end + 2, text.length() - 2);
    }

    String target() {
        return startLine.split(" ", -1)[1];
    }

    HeadEdit target(String target) {
        String[] words = startLine.split(" ", -1);
        startLine = words[0] + " " + target + " " + words[2];
        return this;
    }

    /** Puts another value in place of a field's first one, or adds the field. */
    HeadEdit set(String name, String value) {
        int at = find(name);
        if (at < 0) {
            return add(name, value);
        }
        int colon = fields.indexOf(':', at);
        int end = fields.indexOf(CRLF, at);
        int from = colon + 1;
        while (from < end && HttpHead.isBlank(fields.charAt(from))) {
            from++;
        }
        fields = fields.substring(0, from) + value + fields.substring(end);
        return this;
    }

    HeadEdit add(String name, String value) {
        fields += name + ": " + value + CRLF;
        return this;
    }

    /** Takes every field of a name away. */
    HeadEdit remove(String name) {
        for (int at = find(name); at >= 0; at = find(name)) {
            fields = fields.substring(0, at) + fields.substring(fields.indexOf(CRLF, at) + 2);
        }
        return this;
    }

    private int find(String name) {
        String wanted = name.toLowerCase(Locale.ROOT) + ":";
        for (int at = 0; at < fields.length(); at = fields.indexOf(CRLF, at) + 2) {
            if (fields.regionMatches(true, at, wanted, 0, wanted.length())) {
                return at;
            }
        }
        return -1;
    }

    byte[] bytes() {
        return (startLine + CRLF + fields + CRLF).getBytes(StandardCharsets.ISO_8859_1);
    }
}
