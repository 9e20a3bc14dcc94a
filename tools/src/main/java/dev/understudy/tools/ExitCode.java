package dev.understudy.tools;

/** The exit codes of every command (DESIGN 8). One that a signal ended exits with 128 + the signal, as shells expect. */
public final class ExitCode {
    public static final int OK = 0;
    public static final int FAILURE = 1;

    /** Wrong usage, or a configuration that is wrong. */
    public static final int USAGE = 2;

    public static final int NO_DAEMON = 3;

    /** A privilege, a device or a program is missing; the sentence holds the command that mends it. */
    public static final int MISSING = 4;

    /** A check did not hold. */
    public static final int CHECK = 5;

    private ExitCode() {}
}
