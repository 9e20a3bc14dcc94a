package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.tui.filter.Filter;
import dev.understudy.tui.model.Past;
import dev.understudy.tui.model.Ranking;
import dev.understudy.tui.widget.Column;
import dev.understudy.tui.widget.Cursor;
import dev.understudy.tui.widget.Style;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Which sessions stand in the table, in which order, and which one is selected.
 *
 * <p>As long as nothing is selected the table shows its top, and so, by default, the newest sessions. A selected session
 * stays selected wherever its row moves, and the table moves with it; without following, the selection keeps its place and
 * rows pass under it.
 */
final class SessionList {
    private static final int WORK_ROWS = 4000;

    /** Which of the sessions that are over stand in the table. */
    private enum Ended {
        NONE("live sessions only"),
        EVENTFUL("live sessions, and ended ones in which something failed or moved"),
        ALL("live sessions, and all that ended lately");

        private final String words;

        Ended(String words) {
            this.words = words;
        }
    }

    private final Desk desk;
    private final SessionColumns columns;
    private final Ranking<SessionView> ranking = new Ranking<>();
    private final Cursor cursor = new Cursor();
    private Filter<SessionView> filter = Filter.none();
    private Column<SessionView> sort;
    private boolean descending = true;
    private LiveFirst order;
    private Ended ended = Ended.EVENTFUL;
    private boolean following = true;
    private long selectedId;
    private Optional<SessionView> selected = Optional.empty();
    private boolean arranged;
    private Optional<SessionSearch> search = Optional.empty();
    private String sought = "";

    SessionList(Desk desk, SessionColumns columns) {
        this.desk = desk;
        this.columns = columns;
        this.sort = columns.named("id");
        this.order = new LiveFirst(sort, descending);
    }

    // ---- what stands in it

    /** There are newer sessions to be taken. */
    void stale() {
        arranged = false;
    }

    Filter<SessionView> filter() {
        return filter;
    }

    void apply(Filter<SessionView> next) {
        filter = next;
        arranged = false;
    }

    /** How many the filter lets through. */
    int size() {
        arrange();
        return ranking.size();
    }

    int sizeUnfiltered() {
        return desk.feed().snapshot().sessions().size() + past().size();
    }

    /** The next choice of ended sessions. */
    void showMoreOrLess() {
        ended = Ended.values()[(ended.ordinal() + 1) % Ended.values().length];
        arranged = false;
        desk.say("Shown: " + ended.words + ".", Style.PLAIN);
    }

    /** Live sessions above those that are over; the same one as long as nobody wants another. */
    private Comparator<SessionView> order() {
        if (!order.by.equals(sort) || order.descending != descending) {
            order = new LiveFirst(sort, descending);
        }
        return order;
    }

    private record LiveFirst(Column<SessionView> by, boolean descending)
            implements Comparator<SessionView> {
        @Override
        public int compare(SessionView a, SessionView b) {
            if (!a.phase().equals(b.phase())) {
                int over = Boolean.compare(Past.isOver(a), Past.isOver(b));
                if (over != 0) {
                    return over;
                }
            }
            return descending ? by.order().compare(b, a) : by.order().compare(a, b);
        }
    }

    private List<SessionView> past() {
        return switch (ended) {
            case NONE -> List.of();
            case EVENTFUL -> desk.feed().past().eventful();
            case ALL -> desk.feed().past().sessions();
        };
    }

    // ---- its order

    Column<SessionView> sort() {
        return sort;
    }

    boolean descending() {
        return descending;
    }

    void turnRound() {
        descending = !descending;
        arranged = false;
    }

    void sortBy(Column<SessionView> by) {
        sort = by;
        arranged = false;
    }

    /** Sorts by the column that stands so many places further on among those that are shown. */
    void sortBy(List<String> shown, int step) {
        List<Column<SessionView>> order = columns.named(shown);
        int at = shown.indexOf(sort.name());
        sortBy(order.get(Math.floorMod(at + step, order.size())));
        desk.say("Sorted by " + sort.name() + ": " + sort.what() + ".", Style.PLAIN);
    }

