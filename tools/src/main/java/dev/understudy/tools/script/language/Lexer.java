package dev.understudy.tools.script.language;

import dev.understudy.tools.script.language.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Cuts a script into tokens. Comments are {@code // …}, {@code /* … *}{@code /} and {@code # …}. A sequence number range is
 * three tokens and more, so that nothing here has to guess whether {@code 1:1001} is one or an IPv6 address; addresses
 * stand only in strings and options.
 */
final class Lexer {
    private static final Pattern DIRECTIVE =
            Pattern.compile("#(if|ifdef|ifndef|elif|else|endif|define|undef|include)\\b");

    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int lineStart;
    private boolean first = true;

    private Lexer(String text) {
        this.text = text;
    }

    /** All tokens of a script; the last one is {@link Kind#END}. */
    static List<Token> tokens(String text) {
        Lexer lexer = new Lexer(text);
        while (lexer.skipBlank()) {
            lexer.token();
        }
        lexer.add(Kind.END, "", lexer.here());
        return lexer.tokens;
    }

    private Position here() {
        return new Position(line, at - lineStart + 1);
    }

    private char peek(int ahead) {
        return at + ahead < text.length() ? text.charAt(at + ahead) : '\0';
    }

    private boolean atText(String wanted) {
        return text.startsWith(wanted, at);
    }

    private void advance() {
        if (text.charAt(at) == '\n') {
            line++;
            lineStart = at + 1;
            first = true;
        }
        at++;
    }

    private void add(Kind kind, String value, Position position) {
        tokens.add(new Token(kind, value, position, first));
        first = false;
    }

    /** Steps over white space and comments; false at the end. */
    private boolean skipBlank() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (Character.isWhitespace(c)) {
                advance();
            } else if (c == '#'
                    && first
                    && DIRECTIVE.matcher(text).region(at, text.length()).lookingAt()) {
                return true;
            } else if (c == '#' || atText("//")) {
                skipLine();
            } else if (atText("/*")) {
                skipTo("*/", "a comment", here());
            } else {
                return true;
            }
        }
        return false;
    }

    private void skipLine() {
        while (at < text.length() && text.charAt(at) != '\n') {
            at++;
        }
    }

    /** Steps behind {@code end}; returns where it began. */
    private int skipTo(String end, String what, Position began) {
        boolean wasFirst = first;
        at += 2;
        while (!atText(end)) {
            if (at >= text.length()) {
                throw new SyntaxException(began, what + " that does not end with " + end);
            }
            advance();
        }
        int found = at;
        at += end.length();
        first = first || wasFirst;
        return found;
    }

    private void token() {
        Position position = here();
        char c = text.charAt(at);
        int from = at;
        if (c == '#') {
            skipLine();
            String directive = text.substring(from, at).strip();
            add(Kind.DIRECTIVE, directive.split("\\s", 2)[0], position);
        } else if (atText("--") && Character.isLetter(peek(2))) {
            option(position);
        } else if (isWordPart(c)) {
            wordOrNumber(position);
        } else if (c == '-' && (isDigit(peek(1)) || peek(1) == '.' && isDigit(peek(2)))) {
            at++;
            number(position, from);
        } else if (atText("...")) {
            at += 3;
            add(Kind.ELLIPSIS, "...", position);
        } else if (c == '.' && isDigit(peek(1))) {
            number(position, from);
        } else if (c == '"') {
            add(Kind.STRING, quoted('"', "a string", position), position);
        } else if (c == '`') {
            boolean wasFirst = first;
            String command = quoted('`', "a command", position);
            tokens.add(new Token(Kind.COMMAND, command, position, wasFirst));
            first = false;
        } else if (atText("%{")) {
            boolean wasFirst = first;
            int end = skipTo("}%", "code", position);
            String code = text.substring(from + 2, end);
            tokens.add(new Token(Kind.CODE, code, position, wasFirst));
            first = false;
        } else {
            at++;
            add(Kind.SYMBOL, String.valueOf(c), position);
        }
    }

    /** An option's value is what stands up to the next blank outside of quotes. */
    private void option(Position position) {
        int from = at;
        char quote = '\0';
        while (at < text.length()) {
            char c = text.charAt(at);
            if (quote != '\0') {
                quote = c == quote ? '\0' : quote;
            } else if (c == '"' || c == '`') {
                quote = c;
            } else if (Character.isWhitespace(c)) {
                break;
            }
            at++;
        }
        add(Kind.OPTION, text.substring(from, at), position);
    }

    private void wordOrNumber(Position position) {
        int from = at;
        boolean digits = true;
        while (isWordPart(peek(0))) {
            digits &= isDigit(peek(0));
            at++;
        }
        if (digits) {
            at = from;
            number(position, from);
            return;
        }
        String word = text.substring(from, at);
        boolean hex = word.matches("0[xX][0-9a-fA-F]+");
        add(hex ? Kind.INTEGER : Kind.WORD, word, position);
    }

    /** Digits, and a point if a digit follows it: {@code 0...1} begins with the number 0. */
    private void number(Position position, int from) {
        while (isDigit(peek(0))) {
            at++;
        }
        boolean decimal = peek(0) == '.' && isDigit(peek(1));
        if (decimal) {
            at++;
            while (isDigit(peek(0))) {
                at++;
            }
        }
        add(decimal ? Kind.DECIMAL : Kind.INTEGER, text.substring(from, at), position);
    }

    private String quoted(char quote, String what, Position began) {
        StringBuilder value = new StringBuilder();
        at++;
        while (peek(0) != quote) {
            if (at >= text.length()) {
                throw new SyntaxException(began, what + " that does not end");
            }
            if (peek(0) == '\\' && at + 1 < text.length()) {
                at++;
                value.append(escaped(peek(0)));
            } else {
                value.append(peek(0));
            }
            advance();
        }
        at++;
        return value.toString();
    }

    private static String escaped(char c) {
        return switch (c) {
            case 'n' -> "\n";
            case 'r' -> "\r";
            case 't' -> "\t";
            case '0' -> "\0";
            case '"', '`', '\\' -> String.valueOf(c);
            default -> "\\" + c;
        };
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWordPart(char c) {
        return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
    }
}
