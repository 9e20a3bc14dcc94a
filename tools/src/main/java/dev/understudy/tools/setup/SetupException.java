package dev.understudy.tools.setup;

import java.io.IOException;

/** Why the host could not be set up, as a sentence, with the command that mends it where it is known here. Nothing of the attempt is left. */
public final class SetupException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What kind of failure it was. */
    public enum Reason {
        /** A program is missing, or what is set up cannot be recorded. */
        MISSING,
        /** This process may not administer the network: whoever knows how it was started knows the command. */
        PRIVILEGE,
        /** Another run has the same links. */
        RUNNING,
        /** The host and the configuration do not agree. */
        CONFLICT
    }

    private final Reason reason;

    SetupException(Reason reason, String sentence) {
        super(sentence);
        this.reason = reason;
    }

    SetupException(Reason reason, String sentence, Throwable cause) {
        super(sentence, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
