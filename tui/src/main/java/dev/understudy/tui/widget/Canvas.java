package dev.understudy.tui.widget;

import com.googlecode.lanterna.SGR;
import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.TerminalTextUtils;
import com.googlecode.lanterna.TextCharacter;
import com.googlecode.lanterna.TextColor;
import com.googlecode.lanterna.screen.Screen;

/**
 * A rectangle of the screen to draw on: clips at its edges, and lets nothing through that could upset a terminal. Names
 * come from configuration files and packets, so control characters and characters two cells wide become question marks.
 * On a terminal without Unicode every sign of ours has a sign of ASCII in its place.
 */
public final class Canvas {
    private final Screen screen;
    private final Palette palette;
    private final boolean unicode;
    private final int left;
    private final int top;
    private final int columns;
    private final int rows;

    /** The whole screen. */
    public Canvas(Screen screen, Palette palette, boolean unicode) {
        this(
                screen,
                palette,
                unicode,
                0,
                0,
                screen.getTerminalSize().getColumns(),
                screen.getTerminalSize().getRows());
    }

    private Canvas(
            Screen screen,
            Palette palette,
            boolean unicode,
            int left,
            int top,
            int columns,
            int rows) {
        this.screen = screen;
        this.palette = palette;
        this.unicode = unicode;
        this.left = left;
        this.top = top;
        this.columns = columns;
        this.rows = rows;
    }

    /** A part of this one; what would lie outside is cut off. */
    public Canvas part(int x, int y, int width, int height) {
        int partLeft = Math.max(0, Math.min(x, columns));
        int partTop = Math.max(0, Math.min(y, rows));
        return new Canvas(
                screen,
                palette,
                unicode,
                left + partLeft,
                top + partTop,
                Math.max(0, Math.min(width, columns - partLeft)),
                Math.max(0, Math.min(height, rows - partTop)));
    }

    /** The rows from {@code from} to before {@code to}. */
    public Canvas rows(int from, int to) {
        return part(0, from, columns, to - from);
    }

    public int columns() {
        return columns;
    }

    public int rows() {
        return rows;
    }

    /** Where this part stands on the screen: for the mouse. */
    public int screenRow(int y) {
        return top + y;
    }

    public boolean unicode() {
        return unicode;
    }

    /** Whether what was drawn differs from what the terminal shows. */
    public boolean changed() {
        TerminalSize size = screen.getTerminalSize();
        for (int y = 0; y < size.getRows(); y++) {
            for (int x = 0; x < size.getColumns(); x++) {
                if (!screen.getBackCharacter(x, y).equals(screen.getFrontCharacter(x, y))) {
                    return true;
                }
            }
        }
        return false;
    }

    public void clear() {
        TextCharacter blank = TextCharacter.DEFAULT_CHARACTER;
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < columns; x++) {
                screen.setCharacter(left + x, top + y, blank);
            }
        }
    }

    /**
     * Writes text from a place to the right, cut at the edges.
     *
     * @return the column after the text
     */
    public int put(int x, int y, String text, Style style) {
        if (y < 0 || y >= rows) {
            return x + text.length();
        }
        TextColor colour = style.colour(palette);
        SGR[] weight = style.weight();
        for (int i = Math.max(0, -x); i < text.length() && x + i < columns; i++) {
            screen.setCharacter(left + x + i, top + y, cell(safe(text.charAt(i)), colour, weight));
        }
        return x + text.length();
    }

    /** Writes text so that it ends at the right edge. */
    public void putRight(int y, String text, Style style) {
        put(Math.max(0, columns - text.length()), y, text, style);
    }

    /** Fills a row with one character in one style. */
    public void fill(int y, char with, Style style) {
        put(0, y, String.valueOf(with).repeat(columns), style);
    }

    private static TextCharacter cell(char c, TextColor colour, SGR[] weight) {
        return TextCharacter.fromCharacter(c, colour, TextColor.ANSI.DEFAULT, weight)[0];
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
            case '▲', '↑' -> '^';
            case '▼', '↓' -> 'v';
            case '▶', '→', '▸', '›' -> '>';
            case '◀', '←', '‹' -> '<';
            case 'µ' -> 'u';
            case '─', '–', '−', '┄' -> '-';
            case '═', '━' -> '=';
            case '│', '║', '┆' -> '|';
            case '·' -> '.';
            case '┼', '╪', '┌', '┐', '└', '┘', '├', '┤', '┬', '┴', '╭', '╮', '╰', '╯' -> '+';
            case '■', '●' -> '#';
            case '◆', '◇' -> '*';
            case '↻' -> 'r';
            case '≠' -> '!';
            case '×' -> 'x';
            case '▁', '▂' -> '_';
            case '▃', '▄' -> '-';
            case '▅', '▆' -> '=';
            case '▇', '█' -> '#';
            case '▏', '▎', '▍', '▌' -> '-';
            case '▋', '▊', '▉' -> '=';
            case '✓' -> 'x';
            default -> '?';
        };
    }
}
