package dev.understudy.tools.script;

import dev.understudy.tools.script.language.Action.SystemCall;
import java.util.Locale;
import java.util.function.Consumer;

/** Writes down what happens in a run, a line each, as a script would write it. */
final class Trace {
    /** Writes nothing. */
    static final Trace NONE = new Trace(line -> {});

    private final Consumer<String> lines;

    Trace(Consumer<String> lines) {
        this.lines = lines;
    }

    /** A time as scripts write it: seconds. */
    static String time(long nanos) {
        return String.format(Locale.ROOT, "%.6f", nanos / 1e9);
    }

    void sent(Seen seen, Flow flow) {
        packet(" > ", seen, flow);
    }

    void injected(Seen seen, Flow flow) {
        packet(" < ", seen, flow);
    }

    private void packet(String direction, Seen seen, Flow flow) {
        if (this != NONE) {
            Flow known = flow == null ? Flow.of(seen.packet()) : flow;
            lines.accept(time(seen.at()) + direction + SegmentText.of(seen, known));
        }
    }

    void called(long at, SystemCall call, Outcome outcome) {
        if (this != NONE) {
            lines.accept(time(at) + "   " + call.name() + " = " + outcome);
        }
    }
}
