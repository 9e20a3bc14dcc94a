package dev.understudy.tui;

import com.googlecode.lanterna.SGR;
import com.googlecode.lanterna.TextColor;
import java.util.EnumSet;
import java.util.Optional;

/**
 * What a piece of text is, and so how it looks. Colour only repeats what the words and the weight say already: with
 * NO_COLOR nothing is lost. Only the terminal's own 16 colours are used, so that its theme stays in charge.
 */
enum Style {
    PLAIN(TextColor.ANSI.DEFAULT),
    BOLD(TextColor.ANSI.DEFAULT, SGR.BOLD),
    FAINT(TextColor.ANSI.BLACK_BRIGHT),
    TITLE(TextColor.ANSI.CYAN, SGR.BOLD),
    HEADING(TextColor.ANSI.DEFAULT, SGR.UNDERLINE),
    SELECTED(TextColor.ANSI.DEFAULT, SGR.REVERSE),
    GOOD(TextColor.ANSI.GREEN),
    BUSY(TextColor.ANSI.YELLOW),
    BAD(TextColor.ANSI.RED, SGR.BOLD),
    KEY(TextColor.ANSI.DEFAULT, SGR.BOLD);

    private final TextColor.ANSI colour;
    private final Optional<SGR> weight;

    Style(TextColor.ANSI colour) {
        this.colour = colour;
        this.weight = Optional.empty();
    }

    Style(TextColor.ANSI colour, SGR weight) {
        this.colour = colour;
        this.weight = Optional.of(weight);
    }

    TextColor colour(boolean allowed) {
        return allowed ? colour : TextColor.ANSI.DEFAULT;
    }

    EnumSet<SGR> weight() {
        return weight.isPresent() ? EnumSet.of(weight.get()) : EnumSet.noneOf(SGR.class);
    }
}
