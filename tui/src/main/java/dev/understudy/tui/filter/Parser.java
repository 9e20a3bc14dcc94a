package dev.understudy.tui.filter;

import dev.understudy.tui.filter.Mistake.Found;
import dev.understudy.tui.filter.Token.Kind;
import java.util.List;
import java.util.function.Predicate;

/** Reads the language of {@link Filter} by recursive descent. */
final class Parser<T> {
    /** So deep may brackets and nots be nested; a line on a screen holds fewer. */
    private static final int DEEPEST = 100;

    private final List<Token> tokens;
    private final Schema<T> schema;
    private int next;
    private int depth;

    Parser(String text, Schema<T> schema) {
        this.tokens = Lexer.tokens(text);
        this.schema = schema;
    }

    Predicate<T> parse() throws Found {
        if (peek().kind() == Kind.END) {
            return row -> true;
        }
        Predicate<T> condition = or();
        if (peek().kind() != Kind.END) {
            throw new Found(peek(), "and, or, or the end of the filter belongs here");
        }
        return condition;
    }

    private Predicate<T> or() throws Found {
        Predicate<T> condition = and();
        while (peek().isWord("or")) {
            take();
            condition = condition.or(and());
        }
        return condition;
    }

    private Predicate<T> and() throws Found {
        Predicate<T> condition = not();
        while (peek().isWord("and") || startsCondition(peek())) {
            if (peek().isWord("and")) {
                take();
            }
            condition = condition.and(not());
        }
        return condition;
    }

    private static boolean startsCondition(Token token) {
        return token.kind() == Kind.OPEN || token.kind() == Kind.WORD && !token.isWord("or");
    }

    private Predicate<T> not() throws Found {
        if (++depth > DEEPEST) {
            throw new Found(peek(), "nested too deeply");
        }
        try {
            if (peek().isWord("not")) {
                take();
                return not().negate();
            }
            if (peek().kind() == Kind.OPEN) {
                Token open = take();
                Predicate<T> inner = or();
                if (peek().kind() != Kind.CLOSE) {
                    throw new Found(open, "this bracket is not closed");
                }
                take();
                return inner;
            }
            return comparison();
        } finally {
            depth--;
        }
    }

    private Predicate<T> comparison() throws Found {
        Token name = take();
        if (name.kind() != Kind.WORD || name.isWord("and") || name.isWord("or")) {
            throw new Found(name, "a field belongs here, such as " + examples());
        }
        Field<T> field = schema.field(name.text()).orElseThrow(() -> unknown(name));
        Token sign = peek();
        if (sign.isWord("in")) {
            take();
            return in(field, sign);
        }
        if (sign.kind() != Kind.COMPARISON) {
            return field.alone()
                    .orElseThrow(
                            () ->
                                    new Found(
                                            sign,
                                            "= and a value belong behind '" + name.text() + "'"));
        }
        take();
        Comparison comparison =
                Comparison.of(sign.text())
                        .orElseThrow(
                                () -> new Found(sign, "'" + sign.text() + "' compares nothing"));
        return field.compare(comparison, sign, value(field));
    }

    private Predicate<T> in(Field<T> field, Token in) throws Found {
        if (take().kind() != Kind.OPEN) {
            throw new Found(in, "values in brackets belong behind 'in'");
        }
        Predicate<T> any = field.compare(Comparison.EQUAL, in, value(field));
        while (peek().kind() == Kind.COMMA) {
            take();
            any = any.or(field.compare(Comparison.EQUAL, in, value(field)));
        }
        if (peek().kind() != Kind.CLOSE) {
            throw new Found(peek(), ", or ) belongs here");
        }
        take();
        return any;
    }

    private Token value(Field<T> field) throws Found {
        Token value = take();
        if (value.kind() != Kind.WORD) {
            throw new Found(value, field.name() + " takes " + field.takes());
        }
        return value;
    }

    private Found unknown(Token name) {
        String meant =
                schema.nearest(name.text())
                        .map(near -> ": do you mean " + near + "?")
                        .orElse("; there are " + examples() + ", ...");
        return new Found(name, "a " + schema.noun() + " has no '" + name.text() + "'" + meant);
    }

    private String examples() {
        return String.join(", ", schema.fields().stream().limit(4).map(Field::name).toList());
    }

    private Token peek() {
        return tokens.get(next);
    }

    private Token take() {
        Token token = tokens.get(next);
        next = Math.min(next + 1, tokens.size() - 1);
        return token;
    }
}
