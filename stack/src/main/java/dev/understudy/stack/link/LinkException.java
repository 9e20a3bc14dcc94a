package dev.understudy.stack.link;

import java.io.IOException;

/** Why a link or a namespace could not be opened: a reason for programs, a sentence and a command for people. */
public final class LinkException extends IOException {
    private static final long serialVersionUID = 1;

    /** What kind of failure it was. */
    public enum Reason {
        /** The kernel offers no TAP devices here: no /dev/net/tun, or no module behind it. */
        NO_DEVICE,
        /** This process may not open the device or make the interface. */
        NO_PERMISSION,
        /** Another process holds the TAP device, or an interface of another kind has its name. */
        NAME_TAKEN,
        /** Not a name that an interface can have. */
        BAD_NAME,
        /** Out of file descriptors. */
        NO_RESOURCES,
        /** Anything else; the cause tells. */
        OTHER
    }

    private final Reason reason;
    private final String sentence;
    private final String remedy;

    LinkException(Reason reason, String sentence, String remedy, Throwable cause) {
        super(remedy.isEmpty() ? sentence : sentence + " Try: " + remedy, cause);
        this.reason = reason;
        this.sentence = sentence;
        this.remedy = remedy;
    }

    public Reason reason() {
        return reason;
    }

    /** What is wrong, without the remedy. */
    public String sentence() {
        return sentence;
    }

    /** The exact command that mends it; empty where there is none. The message ends with it too. */
    public String remedy() {
        return remedy;
    }
}
