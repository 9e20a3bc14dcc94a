package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tui.ladder.Ladder;
import dev.understudy.tui.ladder.LadderPainter;
import dev.understudy.tui.ladder.Row;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Cursor;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The heart of the monitor: one session from its SYN on, packet by packet, with the dispatcher's decisions where they were
 * taken. Live: it grows while the session does. Without packets on record it still tells the decisions.
 */
final class LadderView implements View {
    private final Desk desk;
    private final long session;
    private final Optional<SessionView> opened;
    private final SessionRecord record;
    private final Cursor cursor = new Cursor();
    private Ladder ladder = new Ladder(List.of(), List.of());
    private boolean following;
    private boolean stale = true;
    private boolean bare;
    private int firstServer;
    private int rowsTop;
    private String sought = "";

    LadderView(Desk desk, long session, Optional<SessionView> opened) {
        this.desk = desk;
        this.session = session;
        this.opened = opened;
        this.record = new SessionRecord(desk.feed(), session);
        // A story that is over is read from its beginning; one that goes on is followed.
        this.following =
                desk.feed().snapshot().sessions().stream().anyMatch(s -> s.id() == session);
    }

    @Override
    public String name() {
        return "#" + session;
    }

    @Override
    public void refreshed() {
        record.read();
    }

    @Override
    public boolean work() {
        return record.hear();
    }

    private void build() {
        if (!record.changed() && !stale) {
            return;
        }
        stale = false;
        String service = view().map(SessionView::service).orElse("");
        ladder =
                Ladder.of(
                        record.events(),
                        bare ? record.withoutAcknowledgements() : record.packets(),
                        server -> Names.letter(desk.feed().snapshot(), service, server));
        if (following) {
            cursor.fit(ladder.rows().size(), cursor.page());
            cursor.toEnd();
        }
    }

    /** The session as it is now, else as it was. */
    private Optional<SessionView> view() {
        return desk.feed().snapshot().sessions().stream()
                .filter(s -> s.id() == session)
                .findFirst()
                .or(
                        () ->
                                desk.feed().past().sessions().stream()
                                        .filter(s -> s.id() == session)
                                        .findFirst())
                .or(() -> opened);
    }

