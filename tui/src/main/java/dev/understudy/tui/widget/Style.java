package dev.understudy.tui.widget;

import com.googlecode.lanterna.SGR;
import com.googlecode.lanterna.TextColor;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a piece of text is, and so how it looks. Colour only repeats what the words, the signs and the weight say already:
 * with NO_COLOR nothing is lost. Only the terminal's own 16 colours are used, so that its theme stays in charge.
 */
public enum Style {
    PLAIN(TextColor.ANSI.DEFAULT),
    BOLD(TextColor.ANSI.DEFAULT, SGR.BOLD),
    FAINT(TextColor.ANSI.BLACK_BRIGHT),
    TITLE(TextColor.ANSI.CYAN, SGR.BOLD),
    HEADING(TextColor.ANSI.DEFAULT, SGR.UNDERLINE),
    SELECTED(TextColor.ANSI.DEFAULT, SGR.REVERSE),
    GOOD(TextColor.ANSI.GREEN),
    BUSY(TextColor.ANSI.YELLOW),
    BAD(TextColor.ANSI.RED, SGR.BOLD),
    KEY(TextColor.ANSI.DEFAULT, SGR.BOLD),
    /** A tab that is open. */
    TAB(TextColor.ANSI.CYAN, SGR.BOLD, SGR.REVERSE),
    /** A field that was rewritten. */
    CHANGED(TextColor.ANSI.YELLOW, SGR.BOLD),
    /** A decision of the dispatcher. */
    DECISION(TextColor.ANSI.CYAN, SGR.BOLD),
    /** Toward the servers. */
    UP(TextColor.ANSI.BLUE),
    /** Toward the client. */
    DOWN(TextColor.ANSI.MAGENTA);

    private final TextColor.ANSI colour;
    private final Optional<SGR> first;
    private final Optional<SGR> second;

    Style(TextColor.ANSI colour, SGR... weight) {
        this.colour = colour;
        this.first = weight.length > 0 ? Optional.of(weight[0]) : Optional.empty();
        this.second = weight.length > 1 ? Optional.of(weight[1]) : Optional.empty();
    }

    TextColor colour(Palette palette) {
        return switch (palette) {
            case NONE -> TextColor.ANSI.DEFAULT;
            // A bright black of eight colours is a black on black.
            case EIGHT -> colour == TextColor.ANSI.BLACK_BRIGHT ? TextColor.ANSI.DEFAULT : colour;
            case SIXTEEN -> colour;
        };
    }

    SGR[] weight() {
        return Stream.of(first, second).flatMap(Optional::stream).toArray(SGR[]::new);
    }
}
