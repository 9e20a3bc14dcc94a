package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.control.Impair;
import dev.understudy.dispatcher.control.Snapshot.LinkView;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.tui.widget.Bars;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Column;
import dev.understudy.tui.widget.Cursor;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Table;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Every server of every service: how it stands, what it has, how it answers and how it fails. Below, the selected one's round
 * trips and times to the first byte as histograms, and its failures by kind.
 */
final class ServersView implements View {
    private final Desk desk;
    private final Table<ServerView> table = new Table<>();
    private final Cursor cursor = new Cursor();
    private final List<Column<ServerView>> columns;
    private int tableTop;
    private boolean firstBytes;

    ServersView(Desk desk) {
        this.desk = desk;
        this.columns = ServerColumns.of(this::name);
    }

    private String name(ServerView server) {
        return Names.full(desk.feed().snapshot(), server.service(), server.endpoint());
    }

    @Override
    public String name() {
        return "Servers";
    }

    private List<ServerView> servers() {
        return desk.feed().snapshot().servers();
    }

    private Optional<ServerView> selected() {
        List<ServerView> servers = servers();
        return cursor.row() < servers.size()
                ? Optional.of(servers.get(cursor.row()))
                : Optional.empty();
    }

    @Override
    public List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        boolean drained = selected().map(ServerView::drained).orElse(false);
        keys.add(
                Key.of(
                        "d",
                        drained ? "undrain" : "drain",
                        "no new session for the selected server, or again",
                        this::drain));
        keys.add(
                Key.of(
                        "I",
                        "impair link",
                        "make the links to the servers worse: loss, delay, ...",
                        () -> impair(Command.Side.NETWORK)));
        keys.add(Key.of("C", "make the clients' link worse", () -> impair(Command.Side.CLIENT)));
        keys.add(Key.of("L", "reload", "load the configuration file again", this::reload));
        keys.add(
                Key.of(
                        "t",
                        "round trips or first bytes, where there is no room for both",
                        () -> firstBytes = !firstBytes));
        keys.addAll(cursor.keys("server"));
        return keys;
    }

    private void drain() {
        selected().ifPresent(server -> desk.act(drain(server)));
    }

    private Act drain(ServerView server) {
        Command drain = new Command.Drain(server.service(), server.endpoint());
        Command undrain = new Command.Undrain(server.service(), server.endpoint());
        if (server.drained()) {
            return Act.undoable(
                    "", List.of(), List.of(undrain), List.of(drain), "drain " + name(server));
        }
        return Act.undoable(
                "Drain " + name(server) + "?",
                List.of(
                        "It gets no new sessions, and the "
                                + server.sessions()
                                + " that it has move elsewhere when that is safe. Nobody is"
                                + " disconnected.",
                        "It can be taken back with u."),
                List.of(drain),
                List.of(undrain),
                "undrain " + name(server));
    }

    private void impair(Command.Side side) {
        desk.ask(
                new ImpairPrompt(
                        "impair the " + side.label() + " link: ",
                        false,
                        impair ->
                                desk.act(
                                        Act.undoable(
                                                impair.none()
                                                        ? ""
                                                        : "Impair the " + side.label() + " link?",
                                                List.of(
                                                        "All its packets, both ways: "
                                                                + impair.words()
                                                                + ".",
                                                        "It can be taken back with u."),
                                                List.of(new Command.ImpairLink(side, impair)),
                                                List.of(new Command.ImpairLink(side, Impair.NONE)),
                                                "impair no more"))));
    }

    private void reload() {
        desk.act(
                Act.forGood(
                        "Load the configuration again?",
                        List.of(
                                "New sessions follow it; live ones keep their servers. If it is"
                                        + " wrong, the old one stays."),
                        List.of(new Command.Reload())));
    }

    @Override
    public void click(int row) {
        if (row > tableTop) {
            cursor.select(cursor.top() + row - tableTop - 1);
        }
    }

    @Override
    public void scroll(int by) {
        cursor.move(by);
    }

    @Override
    public void paint(Canvas area) {
        List<ServerView> servers = servers();
        int links = area.rows() >= 18 ? desk.feed().snapshot().links().size() + 1 : 0;
        int below =
                area.rows() >= 16
                        ? Math.max(0, Math.min(12, area.rows() - servers.size() - 2 - links))
                        : 0;
        Canvas space = area.rows(0, area.rows() - below - links);
        int visible = space.rows() - 1;
        cursor.fit(servers.size(), visible);
        List<ServerView> rows =
                servers.subList(
                        cursor.top(),
                        Math.min(servers.size(), cursor.top() + Math.max(0, visible)));
        table.paint(
                space,
                rows,
                new Table.Look<>(
                        columns,
                        columns,
                        Optional.empty(),
                        false,
                        cursor.row() - cursor.top(),
                        s -> false,
                        s -> Style.PLAIN));
        if (servers.isEmpty()) {
            space.put(1, 1, "No server: the configuration has no service.", Style.PLAIN);
        }
        if (below >= 5) {
            selected()
                    .ifPresent(
                            server -> detail(area.rows(space.rows(), area.rows() - links), server));
        }
        if (links > 0) {
            links(area.rows(area.rows() - links, area.rows()));
        }
    }

    private void links(Canvas area) {
        area.fill(0, '─', Style.FAINT);
        area.put(2, 0, " Links ", Style.PLAIN);
        int y = 1;
        for (LinkView link : desk.feed().snapshot().links()) {
            String text =
                    String.format(
                            Locale.ROOT,
                            "%-8s %-8s %-5s in %s (%d frames)  out %s (%d frames)  dropped %d",
                            link.side(),
                            link.name(),
                            link.open() ? "open" : "GONE",
                            Figures.bytes(link.bytesIn()),
                            link.framesIn(),
                            Figures.bytes(link.bytesOut()),
                            link.framesOut(),
                            link.dropped());
            int x = area.put(0, y, text, link.open() ? Style.PLAIN : Style.BAD);
            if (!link.impairment().isEmpty()) {
                area.put(x + 2, y, "impaired: " + link.impairment(), Style.CHANGED);
            }
            y++;
        }
    }

    private void detail(Canvas area, ServerView server) {
        area.fill(0, '─', Style.FAINT);
        area.put(2, 0, " " + name(server) + " ", Style.TITLE);
        int parts = area.columns() >= 120 ? 3 : area.columns() >= 90 ? 2 : 1;
        int width = area.columns() / parts;
        int rows = area.rows() - 1;
        if (parts == 3 || !firstBytes) {
            trips(area.part(0, 1, width - 2, rows), server);
        }
        if (parts == 3) {
            firstBytes(area.part(width, 1, width - 2, rows), server);
        } else if (firstBytes) {
            firstBytes(area.part(0, 1, width - 2, rows), server);
        }
        if (parts > 1) {
            int at = (parts - 1) * width;
            failures(area.part(at, 1, area.columns() - at, rows), server);
        }
    }

    private static void trips(Canvas area, ServerView server) {
        String nothing = "No SYN of ours has been answered yet.";
        RoundTrips.histogram(area, "round trip", nothing, server.roundTrips());
    }

    private static void firstBytes(Canvas area, ServerView server) {
        String nothing = "Nothing has been answered yet.";
        RoundTrips.histogram(area, "1st byte", nothing, server.firstBytes());
    }

    private static void failures(Canvas area, ServerView server) {
        long most =
                server.failuresByKind().values().stream()
                        .mapToLong(Long::longValue)
                        .max()
                        .orElse(0);
        String state =
                server.downNanos() > 0
                        ? "Failed; tried first again in "
                                + Figures.duration(server.downNanos())
                                + "."
                        : server.drained()
                                ? "Drained: it gets no new sessions."
                                : most == 0 ? "It has never failed." : "Failures by kind:";
        area.put(
                0,
                0,
                Text.clip(state, area.columns()),
                server.downNanos() > 0 ? Style.BAD : Style.PLAIN);
        int y = 1;
        for (Map.Entry<String, Long> kind : server.failuresByKind().entrySet()) {
            area.put(0, y, Text.cell(kind.getKey(), 14, true), Style.PLAIN);
            int x =
                    area.put(
                            15,
                            y,
                            Bars.length(kind.getValue(), most, Math.max(1, area.columns() - 26)),
                            Style.BAD);
            area.put(x + 1, y, Long.toString(kind.getValue()), Style.PLAIN);
            y++;
        }
    }
}
