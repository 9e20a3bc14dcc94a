package dev.understudy.stack.ip;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Counters, one for each constant of an enum: the names that a monitor shows are the constants' own. Counting allocates
 * nothing. Written and read on one loop.
 */
public final class Tally<E extends Enum<E>> {
    private final String prefix;
    private final EnumMap<E, Cell> cells;

    private static final class Cell {
        private long count;
    }

    /**
     * Counters named {@code prefix constant in lower case}; a constant that begins with DROPPED is named {@code dropped:
     * prefix reason}, by which screens know what was thrown away.
     */
    public Tally(String prefix, Class<E> kind) {
        this.prefix = prefix;
        cells = new EnumMap<>(kind);
        for (E constant : kind.getEnumConstants()) {
            cells.put(constant, new Cell());
        }
    }

    public void count(E kind) {
        cells.get(kind).count++;
    }

    public void count(E kind, long many) {
        cells.get(kind).count += many;
    }

    public long get(E kind) {
        return cells.get(kind).count;
    }

    /** Adds the present values to a map, in the enum's order; equal names add up. */
    public void addTo(Map<String, Long> all) {
        cells.forEach((kind, cell) -> all.merge(name(kind), cell.count, Long::sum));
    }

    /** As {@link #addTo}, but only counters that have counted: for enums of which most constants hardly ever happen. */
    public void addCountedTo(Map<String, Long> all) {
        cells.forEach(
                (kind, cell) -> {
                    if (cell.count != 0) {
                        all.merge(name(kind), cell.count, Long::sum);
                    }
                });
    }

    private String name(E kind) {
        String words = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return words.startsWith("dropped ")
                ? "dropped: " + prefix + words.substring("dropped".length())
                : prefix + ' ' + words;
    }
}
