package dev.understudy.tools.script.language;

/** Where something stands in a script; both numbers begin at 1. */
public record Position(int line, int column) {
    @Override
    public String toString() {
        return line + ":" + column;
    }
}
