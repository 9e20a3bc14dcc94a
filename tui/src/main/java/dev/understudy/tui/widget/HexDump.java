package dev.understudy.tui.widget;

import java.util.Locale;

/** Bytes in hexadecimal and as text, a range of them marked and in sight. */
public final class HexDump {
    /** No byte is marked. */
    public static final Range NOTHING = new Range(0, 0);

    /** Bytes from one offset to before another. */
    public record Range(int from, int to) {
        boolean has(int offset) {
            return offset >= from && offset < to;
        }
    }

    private HexDump() {}

    /** How many bytes a line of so many columns holds: 16, 8, 4, or 0 if none. */
    public static int widthFor(int columns) {
        for (int bytes = 16; bytes >= 4; bytes /= 2) {
            if (6 + 3 * bytes + 1 + bytes <= columns) {
                return bytes;
            }
        }
        return 0;
    }

    /** Draws as many lines as there is room for, those with the marked range among them. */
    public static void paint(Canvas area, byte[] bytes, int width, Range marked) {
        int lines = (bytes.length + width - 1) / width;
        int wanted = marked.from() / width;
        int top = Math.max(0, Math.min(wanted - area.rows() / 3, lines - area.rows()));
        for (int y = 0; y < area.rows() && top + y < lines; y++) {
            int begin = (top + y) * width;
            area.put(0, y, String.format(Locale.ROOT, "%04x", begin), Style.FAINT);
            for (int i = 0; i < width && begin + i < bytes.length; i++) {
                Style style = marked.has(begin + i) ? Style.SELECTED : Style.PLAIN;
                int value = bytes[begin + i] & 0xFF;
                area.put(6 + 3 * i, y, String.format(Locale.ROOT, "%02x", value), style);
                boolean joined =
                        marked.has(begin + i) && marked.has(begin + i + 1) && i < width - 1;
                if (joined) {
                    area.put(8 + 3 * i, y, " ", style);
                }
                char c = value >= ' ' && value < 0x7F ? (char) value : '.';
                area.put(6 + 3 * width + 1 + i, y, String.valueOf(c), style);
            }
        }
    }
}
