package dev.understudy.tools.script.language;

/** The reader meets a construct that packetdrill knows and we do not. */
final class UnsupportedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnsupportedException(String construct) {
        super(construct);
    }
}
