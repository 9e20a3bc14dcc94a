package dev.understudy.tools.script.language;

/** A script that cannot be read: where, what was expected, what stands there. */
public final class SyntaxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Position position;

    SyntaxException(Position position, String sentence) {
        super(sentence);
        this.position = position;
    }

    public Position position() {
        return position;
    }
}
