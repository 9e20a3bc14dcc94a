package dev.understudy.tools.script;

/** Ends the run of a script before its end: something was not as expected, or is not supported. */
final class ScriptEnd extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean failed;
    private final String expected;
    private final String seen;
    private int line;

    private ScriptEnd(boolean failed, String expected, String seen) {
        super(expected);
        this.failed = failed;
        this.expected = expected;
        this.seen = seen;
    }

    static ScriptEnd failed(String expected, String seen) {
        return new ScriptEnd(true, expected, seen);
    }

    static ScriptEnd unsupported(String construct) {
        return new ScriptEnd(false, construct, "");
    }

    /** Says where, unless that is known. */
    ScriptEnd at(int where) {
        if (line == 0) {
            line = where;
        }
        return this;
    }

    boolean failed() {
        return failed;
    }

    String expected() {
        return expected;
    }

    String seen() {
        return seen;
    }

    int line() {
        return line;
    }
}
