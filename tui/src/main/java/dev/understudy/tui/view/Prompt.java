package dev.understudy.tui.view;

import dev.understudy.tui.filter.Mistake;
import java.util.List;
import java.util.Optional;

/** A line that somebody is asked for. */
interface Prompt {
    /** What the line is for, in front of it. */
    String label();

    /** The text that stands there at first. */
    default String text() {
        return "";
    }

    /** After each key. */
    default void changed(String text) {}

    /**
     * Enter was typed.
     *
     * @return whether that was all; otherwise the line stays
     */
    boolean done(String text);

    /** Esc was typed. */
    default void left() {}

    /** What is wrong with the text so far. */
    default Optional<Mistake> mistake(String text) {
        return Optional.empty();
    }

    /** What to say while nothing is wrong. */
    default String hint(String text) {
        return "Enter: done   Esc: leave";
    }

    /** Words that may stand in place of the one that begins here. */
    default List<String> completions(String begun) {
        return List.of();
    }
}
