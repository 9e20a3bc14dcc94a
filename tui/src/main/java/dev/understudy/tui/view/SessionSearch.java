package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.tui.model.Ranking;
import java.util.Comparator;
import java.util.Optional;

/**
 * Looks for the next row with a text, some thousand rows at a time, so that keys are answered meanwhile. Rows are looked at
 * in no order: the one that comes next after the selected one is remembered, and the very first one for going round.
 */
final class SessionSearch {
    private final Ranking<SessionView> rows;
    private final SessionColumns columns;
    private final String sought;
    private final Comparator<SessionView> order;
    private final Optional<SessionView> from;
    private Optional<SessionView> next = Optional.empty();
    private Optional<SessionView> first = Optional.empty();
    private int at;

    SessionSearch(
            Ranking<SessionView> rows,
            SessionColumns columns,
            String sought,
            Comparator<SessionView> order,
            Optional<SessionView> from) {
        this.rows = rows;
        this.columns = columns;
        this.sought = sought;
        this.order = order;
        this.from = from;
    }

    /**
     * Looks at some more rows.
     *
     * @return whether that was all
     */
    boolean goOn(int most) {
        int end = Math.min(rows.size(), at + most);
        for (; at < end; at++) {
            SessionView row = rows.get(at);
            if (columns.everything(row).contains(sought)) {
                first = nearer(first, row);
                if (from.isEmpty() || order.compare(row, from.get()) > 0) {
                    next = nearer(next, row);
                }
            }
        }
        return at >= rows.size();
    }

    private Optional<SessionView> nearer(Optional<SessionView> known, SessionView row) {
        return known.isEmpty() || order.compare(row, known.get()) < 0 ? Optional.of(row) : known;
    }

    Optional<SessionView> found() {
        return next.isPresent() ? next : first;
    }
}
