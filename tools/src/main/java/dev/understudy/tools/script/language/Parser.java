package dev.understudy.tools.script.language;

import dev.understudy.tools.script.language.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a script: options, then events. By recursive descent, one token ahead. What the language has and we have not
 * becomes an {@link Action.Unsupported} and the reading goes on; what it has not is a {@link SyntaxException}.
 */
final class Parser {
    private static final Timing NOW = new Timing(Timing.Kind.RELATIVE, 0, 0);

    private final Tokens tokens;
    private final ValueParser values;
    private final PacketParser packets;
    private final Map<String, String> options = new LinkedHashMap<>();

    Parser(String text, Map<String, String> defines) {
        tokens = new Tokens(text);
        defines.forEach(tokens::define);
        values = new ValueParser(tokens);
        packets = new PacketParser(tokens);
    }

    Script script() {
        List<Event> events = new ArrayList<>();
        while (!tokens.peek().is(Kind.END)) {
            if (tokens.peek().is(Kind.OPTION)) {
                option();
            } else if (tokens.peek().is(Kind.DIRECTIVE)) {
                Token token = tokens.next();
                Action action = new Action.Unsupported("preprocessor lines (" + token.text() + ")");
                events.add(new Event(token.position().line(), NOW, action));
            } else {
                events.add(event());
            }
        }
        return new Script(Map.copyOf(options), List.copyOf(events));
    }

    private void option() {
        String text = tokens.next().text().substring(2);
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        String value = equals < 0 ? "" : text.substring(equals + 1);
        int second = value.indexOf('=');
        if (name.equals("define") && second > 0) {
            tokens.define(value.substring(0, second), value.substring(second + 1));
        } else {
            options.put(name, value);
        }
    }

    private Event event() {
        int line = tokens.peek().position().line();
        if (tokens.peek().is(Kind.COMMAND)) {
            // Before the first and behind the last event, commands stand without a time.
            return new Event(line, NOW, new Action.ShellCommand(tokens.next().text()));
        }
        Position position = tokens.peek().position();
        Timing timing = timing();
        Action action;
        try {
            action = action();
        } catch (UnsupportedException e) {
            tokens.skipToEvent();
            action = new Action.Unsupported(e.getMessage());
        }
        boolean expected =
                action instanceof Action.TcpSegment segment
                                && segment.direction() == Action.Direction.EXPECTED
                        || action instanceof Action.IcmpError icmp
                                && icmp.direction() == Action.Direction.EXPECTED
                        || action instanceof Action.Unsupported;
        if (!expected && (timing.isRange() || timing.kind() == Timing.Kind.ANY)) {
            throw new SyntaxException(
                    position, "a range of times and * are for packets that are expected");
        }
        return new Event(line, timing, action);
    }

    private Timing timing() {
        if (tokens.skip('*')) {
            return new Timing(Timing.Kind.ANY, 0, Long.MAX_VALUE);
        }
        Position position = tokens.peek().position();
        Timing.Kind kind = tokens.skip('+') ? Timing.Kind.RELATIVE : Timing.Kind.ABSOLUTE;
        long from = tokens.time();
        long to = from;
        if (tokens.skip('~')) {
            tokens.skip('+');
            to = tokens.time();
            if (to < from) {
                throw new SyntaxException(position, "a range of times runs backwards");
            }
        }
        return new Timing(kind, from, to);
    }

    private Action action() {
        Token token = tokens.peek();
        if (token.is('<') || token.is('>')) {
            return packets.packet();
        }
        return switch (token.kind()) {
            case COMMAND -> new Action.ShellCommand(tokens.next().text());
            case CODE -> new Action.Code(tokens.next().text());
            case ELLIPSIS -> {
                tokens.next();
                tokens.skip('+');
                yield call(Optional.of(tokens.time()));
            }
            case WORD -> call(Optional.empty());
            default -> throw tokens.expected("a packet, a system call, a command or code");
        };
    }

    private Action call(Optional<Long> end) {
        String name = tokens.word("the name of a system call");
        tokens.expect('(', "before the arguments of " + name);
        List<Value> arguments = values.list(')');
        tokens.expect('=', "before the result of " + name);
        Value result = values.value();
        Optional<String> errno =
                tokens.peek().is(Kind.WORD) && !tokens.peek().first()
                        ? Optional.of(tokens.next().text())
                        : Optional.empty();
        if (tokens.skip('(')) {
            while (!tokens.skip(')')) {
                if (tokens.peek().is(Kind.END)) {
                    throw tokens.expected("')' behind a note");
                }
                tokens.next();
            }
        }
        return new Action.SystemCall(name, arguments, result, errno, end);
    }
}
