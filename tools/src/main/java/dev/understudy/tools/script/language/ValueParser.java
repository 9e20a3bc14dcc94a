package dev.understudy.tools.script.language;

import dev.understudy.tools.script.language.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** Reads the arguments and results of system calls. */
final class ValueParser {
    private final Tokens tokens;

    ValueParser(Tokens tokens) {
        this.tokens = tokens;
    }

    /** One value, with its alternatives: {@code O_RDWR|O_NONBLOCK}. */
    Value value() {
        Value first = single();
        if (!tokens.peek().is('|')) {
            return first;
        }
        List<Value> values = new ArrayList<>(List.of(first));
        while (tokens.skip('|')) {
            values.add(single());
        }
        return new Value.Either(List.copyOf(values));
    }

    /** Values with commas between them, up to and with {@code close}. */
    List<Value> list(char close) {
        List<Value> values = new ArrayList<>();
        while (!tokens.skip(close)) {
            if (!values.isEmpty()) {
                tokens.expect(',', "or '" + close + "'");
            }
            values.add(value());
        }
        return List.copyOf(values);
    }

    private Value single() {
        Token token = tokens.peek();
        switch (token.kind()) {
            case ELLIPSIS -> {
                tokens.next();
                return new Value.Anything();
            }
            case INTEGER -> {
                return new Value.Whole(tokens.integer("a number", Long.MIN_VALUE, Long.MAX_VALUE));
            }
            case STRING -> {
                return text();
            }
            case WORD -> {
                tokens.next();
                return tokens.skip('(')
                        ? new Value.Call(token.text(), list(')'))
                        : new Value.Name(token.text());
            }
            default -> {
                if (tokens.skip('[')) {
                    return new Value.Array(list(']'));
                }
                if (tokens.skip('{')) {
                    return struct();
                }
                throw tokens.expected("a value");
            }
        }
    }

    /** Strings side by side are one. */
    private Value text() {
        StringBuilder text = new StringBuilder();
        while (tokens.peek().is(Kind.STRING)) {
            text.append(tokens.next().text());
        }
        if (tokens.peek().is(Kind.ELLIPSIS)) {
            tokens.next();
        }
        return new Value.Text(text.toString());
    }

    private Value struct() {
        List<Value.Field> fields = new ArrayList<>();
        while (!tokens.skip('}')) {
            if (!fields.isEmpty()) {
                tokens.expect(',', "or '}'");
            }
            Value left = value();
            if (tokens.skip('=')) {
                String name = left instanceof Value.Call call ? call.name() : left.toString();
                fields.add(new Value.Field(name, value()));
            } else {
                fields.add(new Value.Field("", left));
            }
        }
        return new Value.Struct(List.copyOf(fields));
    }
}
