package dev.understudy.dispatcher.control;

/**
 * What became of a command.
 *
 * @param done whether it was carried out
 * @param sentence what was done, or why it was not, in plain words
 */
public record Outcome(boolean done, String sentence) {
    public static Outcome done(String sentence) {
        return new Outcome(true, sentence);
    }

    public static Outcome refused(String sentence) {
        return new Outcome(false, sentence);
    }
}