    @Override
    public List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        keys.add(
                Key.of(
                        "Enter l",
                        "packet",
                        "the selected packet, field by field and byte by byte",
                        this::packet));
        keys.add(
                Key.of(
                        "Left",
                        "servers further left",
                        () -> firstServer = Math.max(0, firstServer - 1)));
        keys.add(Key.of("Right", "servers further right", () -> firstServer++));
        keys.add(
                Key.of(
                        "F",
                        following ? "" : "follow",
                        "stay at the newest row",
                        () -> {
                            following = !following;
                            stale = true;
                        }));
        keys.add(
                Key.of(
                        "a",
                        bare ? "all packets" : "less",
                        "leave plain acknowledgements out, or show them",
                        () -> {
                            bare = !bare;
                            stale = true;
                        }));
        keys.add(Key.of("d", "the next decision", () -> jump(1)));
        keys.add(Key.of("D", "the decision before", () -> jump(-1)));
        keys.add(
                Key.of(
                        "/",
                        "search",
                        "select the next row with a text",
                        () -> desk.ask(new SearchPrompt(this::search))));
        keys.add(Key.of("n", "the next one that was searched for", () -> search(sought)));
        keys.add(
                Key.of(
                        "R",
                        "relocate",
                        "move the session to another server",
                        () ->
                                live().flatMap(s -> SessionActs.relocate(List.of(s)))
                                        .ifPresent(desk::act)));
        keys.add(
                Key.of(
                        "X",
                        "reset",
                        "end the session by a reset",
                        () ->
                                live().flatMap(s -> SessionActs.reset(List.of(s)))
                                        .ifPresent(desk::act)));
        keys.add(
                Key.of(
                        "I",
                        "impair",
                        "make the session's path worse: loss, delay, ...",
                        () -> live().ifPresent(s -> desk.ask(SessionActs.impair(s, desk::act)))));
        keys.add(
                Key.of(
                        "w",
                        "record its packets from now on, or no longer",
                        () -> live().ifPresent(s -> desk.act(SessionActs.watch(s)))));
        keys.add(
                Key.of(
                        "W",
                        "record every new session's packets, or no longer",
                        () -> desk.act(SessionActs.watchAll(desk.feed().control().watching()))));
        for (Key key : cursor.keys("row")) {
            keys.add(new Key(key.strokes(), key.shortly(), key.fully(), () -> move(key.action())));
        }
        return keys;
    }

    private void move(Runnable move) {
        move.run();
        following = cursor.atEnd();
    }

    private Optional<SessionView> live() {
        Optional<SessionView> live =
                desk.feed().snapshot().sessions().stream()
                        .filter(s -> s.id() == session)
                        .findFirst();
        if (live.isEmpty()) {
            desk.say("Session #" + session + " has ended.", Style.BUSY);
        }
        return live;
    }

    private void jump(int by) {
        List<Row> rows = ladder.rows();
        for (int i = cursor.row() + by; i >= 0 && i < rows.size(); i += by) {
            if (rows.get(i) instanceof Row.Decision) {
                int to = i;
                move(() -> cursor.select(to));
                return;
            }
        }
    }

    private void search(String text) {
        sought = text.toLowerCase(Locale.ROOT);
        List<Row> rows = ladder.rows();
        for (int i = 1; i <= rows.size() && !sought.isEmpty(); i++) {
            int at = (cursor.row() + i) % rows.size();
            if (LadderWords.of(rows.get(at)).toLowerCase(Locale.ROOT).contains(sought)) {
                move(() -> cursor.select(at));
                return;
            }
        }
        desk.say("No row has '" + text + "' in it.", Style.BUSY);
    }

    private void packet() {
        Optional<Row> row = selected();
        if (row.isPresent() && row.get() instanceof Row.Arrow arrow) {
            long number = arrow.packet().number();
            List<TracedPacket> arrows = new ArrayList<>();
            int at = 0;
            for (Row one : ladder.rows()) {
                if (one instanceof Row.Arrow other) {
                    if (other.packet().number() == number) {
                        at = arrows.size();
                    }
                    arrows.add(other.packet());
                }
            }
            desk.open(new PacketView(arrows, at, this::name));
        } else {
            desk.say("Select a packet to see into it; this is a decision.", Style.PLAIN);
        }
    }

    private String name(TracedPacket packet) {
        return packet.server() == null
                ? ""
                : ladder.lanes().get(ladder.lane(packet.server())).name();
    }

    private Optional<Row> selected() {
        return cursor.row() < ladder.rows().size()
                ? Optional.of(ladder.rows().get(cursor.row()))
                : Optional.empty();
    }

    @Override
    public void click(int row) {
        int at = cursor.top() + row - rowsTop;
        if (row >= rowsTop && at < ladder.rows().size()) {
            boolean again = at == cursor.row();
            move(() -> cursor.select(at));
            if (again) {
                packet();
            }
        }
    }

    @Override
    public void scroll(int by) {
        move(() -> cursor.move(by));
    }

    @Override
    public void paint(Canvas area) {
        build();
        int y = 0;
        if (area.rows() >= 10) {
            summary(area, y++);
        }
        int below = area.rows() >= 16 ? 2 : 0;
        int legend = area.rows() >= 20 ? 1 : 0;
        boolean lanes = LadderPainter.fits(area);
        LadderPainter painter =
                new LadderPainter(
                        area,
                        ladder.lanes().isEmpty() ? new Ladder(EMPTY, List.of()) : ladder,
                        firstServer);
        if (lanes) {
            painter.heads(y);
            y += 2;
        }
        rowsTop = y;
        int visible = Math.max(1, area.rows() - y - below - legend);
        List<Row> rows = ladder.rows();
        cursor.fit(rows.size(), visible);
        long start = rows.isEmpty() ? 0 : rows.get(0).nanos();
        for (int i = 0; i < visible && cursor.top() + i < rows.size(); i++) {
            int at = cursor.top() + i;
            boolean selected = at == cursor.row() && !(following && cursor.atEnd());
            long before = at == 0 ? start : rows.get(at - 1).nanos();
            if (lanes) {
                painter.row(y + i, rows.get(at), start, before, selected);
            } else {
                LadderWords.line(area, y + i, rows.get(at), start, selected, this::name);
            }
        }
        if (record.packets().isEmpty()) {
            hint(area, Math.min(area.rows() - 1, y + rows.size() + 1));
        }
        if (below > 0) {
            detail(area, area.rows() - below - legend);
        }
        if (legend > 0) {
            area.put(0, area.rows() - 1, LEGEND, Style.FAINT);
        }
    }

    private static final List<dev.understudy.tui.ladder.Lane> EMPTY =
            List.of(
                    new dev.understudy.tui.ladder.Lane("client", Optional.empty(), false),
                    new dev.understudy.tui.ladder.Lane("Understudy", Optional.empty(), false));

    private static final String LEGEND =
            "── as it came  ══ rewritten  ┄┄ made here ◆  ■ held back  ↻ sent again  ━━ decision";

    private void hint(Canvas area, int y) {
        String hint =
                desk.readOnly()
                        ? "No packets of this session are on record."
                        : "No packets on record: w records this session, W every new one.";
        area.put(0, y, hint, Style.BUSY);
    }

    private void summary(Canvas area, int y) {
        Optional<SessionView> view = view();
        String text = "Session #" + session;
        if (view.isPresent()) {
            SessionView s = view.get();
            text +=
                    String.format(
                            Locale.ROOT,
                            "  %s  %s asked for %s%s  hidden %d  moved %d  delta %d",
                            s.phase(),
                            s.client(),
                            s.original() == null ? "?" : s.original(),
                            s.service().isEmpty() ? "" : " (" + s.service() + ")",
                            s.hidden(),
                            s.moves(),
                            s.delta());
            if (!s.impairment().isEmpty()) {
                text += "  impaired: " + s.impairment();
            }
        } else if (!record.events().isEmpty()) {
            Event first = record.events().get(0);
            text +=
                    "  "
                            + first.client()
                            + (first.kind() == Event.Kind.OPENED
                                    ? " asked for " + first.server()
                                    : "");
        }
        area.put(0, y, Text.clip(text, area.columns()), Style.BOLD);
    }

    /** What the selected row says in full. */
    private void detail(Canvas area, int y) {
        area.fill(y, '─', Style.FAINT);
        Optional<Row> row = selected();
        if (row.isEmpty()) {
            return;
        }
        String text;
        if (row.get() instanceof Row.Arrow arrow) {
            text = LadderWords.of(arrow.packet(), name(arrow.packet()));
        } else {
            text = LadderWords.of(row.get());
        }
        String clock = desk.feed().exactClock(row.get().nanos());
        area.put(2, y, " " + clock + " ", Style.FAINT);
        area.put(0, y + 1, Text.clip(text, area.columns()), Style.PLAIN);
    }

    /** Who the ladder's servers are, for tests. */
    List<Endpoint> servers() {
        return ladder.lanes().stream().flatMap(lane -> lane.endpoint().stream()).toList();
    }
}
