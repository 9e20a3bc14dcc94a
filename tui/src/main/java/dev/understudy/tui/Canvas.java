package dev.understudy.tui;

import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.TerminalTextUtils;
import com.googlecode.lanterna.TextCharacter;
import com.googlecode.lanterna.TextColor;
import com.googlecode.lanterna.screen.Screen;

/**
 * A grid of characters to draw on: clips at its edges, and lets nothing through that could upset a terminal. Names come
 * from configuration files, so control characters and characters two cells wide become question marks.
 */
final class Canvas {
    private final Screen screen;
    private final boolean colour;
    private final boolean unicode;
    private final int columns;
    private final int rows;

    Canvas(Screen screen, MonitorOptions options) {
        this.screen = screen;
        this.colour = options.colour();
        this.unicode = options.unicode();
        TerminalSize size = screen.getTerminalSize();
        this.columns = size.getColumns();
        this.rows = size.getRows();
    }

    int columns() {
        return columns;
    }

    int rows() {
        return rows;
    }

    void clear() {
        TextCharacter blank = TextCharacter.DEFAULT_CHARACTER;
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < columns; x++) {
                screen.setCharacter(x, y, blank);
            }
        }
    }

    /**
     * Writes text from a place to the right, cut at the edge.
     *
     * @return the column after the text
     */
    int put(int x, int y, String text, Style style) {
        if (y < 0 || y >= rows) {
            return x + text.length();
        }
        StringBuilder shown = new StringBuilder(text.length());
        for (int i = 0; i < text.length() && x + i < columns; i++) {
            shown.append(safe(text.charAt(i)));
        }
        int column = x;
        for (TextCharacter character :
                TextCharacter.fromString(
                        shown.toString(),
                        style.colour(colour),
                        TextColor.ANSI.DEFAULT,
                        style.weight())) {
            screen.setCharacter(column++, y, character);
        }
        return x + text.length();
    }

    /** Writes text so that it ends at the right edge. */
    void putRight(int y, String text, Style style) {
        put(Math.max(0, columns - text.length()), y, text, style);
    }

    /** Fills a row with one character in one style. */
    void fill(int y, char with, Style style) {
        put(0, y, String.valueOf(with).repeat(columns), style);
    }

    private char safe(char c) {
        if (c < 0x7F) {
            return c < ' ' ? '?' : c;
        }
        if (!unicode) {
            return ascii(c);
        }
        if (Character.isISOControl(c)
                || Character.getType(c) == Character.NON_SPACING_MARK
                || Character.isSurrogate(c)
                || TerminalTextUtils.isCharDoubleWidth(c)) {
            return '?';
        }
        return c;
    }

    private static char ascii(char c) {
        return switch (c) {
            case '…' -> '~';
            case '▲' -> '^';
            case '▼' -> 'v';
            case 'µ' -> 'u';
            case '→' -> '>';
            case '─' -> '-';
            case '│', '·' -> '|';
            default -> '?';
        };
    }
}
