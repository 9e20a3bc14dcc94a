package dev.understudy.tools.script.language;

import dev.understudy.tools.script.language.Token.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A reader's place in the tokens of a script. Words that {@code --define=NAME=VALUE} names are replaced as they come by. */
final class Tokens {
    private static final int NANOS_DIGITS = 9;
    private static final int MAX_REPLACEMENTS = 1_000;

    private final List<Token> tokens;
    private final Map<String, String> defines = new HashMap<>();
    private int at;
    private int replacements;

    Tokens(String text) {
        tokens = new ArrayList<>(Lexer.tokens(text));
    }

    /** From here on {@code name} means {@code value}. */
    void define(String name, String value) {
        defines.put(name, value);
    }

    Token peek() {
        return peek(0);
    }

    Token peek(int ahead) {
        int index = Math.min(at + ahead, tokens.size() - 1);
        Token token = tokens.get(index);
        String value = token.is(Kind.WORD) ? defines.get(token.text()) : null;
        if (value == null) {
            return token;
        }
        if (++replacements > MAX_REPLACEMENTS) {
            throw new SyntaxException(token.position(), token.shown() + " is defined by itself");
        }
        List<Token> replacement = new ArrayList<>();
        for (Token each : Lexer.tokens(value)) {
            if (!each.is(Kind.END)) {
                boolean first = token.first() && replacement.isEmpty();
                replacement.add(new Token(each.kind(), each.text(), token.position(), first));
            }
        }
        tokens.remove(index);
        tokens.addAll(index, replacement);
        return peek(ahead);
    }

    Token next() {
        Token token = peek();
        if (!token.is(Kind.END)) {
            at++;
        }
        return token;
    }

    /** Steps over {@code symbol} if it is next. */
    boolean skip(char symbol) {
        boolean found = peek().is(symbol);
        if (found) {
            next();
        }
        return found;
    }

    /** Steps over {@code word} if it is next. */
    boolean skip(String word) {
        boolean found = peek().isWord(word);
        if (found) {
            next();
        }
        return found;
    }

    void expect(char symbol, String what) {
        if (!skip(symbol)) {
            throw expected("'" + symbol + "' " + what);
        }
    }

    String word(String what) {
        if (!peek().is(Kind.WORD)) {
            throw expected(what);
        }
        return next().text();
    }

    boolean isNumber() {
        return peek().is(Kind.INTEGER) || peek().is(Kind.DECIMAL);
    }

    /** A whole number from {@code min} to {@code max}, decimal or hexadecimal. */
    long integer(String what, long min, long max) {
        Token token = peek();
        if (!token.is(Kind.INTEGER)) {
            throw expected(what);
        }
        long value = integer(token);
        if (value < min || value > max) {
            throw new SyntaxException(
                    token.position(), what + " is from " + min + " to " + max + ", not " + value);
        }
        next();
        return value;
    }

    private static long integer(Token token) {
        String text = token.text();
        try {
            return text.startsWith("0x") || text.startsWith("0X")
                    ? Long.parseUnsignedLong(text.substring(2), 16)
                    : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new SyntaxException(token.position(), token.shown() + " is too large a number");
        }
    }

    /** Seconds, as nanoseconds. */
    long time() {
        if (!isNumber() || peek().text().indexOf('x') >= 0 || peek().text().indexOf('X') >= 0) {
            throw expected("a time in seconds");
        }
        Token token = next();
        BigDecimal nanos = new BigDecimal(token.text()).movePointRight(NANOS_DIGITS);
        if (nanos.signum() < 0) {
            throw new SyntaxException(token.position(), "a time cannot be negative");
        }
        if (nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE / 4)) > 0) {
            throw new SyntaxException(token.position(), token.shown() + " seconds is too long");
        }
        return nanos.longValue();
    }

    SyntaxException expected(String what) {
        return new SyntaxException(
                peek().position(), "expected " + what + ", not " + peek().shown());
    }

    /** Whether an event, or the end, begins here. */
    boolean atEvent() {
        Token token = peek();
        return token.is(Kind.END)
                || token.first()
                        && (token.is('+')
                                || token.is('*')
                                || isNumber()
                                || token.is(Kind.COMMAND)
                                || token.is(Kind.DIRECTIVE));
    }

    /** Steps to the next event. */
    void skipToEvent() {
        while (!atEvent()) {
            next();
        }
    }
}
