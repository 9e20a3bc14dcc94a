package dev.understudy.tools.script;

import dev.understudy.tools.script.language.Action.SystemCall;
import dev.understudy.tools.script.language.Value;
import java.util.List;
import java.util.OptionalLong;

/** The arguments of one system call, read as C would read them. */
final class Arguments {
    private final SystemCall call;

    Arguments(SystemCall call) {
        this.call = call;
    }

    Value get(int index) {
        List<Value> arguments = call.arguments();
        return index < arguments.size() ? arguments.get(index) : new Value.Anything();
    }

    /** A number that must be there. */
    long number(int index) {
        Value value = get(index);
        if (value instanceof Value.Whole whole) {
            return whole.value();
        }
        throw ScriptEnd.unsupported(call.name() + " with " + value + " as argument " + (index + 1));
    }

    /** A length that must be there: of a buffer, or of all those of an I/O vector. */
    int length(int index) {
        long length = number(index);
        if (length < 0 || length > 1 << 30) {
            throw ScriptEnd.unsupported(call.name() + " of " + length + " bytes");
        }
        return (int) length;
    }

    /** Whether argument {@code index} is, or has among its alternatives, the constant {@code name}. */
    boolean has(int index, String name) {
        return has(get(index), name);
    }

    private static boolean has(Value value, String name) {
        if (value instanceof Value.Either either) {
            return either.values().stream().anyMatch(each -> has(each, name));
        }
        return value instanceof Value.Name constant && constant.name().equals(name);
    }

    /** Refuses every constant but those that are known. */
    void only(int index, List<String> known) {
        for (String name : names(get(index))) {
            if (!known.contains(name)) {
                throw ScriptEnd.unsupported(call.name() + " with " + name);
            }
        }
    }

    private static List<String> names(Value value) {
        if (value instanceof Value.Either either) {
            return either.values().stream().flatMap(each -> names(each).stream()).toList();
        }
        return value instanceof Value.Name name ? List.of(name.name()) : List.of();
    }

    String name(int index) {
        return get(index) instanceof Value.Name name ? name.name() : get(index).toString();
    }

    /** The port of a socket address, if it says one. */
    static OptionalLong port(Value address) {
        if (address instanceof Value.Struct struct
                && struct.field("sin_port") instanceof Value.Call call
                && call.arguments().size() == 1
                && call.arguments().get(0) instanceof Value.Whole port) {
            return OptionalLong.of(port.value());
        }
        return OptionalLong.empty();
    }

    /** Bytes of the vector in a msghdr. */
    int vectorLength(int index) {
        if (!(get(index) instanceof Value.Struct message)) {
            throw ScriptEnd.unsupported(call.name() + " with " + get(index));
        }
        if (!(message.field("msg_control") instanceof Value.Anything)) {
            throw ScriptEnd.unsupported("control messages");
        }
        return vectorLength(message.field("msg_iov"));
    }

    /** Bytes of a vector: <code>[{..., 1000}, {..., 500}]</code>. */
    int vectorLength(Value vector) {
        if (!(vector instanceof Value.Array array)) {
            throw ScriptEnd.unsupported(call.name() + " with " + vector);
        }
        long length = 0;
        for (Value each : array.values()) {
            if (each instanceof Value.Struct part
                    && part.fields().size() == 2
                    && part.fields().get(1).value() instanceof Value.Whole whole) {
                length += whole.value();
            }
        }
        return (int) Math.min(length, 1 << 30);
    }
}
