package dev.understudy.tools.script;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Evaluates a script's assertions in Python as far as they are arithmetic on numbers of TCP_INFO: {@code assert}, chained
 * comparisons, {@code and or not}, {@code | & + - * / //}, parentheses. Whatever else a program may say is unsupported.
 */
final class Assertions {
    private static final Pattern TOKEN =
            Pattern.compile(
                    "\\s*(?:(\\d+)|([A-Za-z_][A-Za-z0-9_]*)|('[^']*'|\"[^\"]*\")|(<=|>=|==|!=|//|[-+*/%&|<>(),]))");
    private static final List<String> COMPARISONS = List.of("<", "<=", ">", ">=", "==", "!=");

    private final Function<String, OptionalLong> names;
    private final List<String> tokens = new ArrayList<>();
    private int at;

    private Assertions(Function<String, OptionalLong> names) {
        this.names = names;
    }

    /**
     * Checks every assertion of {@code code}.
     *
     * @param names the value of a name, if it has one
     * @throws ScriptEnd if one does not hold, or is not understood
     */
    static void check(String code, Function<String, OptionalLong> names) {
        String joined = code.replace("\\\n", " ");
        for (String line : joined.split("[\n;]", -1)) {
            String statement = line.strip();
            if (!statement.isEmpty()
                    && !statement.startsWith("#")
                    && !statement.startsWith("print")) {
                new Assertions(names).statement(statement);
            }
        }
    }

    private void statement(String text) {
        if (!text.startsWith("assert")) {
            throw ScriptEnd.unsupported("code other than assert (" + text + ")");
        }
        Matcher matcher = TOKEN.matcher(text);
        int end = "assert".length();
        while (end < text.length() && matcher.find(end) && matcher.start() == end) {
            tokens.add(matcher.group().strip());
            end = matcher.end();
        }
        if (!text.substring(end).isBlank()) {
            throw ScriptEnd.unsupported("code (" + text + ")");
        }
        List<String> values = new ArrayList<>();
        boolean holds = either(values);
        if (at < tokens.size() && !peek().equals(",")) {
            throw ScriptEnd.unsupported("code (" + text + ")");
        }
        if (!holds) {
            throw ScriptEnd.failed(text, String.join(", ", values));
        }
    }

    private String peek() {
        return at < tokens.size() ? tokens.get(at) : "";
    }

    private boolean skip(String token) {
        boolean found = peek().equals(token);
        at += found ? 1 : 0;
        return found;
    }

    private boolean either(List<String> values) {
        boolean result = both(values);
        while (skip("or")) {
            result |= both(values);
        }
        return result;
    }

    private boolean both(List<String> values) {
        boolean result = comparison(values);
        while (skip("and")) {
            result &= comparison(values);
        }
        return result;
    }

    private boolean comparison(List<String> values) {
        if (skip("not")) {
            return !comparison(values);
        }
        long left = bits(values);
        if (!COMPARISONS.contains(peek())) {
            return left != 0;
        }
        boolean result = true;
        while (COMPARISONS.contains(peek())) {
            String operator = tokens.get(at++);
            long right = bits(values);
            result &=
                    switch (operator) {
                        case "<" -> left < right;
                        case "<=" -> left <= right;
                        case ">" -> left > right;
                        case ">=" -> left >= right;
                        case "==" -> left == right;
                        default -> left != right;
                    };
            left = right;
        }
        return result;
    }

    private long bits(List<String> values) {
        long result = sum(values);
        while (true) {
            if (skip("|")) {
                result |= sum(values);
            } else if (skip("&")) {
                result &= sum(values);
            } else {
                return result;
            }
        }
    }

    private long sum(List<String> values) {
        long result = product(values);
        while (true) {
            if (skip("+")) {
                result += product(values);
            } else if (skip("-")) {
                result -= product(values);
            } else {
                return result;
            }
        }
    }

    private long product(List<String> values) {
        long result = factor(values);
        while (true) {
            if (skip("*")) {
                result *= factor(values);
            } else if (skip("//") || skip("/")) {
                long divisor = factor(values);
                if (divisor == 0) {
                    throw ScriptEnd.failed("a number to divide by", "0");
                }
                result = Math.floorDiv(result, divisor);
            } else {
                return result;
            }
        }
    }

    private long factor(List<String> values) {
        if (skip("-")) {
            return -factor(values);
        }
        if (skip("(")) {
            long result = peekIsCondition() ? (either(values) ? 1 : 0) : bits(values);
            if (!skip(")")) {
                throw ScriptEnd.unsupported("code with '" + peek() + "'");
            }
            return result;
        }
        String token = peek();
        at++;
        if (token.matches("\\d{1,18}")) {
            return Long.parseLong(token);
        }
        OptionalLong value = names.apply(token);
        if (value.isEmpty()) {
            throw ScriptEnd.unsupported(
                    token.isEmpty() ? "code that ends early" : "code that asks for " + token);
        }
        values.add(token + " is " + value.getAsLong());
        return value.getAsLong();
    }

    /** Whether the parenthesis that was just opened holds a condition and not a number. */
    private boolean peekIsCondition() {
        int depth = 1;
        for (int i = at; i < tokens.size() && depth > 0; i++) {
            String token = tokens.get(i);
            depth += token.equals("(") ? 1 : token.equals(")") ? -1 : 0;
            if (COMPARISONS.contains(token) || token.equals("and") || token.equals("or")) {
                return true;
            }
        }
        return false;
    }
}
