package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.tui.filter.Filter;
import dev.understudy.tui.filter.Schema;
import dev.understudy.tui.model.Past;
import dev.understudy.tui.model.Ranking;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Column;
import dev.understudy.tui.widget.Cursor;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Table;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * All sessions, live ones and those that ended lately. From top to bottom: the servers, the table, the selected session in
 * full, the last events; a low terminal gets fewer of each, a narrow one fewer columns.
 *
 * <p>As long as nothing is selected the table shows its top, and so, by default, the newest sessions. A selected session
 * stays selected wherever its row moves, and the table moves with it; without following, the selection keeps its place and
 * rows pass under it.
 */
final class SessionsView implements View {
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
    private final FlowMeters flows = new FlowMeters();
    private final SessionColumns columns;
    private final Schema<SessionView> schema;
    private final Ranking<SessionView> ranking = new Ranking<>();
    private final Table<SessionView> table = new Table<>();
    private final Cursor cursor = new Cursor();
    private final ServerStrip servers;
    private final Set<Long> marks = new HashSet<>();
    private List<String> shown = SessionColumns.USUAL;
    private Filter<SessionView> filter = Filter.none();
    private Column<SessionView> sort;
    private boolean descending = true;
    private LiveFirst order;
    private Ended ended = Ended.EVENTFUL;
    private boolean allEvents;
    private boolean following = true;
    private long selectedId;
    private Optional<SessionView> selected = Optional.empty();
    private boolean arranged;
    private Optional<SessionSearch> search = Optional.empty();
    private String sought = "";
    private int tableTop;

    SessionsView(Desk desk) {
        this.desk = desk;
        this.columns = new SessionColumns(desk.feed(), flows);
        this.schema = SessionFields.schema(desk.feed()::now, marks::contains);
        this.servers = new ServerStrip(desk.feed());
        this.sort = columns.named("id");
        this.order = new LiveFirst(sort, descending);
    }

    @Override
    public String name() {
        return "Sessions";
    }

