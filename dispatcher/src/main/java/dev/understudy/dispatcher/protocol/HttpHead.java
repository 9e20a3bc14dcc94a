package dev.understudy.dispatcher.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A whole head, taken apart strictly (RFC 9112 §2 to §5). What a strict reader and a lenient one would understand
 * differently is kept as an {@linkplain #oddity oddity}: the attacks of RFC 9112 §11.2 live on such differences.
 */
final class HttpHead {
    private record Field(String name, String value) {}

    private final String startLine;
    private final List<Field> fields = new ArrayList<>();
    private Optional<String> oddity = Optional.empty();

    /** Parses the first {@code length} bytes, which end with an empty line. */
    HttpHead(byte[] bytes, int length) {
        String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\n');
        startLine = line(text, 0, end);
        int at = end + 1;
        while (at < length) {
            end = text.indexOf('\n', at);
            if (end < 0) {
                end = length;
            }
            String line = line(text, at, end);
            if (line.isEmpty()) {
                break;
            }
            field(line);
            at = end + 1;
        }
    }

    private String line(String text, int from, int to) {
        int end = to;
        if (end > from && text.charAt(end - 1) == '\r') {
            end--;
        } else {
            odd("a line ends with a bare line feed");
        }
        for (int at = from; at < end; at++) {
            char c = text.charAt(at);
            if (c == '\r') {
                odd("a bare carriage return stands in a line");
            } else if (c < ' ' && c != '\t' || c == 0x7F) {
                odd("a control character stands in a line");
            }
        }
        return text.substring(from, end);
    }

    private void field(String line) {
        if (isBlank(line.charAt(0))) {
            odd("a field is folded over two lines");
            return;
        }
        int colon = line.indexOf(':');
        if (colon <= 0) {
            odd("a field has no name");
            return;
        }
        String name = line.substring(0, colon);
        if (isBlank(name.charAt(colon - 1))) {
            odd("a blank stands before a colon");
            name = name.strip();
        }
        if (!isToken(name)) {
            odd("a field's name is no token");
        }
        fields.add(new Field(name.toLowerCase(Locale.ROOT), strip(line, colon + 1, line.length())));
    }

    private void odd(String what) {
        if (oddity.isEmpty()) {
            oddity = Optional.of(what);
        }
    }

    String startLine() {
        return startLine;
    }

    /** The first thing that another reader might take otherwise. */
    Optional<String> oddity() {
        return oddity;
    }

    /** The first field of a name, given in lower case. */
    Optional<String> first(String name) {
        for (Field field : fields) {
            if (field.name.equals(name)) {
                return Optional.of(field.value);
            }
        }
        return Optional.empty();
    }

    boolean has(String name) {
        return first(name).isPresent();
    }

    int count(String name) {
        int count = 0;
        for (Field field : fields) {
            if (field.name.equals(name)) {
                count++;
            }
        }
        return count;
    }

    /** The members of a list field over all its lines, in lower case, empty ones left out (RFC 9110 §5.6.1). */
    List<String> members(String name) {
        List<String> members = new ArrayList<>(1);
        for (Field field : fields) {
            if (field.name.equals(name)) {
                for (String member : field.value.toLowerCase(Locale.ROOT).split(",", -1)) {
                    String stripped = strip(member, 0, member.length());
                    if (!stripped.isEmpty()) {
                        members.add(stripped);
                    }
                }
            }
        }
        return members;
    }

    /** Whether a list field has a member that begins an authentication bound to its connection (RFC 4559). */
    boolean bindsConnection(String name) {
        for (Field field : fields) {
            if (field.name.equals(name)) {
                String value = field.value.toLowerCase(Locale.ROOT);
                if (value.startsWith("ntlm") || value.startsWith("negotiate")) {
                    return true;
                }
            }
        }
        return false;
    }

    static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static String strip(String text, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && isBlank(text.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    static boolean isToken(String text) {
        for (int at = 0; at < text.length(); at++) {
            if (!isTokenChar(text.charAt(at))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** RFC 9110 §5.6.2. */
    static boolean isTokenChar(int c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || c > 0 && "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
}
