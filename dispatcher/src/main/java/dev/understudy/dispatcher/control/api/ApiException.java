package dev.understudy.dispatcher.control.api;

/** What a control API refused, or that there is none: a sentence for people. */
public final class ApiException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    ApiException(int status, String sentence, Throwable cause) {
        super(sentence, cause);
        this.status = status;
    }

    /** The status of the answer; 0 if there was none. */
    public int status() {
        return status;
    }

    /** Whether nobody is there. */
    public boolean nobody() {
        return status == 0;
    }
}
