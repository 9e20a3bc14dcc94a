package dev.understudy.tui.filter;

/**
 * What is wrong with a filter, as somebody types it.
 *
 * @param at where, from 0
 * @param length how many characters are meant, at least 1
 * @param sentence what was expected there
 */
public record Mistake(int at, int length, String sentence) {

    /** Carries a mistake from where it is found to {@link Filter#parse}; never leaves this package. */
    static final class Found extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Mistake mistake;

        Found(Token where, String sentence) {
            super(sentence, null, false, false);
            mistake = new Mistake(where.at(), where.length(), sentence);
        }

        Mistake mistake() {
            return mistake;
        }
    }
}
