package dev.understudy.dispatcher.control;

import java.util.LinkedHashMap;
import java.util.Map;

/** The counts of one dispatcher. Written and read on its loop; others see them in a {@link Snapshot}. */
public final class Counters {
    private static final Counter[] ALL = Counter.values();

    private final long[] counts = new long[ALL.length];

    public void add(Counter counter) {
        counts[counter.ordinal()]++;
    }

    public long get(Counter counter) {
        return counts[counter.ordinal()];
    }

    /** All counts by their labels, in the order of {@link Counter}. */
    public Map<String, Long> toMap() {
        Map<String, Long> map = new LinkedHashMap<>();
        for (Counter counter : ALL) {
            map.put(counter.label(), counts[counter.ordinal()]);
        }
        return map;
    }
}