    @Override
    public void refreshed() {
        arranged = false;
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

    private void showEnded() {
        ended = Ended.values()[(ended.ordinal() + 1) % Ended.values().length];
        arranged = false;
        desk.say("Shown: " + ended.words + ".", Style.PLAIN);
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
    private List<SessionView> rows(int visible) {
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

    private void select(Runnable move) {
        if (selectedId == 0) {
            cursor.toStart();
            selectedId = -1;
            return;
        }
        move.run();
        // The row at this place is looked up when it is drawn; until then it is nobody.
        selectedId = -1;
        arranged = true;
    }

    @Override
    public List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        keys.add(
                Key.of(
                        "Enter l",
                        "ladder",
                        "the selected session's packets and decisions",
                        this::ladder));
        keys.add(Key.of("f F4", "filter", "show only what a condition holds of", this::askFilter));
        keys.add(
                Key.of(
                        "/",
                        "search",
                        "select the next session with a text in its row",
                        this::askSearch));
        keys.add(Key.of("n", "the next one that was searched for", () -> find(true)));
        keys.add(Key.of("N", "the one before", () -> find(false)));
        keys.add(Key.of("s >", "sort", "sort by the next column", () -> sortBy(1)));
        keys.add(Key.of("<", "sort by the column before", () -> sortBy(-1)));
        keys.add(
                Key.of(
                        "S",
                        "sort the other way round",
                        () -> {
                            descending = !descending;
                            arranged = false;
                        }));
        keys.add(Key.of("o", "columns", "choose and order the columns", this::chooseColumns));
        keys.add(
                Key.of(
                        "F",
                        following ? "" : "follow",
                        "stay with the selected session, or at its place",
                        () -> following = !following));
        keys.add(
                Key.of(
                        "x",
                        "ended",
                        "which ended sessions are shown: eventful ones, all, none",
                        this::showEnded));
        keys.add(
                Key.of("e", "all events, or only those that matter", () -> allEvents = !allEvents));
        keys.add(Key.of("m", "mark", "mark the selected session, and go to the next", this::mark));
        keys.add(Key.of("M", "unmark all", marks::clear));
        keys.add(
                Key.of(
                        "R",
                        "relocate",
                        "move the marked sessions, or the selected one, to another server",
                        this::relocate));
        keys.add(
                Key.of(
                        "X",
                        "reset",
                        "end the marked sessions, or the selected one, by a reset",
                        this::reset));
        keys.add(Key.of("I", "impair the selected session's path: loss, delay, ...", this::impair));
        keys.add(Key.of("w", "record the selected session's packets from now on", this::watch));
        keys.add(Key.of("W", "record every new session's packets, or no longer", this::watchAll));
        keys.add(Key.of("Up k", "the session above", () -> select(() -> cursor.move(-1))));
        keys.add(Key.of("Down j", "the session below", () -> select(() -> cursor.move(1))));
        keys.add(Key.of("PgUp ^B", "a screen up", () -> select(() -> cursor.move(-cursor.page()))));
        keys.add(
                Key.of("PgDn ^F", "a screen down", () -> select(() -> cursor.move(cursor.page()))));
        keys.add(Key.of("Home g", "the first session", () -> select(cursor::toStart)));
        keys.add(Key.of("End G", "the last session", () -> select(cursor::toEnd)));
        keys.add(
                Key.of(
                        "Esc",
                        "select none: the table stays at its top; then: no filter",
                        this::deselect));
        return keys;
    }

    private void deselect() {
        if (selectedId == 0 && !filter.isNone()) {
            apply(Filter.none());
        }
        selectedId = 0;
        search = Optional.empty();
    }

    private void apply(Filter<SessionView> next) {
        filter = next;
        arranged = false;
    }

    private void askFilter() {
        desk.ask(
                new FilterPrompt<>(
                        schema,
                        filter,
                        this::apply,
                        () -> {
                            arrange();
                            return ranking.size();
                        }));
    }

    private void askSearch() {
        desk.ask(
                new SearchPrompt(
                        text -> {
                            sought = text.toLowerCase(Locale.ROOT);
                            find(true);
                        }));
    }

    private void find(boolean forward) {
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

    @Override
    public boolean work() {
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
            select(() -> cursor.select(ranking.rank(found.get(), order())));
            selectedId = found.get().id();
            cursor.select(ranking.rank(found.get(), order()));
        } else {
            desk.say("No session has '" + sought + "' in its row.", Style.BUSY);
        }
        return true;
    }

    private void sortBy(int step) {
        List<Column<SessionView>> order = columns.named(shown);
        int at = shown.indexOf(sort.name());
        sort = order.get(Math.floorMod(at + step, order.size()));
        arranged = false;
        desk.say("Sorted by " + sort.name() + ": " + sort.what() + ".", Style.PLAIN);
    }

    private void chooseColumns() {
        desk.show(
                new ColumnsBox<>(
                        columns.all(),
                        shown,
                        sort.name(),
                        chosen -> shown = chosen,
                        by -> {
                            sort = columns.named(by);
                            arranged = false;
                        },
                        desk::closeBox));
    }

    private void mark() {
        if (selected.isEmpty()) {
            select(() -> {});
            return;
        }
        long id = selected.get().id();
        if (!marks.remove(id)) {
            marks.add(id);
        }
        select(() -> cursor.move(1));
    }

    private void ladder() {
        chosen().ifPresent(
                        session ->
                                desk.open(
                                        new LadderView(desk, session.id(), Optional.of(session))));
    }

    /** The selected session, or the first one if there is none. */
    private Optional<SessionView> chosen() {
        if (selected.isEmpty()) {
            select(() -> {});
            rows(cursor.page());
        }
        if (selected.isEmpty()) {
            desk.say("There is no session here.", Style.BUSY);
        }
        return selected;
    }

    private List<SessionView> targets() {
        List<SessionView> live = desk.feed().snapshot().sessions();
        if (!marks.isEmpty()) {
            List<SessionView> marked = live.stream().filter(s -> marks.contains(s.id())).toList();
            if (marked.isEmpty()) {
                desk.say("All that were marked have ended (M: unmark all).", Style.BUSY);
            }
            return marked;
        }
        Optional<SessionView> one = chosen();
        if (one.filter(Past::isOver).isPresent()) {
            desk.say("Session #" + one.get().id() + " has ended.", Style.BUSY);
            return List.of();
        }
        return one.map(List::of).orElse(List.of());
    }

    private void relocate() {
        SessionActs.relocate(targets()).ifPresent(desk::act);
    }

    private void reset() {
        SessionActs.reset(targets()).ifPresent(desk::act);
    }

    private void impair() {
        chosen().ifPresent(session -> desk.ask(SessionActs.impair(session, desk::act)));
    }

    private void watch() {
        chosen().ifPresent(session -> desk.act(SessionActs.watch(session)));
    }

    private void watchAll() {
        desk.act(SessionActs.watchAll(desk.feed().control().watching()));
    }

    @Override
    public void click(int row) {
        int at = row - tableTop - 1;
        if (at >= 0 && cursor.top() + at < ranking.size()) {
            boolean again = selected.isPresent() && cursor.row() == cursor.top() + at;
            selectedId = -1;
            cursor.select(cursor.top() + at);
            if (again) {
                ladder();
            }
        }
    }

    @Override
    public void scroll(int by) {
        select(() -> cursor.move(by));
    }

    // --- the picture ---

    @Override
    public void paint(Canvas area) {
        boolean roomy = area.rows() >= 20;
        int y = area.rows() >= 14 ? servers.paint(area, roomy) : 0;
        int bottom = EventStrip.paint(area, desk.feed(), allEvents);
        if (area.rows() >= 10) {
            bottom -= 1;
        }
        tableTop = y;
        Canvas space = area.rows(y, bottom);
        int visible = space.rows() - 1;
        List<SessionView> rows = fresh(rows(visible));
        flows.measure(rows);
        table.paint(
                space,
                rows,
                new Table.Look<>(
                        columns.named(shown),
                        columns.named(SessionColumns.BY_IMPORTANCE),
                        Optional.of(sort),
                        descending,
                        selected.isPresent() ? cursor.row() - cursor.top() : -1,
                        s -> marks.contains(s.id()),
                        s ->
                                Past.isOver(s) && !s.phase().equals("failed")
                                        ? Style.FAINT
                                        : Style.PLAIN));
        if (rows.isEmpty() && visible > 0) {
            space.put(1, 1, empty(), Style.PLAIN);
        }
        if (area.rows() >= 10) {
            status(area, bottom);
        }
    }

    private String empty() {
        return filter.isNone()
                ? "No session: no client has connected yet, or all have closed."
                : "No session matches the filter (Esc: no filter).";
    }

    /** Rows of a large table may be old: those on the screen are asked for anew. */
    private List<SessionView> fresh(List<SessionView> rows) {
        List<Long> old =
                rows.stream()
                        .filter(
                                s ->
                                        !Past.isOver(s)
                                                && desk.feed().now() - s.seenAt() > 300_000_000L)
                        .map(SessionView::id)
                        .limit(256)
                        .toList();
        if (old.isEmpty() || desk.feed().paused()) {
            return rows;
        }
        List<SessionView> renewed = desk.feed().control().sessions(old);
        return rows.stream()
                .map(
                        row ->
                                renewed.stream()
                                        .filter(s -> s.id() == row.id())
                                        .findFirst()
                                        .orElse(row))
                .toList();
    }

    /** One line: what limits the table, or the selected session with what has no column. */
    private void status(Canvas area, int y) {
        int x = 0;
        if (search.isPresent()) {
            x = area.put(x, y, "searching … ", Style.BUSY);
        }
        if (!filter.isNone()) {
            int of = desk.feed().snapshot().sessions().size() + past().size();
            x = area.put(x, y, "filter ", Style.KEY);
            x = area.put(x, y, filter.text(), Style.CHANGED);
            x = area.put(x, y, "  " + ranking.size() + " of " + of + "  ", Style.PLAIN);
        }
        if (!marks.isEmpty()) {
            x = area.put(x, y, marks.size() + " marked  ", Style.CHANGED);
        }
        if (selected.isPresent()) {
            area.put(
                    x,
                    y,
                    Text.clip(SessionLine.of(selected.get(), desk.feed()), area.columns() - x),
                    Style.BOLD);
        }
    }
}
