package dev.understudy.tools.script.language;

import java.util.List;
import java.util.stream.Collectors;

/** An argument or result of a system call, as it is written. */
public sealed interface Value {
    /** {@code ...}: whatever fits. */
    record Anything() implements Value {
        @Override
        public String toString() {
            return "...";
        }
    }

    record Whole(long value) implements Value {
        @Override
        public String toString() {
            return Long.toString(value);
        }
    }

    /** {@code SOCK_STREAM} */
    record Name(String name) implements Value {
        @Override
        public String toString() {
            return name;
        }
    }

    /** {@code "text"} */
    record Text(String text) implements Value {
        @Override
        public String toString() {
            return '"' + text + '"';
        }
    }

    /** {@code O_RDWR|O_NONBLOCK} */
    record Either(List<Value> values) implements Value {
        @Override
        public String toString() {
            return joined(values, "|");
        }
    }

    /** {@code [1]} */
    record Array(List<Value> values) implements Value {
        @Override
        public String toString() {
            return "[" + joined(values, ", ") + "]";
        }
    }

    /** {@code htons(8080)} */
    record Call(String name, List<Value> arguments) implements Value {
        @Override
        public String toString() {
            return name + "(" + joined(arguments, ", ") + ")";
        }
    }

    /** <code>{fd=3, events=POLLIN}</code>; members without a name are {@link Field}s with an empty one. */
    record Struct(List<Field> fields) implements Value {
        @Override
        public String toString() {
            return fields.stream().map(Field::toString).collect(Collectors.joining(", ", "{", "}"));
        }

        /** The member of that name, or {@link Anything}. */
        public Value field(String name) {
            return fields.stream()
                    .filter(field -> field.name().equals(name))
                    .map(Field::value)
                    .findFirst()
                    .orElse(new Anything());
        }
    }

    /** A member of a struct. */
    record Field(String name, Value value) {
        @Override
        public String toString() {
            return name.isEmpty() ? value.toString() : name + "=" + value;
        }
    }

    private static String joined(List<Value> values, String between) {
        return values.stream().map(Value::toString).collect(Collectors.joining(between));
    }
}
