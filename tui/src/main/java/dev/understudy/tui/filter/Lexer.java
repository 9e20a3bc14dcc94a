package dev.understudy.tui.filter;

import dev.understudy.tui.filter.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a filter into tokens. Every text can be cut: whatever is no sign of the language belongs to a word, and so do signs
 * within quotation marks. Whether words make sense is for the parser to say.
 */
final class Lexer {
    private static final String SIGNS = "=!<>~(),&|\"";

    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private Lexer(String text) {
        this.text = text;
    }

    /** The tokens of a text, the last of which is {@link Kind#END}. */
    static List<Token> tokens(String text) {
        Lexer lexer = new Lexer(text);
        lexer.cut();
        return lexer.tokens;
    }

    private void cut() {
        while (at < text.length()) {
            char c = text.charAt(at);
            switch (c) {
                case ' ', '\t' -> at++;
                case '(' -> add(Kind.OPEN, 1);
                case ')' -> add(Kind.CLOSE, 1);
                case ',' -> add(Kind.COMMA, 1);
                case '"' -> quoted();
                case '!' -> {
                    if (next('=') || next('~')) {
                        add(Kind.COMPARISON, 2);
                    } else {
                        addAs(Kind.WORD, "not", 1);
                    }
                }
                case '=', '<', '>' -> add(Kind.COMPARISON, next('=') ? 2 : 1);
                case '~' -> add(Kind.COMPARISON, 1);
                case '&' -> addAs(Kind.WORD, "and", next('&') ? 2 : 1);
                case '|' -> addAs(Kind.WORD, "or", next('|') ? 2 : 1);
                default -> word();
            }
        }
        tokens.add(new Token(Kind.END, "", text.length()));
    }

    private boolean next(char c) {
        return at + 1 < text.length() && text.charAt(at + 1) == c;
    }

    private void add(Kind kind, int length) {
        addAs(kind, text.substring(at, at + length), length);
    }

    private void addAs(Kind kind, String as, int length) {
        tokens.add(new Token(kind, as, at));
        at += length;
    }

    private void word() {
        int end = at;
        while (end < text.length()
                && text.charAt(end) != ' '
                && text.charAt(end) != '\t'
                && SIGNS.indexOf(text.charAt(end)) < 0) {
            end++;
        }
        add(Kind.WORD, end - at);
    }

    /** A quotation that is still open reaches to the end: somebody is typing it. */
    private void quoted() {
        int end = text.indexOf('"', at + 1);
        int close = end < 0 ? text.length() : end;
        addAs(Kind.WORD, text.substring(at + 1, close), Math.min(text.length(), close + 1) - at);
    }
}