    // ---- what is selected

    boolean following() {
        return following;
    }

    void toggleFollowing() {
        following = !following;
    }

    Optional<SessionView> selected() {
        return selected;
    }

    /** The selected session, or the first one if there is none. */
    Optional<SessionView> selectedOrFirst() {
        if (selected.isEmpty()) {
            move(c -> {});
            rows(cursor.page());
        }
        return selected;
    }

    /** Where the selected row stands among those that are shown; -1 if there is none. */
    int selectedPlace() {
        return selected.isPresent() ? cursor.row() - cursor.top() : -1;
    }

    /** Selects the row that is shown at this place; whether it was selected already. */
    boolean click(int place) {
        if (place < 0 || cursor.top() + place >= ranking.size()) {
            return false;
        }
        boolean again = selected.isPresent() && cursor.row() == cursor.top() + place;
        selectedId = -1;
        cursor.select(cursor.top() + place);
        return again;
    }

    /** Selects none; where none is selected, filters no more. */
    void deselect() {
        if (selectedId == 0 && !filter.isNone()) {
            apply(Filter.none());
        }
        selectedId = 0;
        search = Optional.empty();
    }

    /** Takes the rows anew, and finds the selected one among them. */
    private void arrange() {
        if (arranged) {
            return;
        }
        arranged = true;
        List<List<SessionView>> sources = new ArrayList<>();
        sources.add(desk.feed().snapshot().sessions());
        sources.add(past());
        ranking.take(sources, filter.condition());
        if (selectedId != 0) {
            Optional<SessionView> found =
                    following ? ranking.find(s -> s.id() == selectedId) : Optional.empty();
            found.ifPresent(row -> cursor.follow(ranking.rank(row, order())));
        }
    }

    /** The rows at these places, the selected one known. */
    List<SessionView> rows(int visible) {
        arrange();
        if (selectedId == 0) {
            cursor.toStart();
        }
        cursor.fit(ranking.size(), visible);
        List<SessionView> rows =
                ranking.window(order(), cursor.top(), cursor.top() + Math.max(0, visible));
        int at = cursor.row() - cursor.top();
        if (selectedId == 0 || at < 0 || at >= rows.size()) {
            selected = Optional.empty();
            selectedId = rows.isEmpty() ? 0 : selectedId;
        } else {
            selected = Optional.of(rows.get(at));
            selectedId = rows.get(at).id();
        }
        return rows;
    }

    /** Moves the selection; where there is none, the first session gets it. */
    void move(Consumer<Cursor> move) {
        if (selectedId == 0) {
            cursor.toStart();
            selectedId = -1;
            return;
        }
        move.accept(cursor);
        // The row at this place is looked up when it is drawn; until then it is nobody.
        selectedId = -1;
        arranged = true;
    }

    // ---- searching

    boolean searching() {
        return search.isPresent();
    }

    /** Begins to look for a text in the rows, from the selected one on. */
    void search(String text) {
        sought = text.toLowerCase(Locale.ROOT);
        find(true);
    }

    /** Looks for the same text once more. */
    void find(boolean forward) {
        arrange();
        search =
                sought.isEmpty()
                        ? Optional.empty()
                        : Optional.of(
                                new SessionSearch(
                                        ranking,
                                        columns,
                                        sought,
                                        forward ? order() : order().reversed(),
                                        selected));
    }

    /** Goes on with a search that takes longer than a key may; whether it is over. */
    boolean searchOn() {
        if (search.isEmpty()) {
            return false;
        }
        SessionSearch running = search.get();
        arrange();
        if (!running.goOn(WORK_ROWS)) {
            return false;
        }
        search = Optional.empty();
        Optional<SessionView> found = running.found();
        if (found.isPresent()) {
            move(c -> c.select(ranking.rank(found.get(), order())));
            selectedId = found.get().id();
            cursor.select(ranking.rank(found.get(), order()));
        } else {
            desk.say("No session has '" + sought + "' in its row.", Style.BUSY);
        }
        return true;
    }
}
