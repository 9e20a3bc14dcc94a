package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The sessions that are known of, put together from what the loop read slice by slice. A session that is over goes when its
 * end is told, or at the latest when two whole rounds have not met it. Not for several threads at once.
 */
final class SessionRows {
    private static final class Row {
        SessionView view;
        int round;
    }

    private final Map<Long, Row> rows = new HashMap<>();
    private List<SessionView> list = List.of();
    private int round;

    void take(List<SessionSample> samples, long nanos, boolean roundOver) {
        for (SessionSample sample : samples) {
            Row row = rows.computeIfAbsent(sample.id(), id -> new Row());
            row.view = sample.view(row.view);
            row.round = round;
        }
        boolean changed = !samples.isEmpty();
        if (roundOver) {
            round++;
            changed |= rows.values().removeIf(row -> round - row.round > 2);
        }
        if (changed) {
            list = null;
        }
    }

    /** These are over. */
    void forget(List<Long> ended) {
        for (Long id : ended) {
            if (rows.remove(id) != null) {
                list = null;
            }
        }
    }

    /** All of them, in no order; the same list as long as nothing has changed. */
    List<SessionView> list() {
        if (list == null) {
            List<SessionView> all = new ArrayList<>(rows.size());
            rows.values().forEach(row -> all.add(row.view));
            list = java.util.Collections.unmodifiableList(all);
        }
        return list;
    }

    List<SessionView> find(List<Long> ids) {
        List<SessionView> found = new ArrayList<>(ids.size());
        for (Long id : ids) {
            Row row = rows.get(id);
            if (row != null) {
                found.add(row.view);
            }
        }
        return found;
    }
}
