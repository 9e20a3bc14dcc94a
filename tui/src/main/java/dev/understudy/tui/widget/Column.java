package dev.understudy.tui.widget;

import java.util.Comparator;
import java.util.function.Function;

/**
 * A column of a table.
 *
 * @param name for people who choose columns
 * @param heading at its top
 * @param least the width that it takes even when its texts are shorter, since longer ones are to be expected
 * @param most the width beyond which a long text is shortened while other columns want room
 * @param leftAligned whether its texts begin at the same cell, or end there
 * @param what what it shows, for the help
 * @param order ascending
 */
public record Column<R>(
        String name,
        String heading,
        int least,
        int most,
        boolean leftAligned,
        String what,
        Function<R, String> text,
        Function<R, Style> style,
        Comparator<R> order) {}
