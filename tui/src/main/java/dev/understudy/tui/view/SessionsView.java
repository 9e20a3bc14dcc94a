package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.tui.filter.Schema;
import dev.understudy.tui.model.Past;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Cursor;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Table;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * All sessions, live ones and those that ended lately. From top to bottom: the servers, the table, the selected session in
 * full, the last events; a low terminal gets fewer of each, a narrow one fewer columns.
 *
 * <p>What stands in the table, in which order, and what of it is selected is the {@link SessionList}'s.
 */
final class SessionsView implements View {
    private final Desk desk;
    private final FlowMeters flows = new FlowMeters();
    private final SessionColumns columns;
    private final Schema<SessionView> schema;
    private final Table<SessionView> table = new Table<>();
    private final ServerStrip servers;
    private final Set<Long> marks = new HashSet<>();
    private List<String> shown = SessionColumns.USUAL;
    private final SessionList list;
    private boolean allEvents;
    private int tableTop;

    SessionsView(Desk desk) {
        this.desk = desk;
        this.columns = new SessionColumns(desk.feed(), flows);
        this.schema = SessionFields.schema(desk.feed()::now, marks::contains);
        this.servers = new ServerStrip(desk.feed());
        this.list = new SessionList(desk, columns);
    }

    @Override
    public String name() {
        return "Sessions";
    }

    @Override
    public void refreshed() {
        list.stale();
    }

    @Override
    public boolean work() {
        return list.searchOn();
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
        keys.add(Key.of("n", "the next one that was searched for", () -> list.find(true)));
        keys.add(Key.of("N", "the one before", () -> list.find(false)));
        keys.add(Key.of("s >", "sort", "sort by the next column", () -> list.sortBy(shown, 1)));
        keys.add(Key.of("<", "sort by the column before", () -> list.sortBy(shown, -1)));
        keys.add(Key.of("S", "sort the other way round", list::turnRound));
        keys.add(Key.of("o", "columns", "choose and order the columns", this::chooseColumns));
        keys.add(
                Key.of(
                        "F",
                        list.following() ? "" : "follow",
                        "stay with the selected session, or at its place",
                        list::toggleFollowing));
        keys.add(
                Key.of(
                        "x",
                        "ended",
                        "which ended sessions are shown: eventful ones, all, none",
                        list::showMoreOrLess));
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
        keys.add(Key.of("Up k", "the session above", () -> list.move(c -> c.move(-1))));
        keys.add(Key.of("Down j", "the session below", () -> list.move(c -> c.move(1))));
        keys.add(Key.of("PgUp ^B", "a screen up", () -> list.move(c -> c.move(-c.page()))));
        keys.add(Key.of("PgDn ^F", "a screen down", () -> list.move(c -> c.move(c.page()))));
        keys.add(Key.of("Home g", "the first session", () -> list.move(Cursor::toStart)));
        keys.add(Key.of("End G", "the last session", () -> list.move(Cursor::toEnd)));
        keys.add(
                Key.of(
                        "Esc",
                        "select none: the table stays at its top; then: no filter",
                        list::deselect));
        return keys;
    }

    private void askFilter() {
        desk.ask(new FilterPrompt<>(schema, list.filter(), list::apply, list::size));
    }

    private void askSearch() {
        desk.ask(new SearchPrompt(list::search));
    }

    private void chooseColumns() {
        desk.show(
                new ColumnsBox<>(
                        columns.all(),
                        shown,
                        list.sort().name(),
                        chosen -> shown = chosen,
                        by -> list.sortBy(columns.named(by)),
                        desk::closeBox));
    }

    private void mark() {
        if (list.selected().isEmpty()) {
            list.move(c -> {});
            return;
        }
        long id = list.selected().get().id();
        if (!marks.remove(id)) {
            marks.add(id);
        }
        list.move(c -> c.move(1));
    }

    private void ladder() {
        chosen().ifPresent(
                        session ->
                                desk.open(
                                        new LadderView(desk, session.id(), Optional.of(session))));
    }

    /** The selected session, or the first one if there is none. */
    private Optional<SessionView> chosen() {
        Optional<SessionView> one = list.selectedOrFirst();
        if (one.isEmpty()) {
            desk.say("There is no session here.", Style.BUSY);
        }
        return one;
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
        if (row > tableTop && list.click(row - tableTop - 1)) {
            ladder();
        }
    }

    @Override
    public void scroll(int by) {
        list.move(c -> c.move(by));
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
        List<SessionView> rows = fresh(list.rows(visible));
        flows.measure(rows);
        table.paint(
                space,
                rows,
                new Table.Look<>(
                        columns.named(shown),
                        columns.named(SessionColumns.BY_IMPORTANCE),
                        Optional.of(list.sort()),
                        list.descending(),
                        list.selectedPlace(),
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
        return list.filter().isNone()
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
        if (list.searching()) {
            x = area.put(x, y, "searching … ", Style.BUSY);
        }
        if (!list.filter().isNone()) {
            x = area.put(x, y, "filter ", Style.KEY);
            x = area.put(x, y, list.filter().text(), Style.CHANGED);
            x =
                    area.put(
                            x,
                            y,
                            "  " + list.size() + " of " + list.sizeUnfiltered() + "  ",
                            Style.PLAIN);
        }
        if (!marks.isEmpty()) {
            x = area.put(x, y, marks.size() + " marked  ", Style.CHANGED);
        }
        if (list.selected().isPresent()) {
            area.put(
                    x,
                    y,
                    Text.clip(
                            SessionLine.of(list.selected().get(), desk.feed()), area.columns() - x),
                    Style.BOLD);
        }
    }
}
