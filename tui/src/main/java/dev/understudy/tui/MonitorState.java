package dev.understudy.tui;

import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * What the person at the monitor has chosen: page, order, selection, search, pause. Knows nothing of the terminal. As long
 * as nothing is selected the table shows its top, and so, by default, the newest sessions; a selected session stays
 * selected wherever its row moves.
 */
final class MonitorState {
    enum Page {
        SESSIONS,
        COUNTERS,
        HELP
    }

    private final StringBuilder search = new StringBuilder();
    private Snapshot snapshot = Snapshot.EMPTY;
    private List<SessionView> rows = List.of();
    private Page page = Page.SESSIONS;
    private SessionColumn sort = SessionColumn.ID;
    private boolean descending = true;
    private boolean paused;
    private boolean allEvents;
    private boolean typing;
    private String note = "";
    private long selectedId;
    private int selectedRow = -1;
    private int top;

    /** Takes a new snapshot. */
    void show(Snapshot latest) {
        snapshot = latest;
        arrange();
    }

    private void arrange() {
        List<SessionView> sorted = new ArrayList<>(snapshot.sessions());
        Comparator<SessionView> order = sort.order();
        sorted.sort(descending ? order.reversed() : order);
        rows = sorted;
        if (selectedRow < 0) {
            return;
        }
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).id() == selectedId) {
                selectedRow = i;
                return;
            }
        }
        // It has ended: whoever stands in its place now is selected.
        select(Math.min(selectedRow, rows.size() - 1));
    }

    void select(int row) {
        selectedRow = rows.isEmpty() ? -1 : Math.max(0, Math.min(row, rows.size() - 1));
        selectedId = selectedRow < 0 ? 0 : rows.get(selectedRow).id();
    }

    void move(int by) {
        select(selectedRow < 0 ? (by > 0 ? by - 1 : 0) : selectedRow + by);
    }

    void deselect() {
        selectedRow = -1;
        selectedId = 0;
        top = 0;
        note = "";
    }

    /** The first row to show when so many fit, such that the selected one is among them. */
    int top(int visible) {
        if (selectedRow < 0) {
            top = 0;
        } else if (selectedRow < top) {
            top = selectedRow;
        } else if (selectedRow >= top + visible) {
            top = selectedRow - visible + 1;
        }
        top = Math.max(0, Math.min(top, rows.size() - visible));
        return top;
    }

    void sortByNext() {
        List<SessionColumn> columns = List.of(SessionColumn.values());
        sort = columns.get((columns.indexOf(sort) + 1) % columns.size());
        arrange();
    }

    void reverse() {
        descending = !descending;
        arrange();
    }

    void beginSearch() {
        search.setLength(0);
        typing = true;
        note = "";
    }

    void type(char c) {
        search.append(c);
    }

    void eraseOne() {
        if (search.length() > 0) {
            search.setLength(search.length() - 1);
        }
    }

    void endSearch(boolean go) {
        typing = false;
        if (go) {
            findNext();
        }
    }

    /** Selects the next row in which any column has the text sought, from the selected one on and around. */
    void findNext() {
        String sought = search.toString().toLowerCase(Locale.ROOT);
        if (sought.isEmpty()) {
            note = "";
            return;
        }
        OptionalInt found = OptionalInt.empty();
        for (int i = 1; i <= rows.size() && found.isEmpty(); i++) {
            int row = Math.floorMod(selectedRow + i, rows.size());
            for (SessionColumn column : SessionColumn.values()) {
                if (column.text(rows.get(row)).toLowerCase(Locale.ROOT).contains(sought)) {
                    found = OptionalInt.of(row);
                }
            }
        }
        found.ifPresent(this::select);
        note = found.isPresent() ? "" : "No session has '" + search + "' in its row.";
    }

    void turnTo(Page next) {
        page = page == next ? Page.SESSIONS : next;
    }

    void togglePause() {
        paused = !paused;
    }

    void toggleAllEvents() {
        allEvents = !allEvents;
    }

    Snapshot snapshot() {
        return snapshot;
    }

    List<SessionView> rows() {
        return rows;
    }

    Page page() {
        return page;
    }

    SessionColumn sort() {
        return sort;
    }

    boolean descending() {
        return descending;
    }

    boolean paused() {
        return paused;
    }

    boolean allEvents() {
        return allEvents;
    }

    boolean typing() {
        return typing;
    }

    String search() {
        return search.toString();
    }

    String note() {
        return note;
    }

    /** The selected row, or -1. */
    int selectedRow() {
        return selectedRow;
    }
}
