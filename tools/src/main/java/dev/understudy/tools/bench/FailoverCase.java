package dev.understudy.tools.bench;

import java.util.Locale;

/** How the first server fails a request. */
enum FailoverCase {
    REFUSED("its port is closed"),
    SILENT("it hears the SYN and says nothing"),
    LATE_RESET("it takes the request and resets"),
    MID_BODY("it closes in the middle of its answer"),
    NOT_FOUND("it lacks the page");

    private final String sentence;

    FailoverCase(String sentence) {
        this.sentence = sentence;
    }

    /** What is wrong with the server. */
    String sentence() {
        return sentence;
    }

    /** The word of tables, options and JSON: {@code late-reset}. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
