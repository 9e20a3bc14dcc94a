package dev.understudy.tui.filter;

/**
 * A piece of a filter.
 *
 * @param at where it begins in the text, from 0
 */
record Token(Kind kind, String text, int at) {
    enum Kind {
        WORD,
        COMPARISON,
        OPEN,
        CLOSE,
        COMMA,
        END
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equalsIgnoreCase(word);
    }

    int length() {
        return Math.max(1, text.length());
    }
}
