package dev.understudy.tools.script.language;

/**
 * One word of a script.
 *
 * @param text what it means: a string without its quotes, a command without its back quotes, else the characters as they are
 * @param first whether it is the first on its line, which is where events begin
 */
record Token(Kind kind, String text, Position position, boolean first) {
    enum Kind {
        /** {@code --name=value}, the rest of the word as it is. */
        OPTION,
        WORD,
        INTEGER,
        /** A number with a point; a time in seconds, or a reading of AccECN. */
        DECIMAL,
        STRING,
        /** {@code `sysctl …`} */
        COMMAND,
        /** A preprocessor's line: {@code #if}, {@code #define} and their like; which one. */
        DIRECTIVE,
        /** <code>%{ … }%</code> */
        CODE,
        /** {@code ...} */
        ELLIPSIS,
        /** Any other single character. */
        SYMBOL,
        END,
    }

    boolean is(Kind wanted) {
        return kind == wanted;
    }

    boolean is(char symbol) {
        return kind == Kind.SYMBOL && text.charAt(0) == symbol;
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equals(word);
    }

    /** As an error message shows it. */
    String shown() {
        return switch (kind) {
            case END -> "the end of the file";
            case STRING -> '"' + text + '"';
            case COMMAND -> '`' + text + '`';
            case CODE -> "%{" + text + "}%";
            default -> "'" + text + "'";
        };
    }
}
