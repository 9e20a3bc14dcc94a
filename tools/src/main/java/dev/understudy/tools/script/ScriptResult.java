package dev.understudy.tools.script;

import java.util.Optional;

/**
 * How a script ended.
 *
 * @param name of the file
 * @param line where it ended, 0 if it ran to its end
 * @param expected what the script wants, or the construct that is not supported; empty if it is ok
 * @param seen what was there instead
 */
record ScriptResult(String name, Verdict verdict, int line, String expected, String seen) {
    enum Verdict {
        OK,
        FAILED,
        UNSUPPORTED,
        /** Not a script at all. */
        UNREADABLE,
    }

    static ScriptResult ok(String name) {
        return new ScriptResult(name, Verdict.OK, 0, "", "");
    }

    static ScriptResult of(String name, ScriptEnd end) {
        Verdict verdict = end.failed() ? Verdict.FAILED : Verdict.UNSUPPORTED;
        return new ScriptResult(name, verdict, end.line(), end.expected(), end.seen());
    }

    boolean passed() {
        return verdict == Verdict.OK;
    }

    /** Why it did not end well. */
    Optional<String> reason() {
        return switch (verdict) {
            case OK -> Optional.empty();
            case FAILED -> Optional.of("expected " + expected + ", seen " + seen);
            case UNSUPPORTED, UNREADABLE -> Optional.of(expected);
        };
    }

    @Override
    public String toString() {
        return switch (verdict) {
            case OK -> name + ": ok";
            case FAILED ->
                    name
                            + ":"
                            + line
                            + ": failed\n    expected: "
                            + expected
                            + "\n    seen:     "
                            + seen;
            case UNSUPPORTED -> name + ":" + line + ": unsupported: " + expected;
            case UNREADABLE -> name + ":" + line + ":" + seen + ": " + expected;
        };
    }
}
