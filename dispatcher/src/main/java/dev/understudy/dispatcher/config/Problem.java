package dev.understudy.dispatcher.config;

/**
 * One thing that is wrong with a configuration, where it stands and what would be right.
 *
 * @param file as the user named it
 * @param line counts from 1; 0 if the problem is the file's as a whole
 * @param column counts from 1; 0 if the problem is the file's as a whole
 * @param message one sentence, with what was expected and, where there is one, the nearest valid word
 */
public record Problem(String file, int line, int column, String message) {
    /** As compilers print it, so that editors can jump there: {@code shop.yaml:12:7: sentence}. */
    @Override
    public String toString() {
        return line == 0
                ? file + ": " + message
                : file + ":" + line + ":" + column + ": " + message;
    }
}
