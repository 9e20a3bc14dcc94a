package dev.understudy.tools.control;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A table of text: columns as wide as what is in them, numbers to the right, two spaces between. */
final class Table {
    private final String[] headings;
    private final List<String[]> rows = new ArrayList<>();

    /** A heading that begins with {@code >} is of a column of numbers. */
    Table(String... headings) {
        this.headings = headings;
    }

    Table row(Object... cells) {
        String[] row = new String[headings.length];
        for (int i = 0; i < row.length; i++) {
            String text = cells[i] == null ? "" : cells[i].toString();
            row[i] = text.isEmpty() ? "-" : text;
        }
        rows.add(row);
        return this;
    }

    void print(PrintWriter out) {
        int[] widths = new int[headings.length];
        for (int i = 0; i < headings.length; i++) {
            widths[i] = heading(i).length();
            for (String[] row : rows) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < headings.length; i++) {
            cell(line, heading(i), widths[i], right(i), i == headings.length - 1);
        }
        out.println(line.toString().stripTrailing());
        for (String[] row : rows) {
            line.setLength(0);
            for (int i = 0; i < row.length; i++) {
                cell(line, row[i], widths[i], right(i), i == row.length - 1);
            }
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }

    private boolean right(int column) {
        return headings[column].startsWith(">");
    }

    private String heading(int column) {
        return right(column) ? headings[column].substring(1) : headings[column];
    }

    private static void cell(
            StringBuilder line, String text, int width, boolean right, boolean last) {
        String room = " ".repeat(width - text.length());
        line.append(right ? room + text : text + room).append(last ? "" : "  ");
    }
}
