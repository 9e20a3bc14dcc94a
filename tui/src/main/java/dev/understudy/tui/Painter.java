package dev.understudy.tui;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws the monitor: from top to bottom a header of counts, the servers, the table of sessions, the selected session in
 * full, the last events, and the keys. A low terminal gets fewer servers and events, a narrow one fewer columns.
 */
final class Painter {
    static final int LEAST_COLUMNS = 40;
    static final int LEAST_ROWS = 8;

    private static final int MOST_SERVERS = 4;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    private final ColumnFit fit = new ColumnFit();
    private final String title;
    private final ZoneId zone;

    Painter(MonitorOptions options) {
        this.title = options.title();
        this.zone = options.clock().getZone();
    }

    /**
     * Draws everything.
     *
     * @return how many rows of sessions were shown: the height of a page
     */
    int paint(Canvas canvas, MonitorState state, EventTail events, double openedPerSecond) {
        canvas.clear();
        if (canvas.columns() < LEAST_COLUMNS || canvas.rows() < LEAST_ROWS) {
            tooSmall(canvas);
            return 1;
        }
        if (state.page() == MonitorState.Page.HELP) {
            HelpPage.paint(canvas);
            return 1;
        }
        header(canvas, state, openedPerSecond);
        int y = servers(canvas, 1, state.snapshot().servers());
        int bottom = footer(canvas, state);
        bottom = events(canvas, bottom, state, events);
        if (state.page() == MonitorState.Page.COUNTERS) {
            counters(canvas, y, bottom, state.snapshot().counters());
            return 1;
        }
        bottom = selected(canvas, bottom, state);
        return sessions(canvas, y, bottom, state);
    }

    private static void tooSmall(Canvas canvas) {
        String sentence =
                String.format(
                        Locale.ROOT,
                        "The monitor needs %d x %d cells; here are %d x %d. q quits.",
                        LEAST_COLUMNS,
                        LEAST_ROWS,
                        canvas.columns(),
                        canvas.rows());
        int y = 0;
        for (int i = 0; i < sentence.length() && y < canvas.rows(); i += canvas.columns()) {
            int end = Math.min(sentence.length(), i + canvas.columns());
            canvas.put(0, y++, sentence.substring(i, end), Style.PLAIN);
        }
    }

    private record Count(String text, Style style) {}

    private void header(Canvas canvas, MonitorState state, double openedPerSecond) {
        int x = canvas.put(0, 0, "Understudy", Style.TITLE);
        int counts = x + 2;
        if (state.paused()) {
            counts = canvas.put(x + 1, 0, "PAUSED", Style.SELECTED) + 2;
        } else if (canvas.columns() >= 80 && !title.isEmpty()) {
            counts = canvas.put(x + 1, 0, title, Style.PLAIN) + 2;
        }
        Snapshot snapshot = state.snapshot();
        long hidden = count(snapshot, Counter.FAILURES_HIDDEN);
        long shown = count(snapshot, Counter.FAILURES_SHOWN);
        long dropped = dropped(snapshot);
        int sessions = snapshot.sessions().size();
        List<Count> parts = new ArrayList<>();
        parts.add(new Count(sessions == 1 ? "1 session" : sessions + " sessions", Style.BOLD));
        parts.add(new Count(hidden + " hidden", hidden > 0 ? Style.GOOD : Style.PLAIN));
        parts.add(new Count(shown + " shown", shown > 0 ? Style.BAD : Style.PLAIN));
        parts.add(new Count(rate(openedPerSecond) + " new/s", Style.PLAIN));
        parts.add(new Count(dropped + " dropped", Style.PLAIN));
        int width = -3;
        int fitting = 0;
        while (fitting < parts.size()
                && counts + width + 3 + parts.get(fitting).text().length() <= canvas.columns()) {
            width += 3 + parts.get(fitting).text().length();
            fitting++;
        }
        int at = canvas.columns() - Math.max(0, width);
        for (int i = 0; i < fitting; i++) {
            if (i > 0) {
                at = canvas.put(at, 0, " │ ", Style.FAINT);
            }
            at = canvas.put(at, 0, parts.get(i).text(), parts.get(i).style());
        }
    }

    static long count(Snapshot snapshot, Counter counter) {
        return snapshot.counters().getOrDefault(counter.label(), 0L);
    }

    /** Packets that went nowhere because of what they were; every reason is on the page of counters. */
    private static long dropped(Snapshot snapshot) {
        long sum = count(snapshot, Counter.BAD_CHECKSUM) + count(snapshot, Counter.UNTRANSLATABLE);
        for (Map.Entry<String, Long> counter : snapshot.counters().entrySet()) {
            if (counter.getKey().contains("dropped")) {
                sum += counter.getValue();
            }
        }
        return sum;
    }

    private static String rate(double perSecond) {
        return String.format(Locale.ROOT, perSecond < 9.95 ? "%.1f" : "%.0f", perSecond);
    }

    /** One line a server where there is room, those that are down first; else one line for all. */
    private static int servers(Canvas canvas, int y, List<ServerView> servers) {
        if (servers.isEmpty()) {
            return y;
        }
        List<ServerView> order = new ArrayList<>(servers);
        int lines = canvas.rows() >= 20 ? Math.min(MOST_SERVERS, servers.size()) : 1;
        if (servers.size() > lines) {
            order.sort(Comparator.comparing(ServerView::up));
        }
        int whole = servers.size() > lines ? lines - 1 : lines;
        int serviceWidth = 0;
        int endpointWidth = 0;
        for (ServerView server : servers) {
            serviceWidth = Math.min(12, Math.max(serviceWidth, server.service().length()));
            endpointWidth = Math.max(endpointWidth, server.endpoint().toString().length());
        }
        for (ServerView server : order.subList(0, whole)) {
            int x =
                    canvas.put(
                            0,
                            y,
                            ColumnFit.cell(server.service(), serviceWidth, true),
                            Style.PLAIN);
            x =
                    canvas.put(
                            x + 1,
                            y,
                            ColumnFit.cell(server.endpoint().toString(), endpointWidth, true),
                            Style.BOLD);
            x =
                    canvas.put(
                            x + 1,
                            y,
                            server.up() ? "up  " : "DOWN",
                            server.up() ? Style.GOOD : Style.BAD);
            canvas.put(x + 1, y, standing(server), Style.PLAIN);
            y++;
        }
        if (whole < servers.size()) {
            long down = order.subList(whole, order.size()).stream().filter(s -> !s.up()).count();
            long up = order.size() - whole - down;
            int x = canvas.put(0, y, whole == 0 ? "Servers: " : "and more: ", Style.PLAIN);
            x = canvas.put(x, y, up + " up", up > 0 ? Style.GOOD : Style.BAD);
            if (down > 0) {
                x = canvas.put(x + 1, y, down + " DOWN", Style.BAD);
                canvas.put(x, y, ": " + order.get(whole).endpoint(), Style.PLAIN);
            }
            y++;
        }
        return y;
    }

    private static String standing(ServerView server) {
        String trip =
                server.roundTripNanos() < 0
                        ? ""
                        : ", SYN answered in " + Figures.duration(server.roundTripNanos());
        return String.format(
                Locale.ROOT,
                "%d now, %d won, %d failed%s",
                server.sessions(),
                server.wins(),
                server.failures(),
                trip);
    }

    private int sessions(Canvas canvas, int y, int bottom, MonitorState state) {
        int visible = bottom - y - 1;
        int top = state.top(visible);
        List<SessionView> rows = state.rows();
        List<SessionView> shown = rows.subList(top, Math.min(rows.size(), top + visible));
        // The first cell is the selection's mark; each column has one cell to its left, for the
        // mark of the order.
        Map<SessionColumn, Integer> columns = fit.fit(shown, canvas.columns() - 1);
        int x = 1;
        for (Map.Entry<SessionColumn, Integer> column : columns.entrySet()) {
            SessionColumn key = column.getKey();
            boolean sorted = key == state.sort();
            if (sorted) {
                canvas.put(x - 1, y, state.descending() ? "▼" : "▲", Style.BOLD);
            }
            String heading = ColumnFit.cell(key.heading(), column.getValue(), key.leftAligned());
            canvas.put(x, y, heading, Style.HEADING);
            x += column.getValue() + 1;
        }
        if (rows.isEmpty() && visible > 0) {
            canvas.put(
                    1,
                    y + 1,
                    "No session: no client has connected yet, or all have closed.",
                    Style.PLAIN);
        }
        for (int i = 0; i < shown.size(); i++) {
            row(canvas, y + 1 + i, shown.get(i), columns, top + i == state.selectedRow());
        }
        return Math.max(1, visible);
    }

    private static void row(
            Canvas canvas,
            int y,
            SessionView session,
            Map<SessionColumn, Integer> columns,
            boolean selected) {
        if (selected) {
            canvas.fill(y, ' ', Style.SELECTED);
            canvas.put(0, y, ">", Style.SELECTED);
        }
        int x = 1;
        for (Map.Entry<SessionColumn, Integer> column : columns.entrySet()) {
            SessionColumn key = column.getKey();
            String text = ColumnFit.cell(key.text(session), column.getValue(), key.leftAligned());
            canvas.put(x, y, text, selected ? Style.SELECTED : style(key, session));
            x += column.getValue() + 1;
        }
    }

    private static Style style(SessionColumn column, SessionView session) {
        return switch (column) {
            case CLIENT_LEG -> leg(session.clientState());
            case SERVER_LEG -> leg(session.serverState());
            case HIDDEN -> session.hidden() > 0 ? Style.GOOD : Style.PLAIN;
            default -> Style.PLAIN;
        };
    }

    private static Style leg(String state) {
        return switch (state) {
            case "ESTABLISHED" -> Style.GOOD;
            case "CLOSED", "TIME-WAIT" -> Style.PLAIN;
            default -> Style.BUSY;
        };
    }

    /** One line for the selected session, with what has no column. */
    private static int selected(Canvas canvas, int bottom, MonitorState state) {
        if (state.selectedRow() < 0 || canvas.rows() < 12) {
            return bottom;
        }
        SessionView s = state.rows().get(state.selectedRow());
        String server = s.server() == null ? "nobody yet" : s.server().toString();
        String text =
                String.format(
                        Locale.ROOT,
                        "#%d %s: %s → %s played by %s; %d packets, last %s ago; store %d (%s)",
                        s.id(),
                        s.phase(),
                        s.client(),
                        s.original(),
                        server,
                        s.packets(),
                        Figures.age(s.idleNanos()),
                        s.storedPackets(),
                        Figures.bytes(s.storedBytes()));
        canvas.put(0, bottom - 1, text, Style.BOLD);
        return bottom - 1;
    }

    private int events(Canvas canvas, int bottom, MonitorState state, EventTail tail) {
        int lines = canvas.rows() >= 40 ? 8 : canvas.rows() >= 24 ? 5 : canvas.rows() >= 16 ? 3 : 1;
        List<EventTail.Entry> latest = tail.latest(lines, state.allEvents());
        int y = bottom - lines;
        if (lines > 1) {
            y--;
            canvas.fill(y, '─', Style.FAINT);
            canvas.put(2, y, state.allEvents() ? " All events " : " Events ", Style.PLAIN);
            if (latest.isEmpty()) {
                canvas.put(
                        0, y + 1, "Nothing yet that had to be hidden from a client.", Style.PLAIN);
            }
        }
        int first = lines > 1 ? y + 1 : y;
        for (int i = 0; i < latest.size(); i++) {
            EventTail.Entry entry = latest.get(i);
            int x = canvas.put(0, first + i, TIME.format(entry.time().atZone(zone)), Style.PLAIN);
            canvas.put(x + 1, first + i, EventText.line(entry.event()), style(entry));
        }
        return y;
    }

    private static Style style(EventTail.Entry entry) {
        return switch (entry.event().kind()) {
            case HIDDEN, RELOCATED, RESUMED, SERVER_UP -> Style.GOOD;
            case EXHAUSTED, NOT_RELOCATED, RELOAD_REFUSED, SERVER_DOWN -> Style.BAD;
            case RELOCATING, RESTORED, LIMIT -> Style.BUSY;
            case ANSWERED, ASKED, BOUND, PARKED -> Style.PLAIN;
            case OPENED, ATTEMPT, WON, FAILED, CLOSED, RESET, EXPIRED, RELOADED -> Style.PLAIN;
        };
    }

    private static void counters(Canvas canvas, int y, int bottom, Map<String, Long> counters) {
        canvas.put(0, y, "Counters (c: back to the sessions)", Style.HEADING);
        int width = 0;
        for (Map.Entry<String, Long> counter : counters.entrySet()) {
            width =
                    Math.max(
                            width,
                            counter.getKey().length() + counter.getValue().toString().length() + 2);
        }
        int height = bottom - y - 1;
        int i = 0;
        for (Map.Entry<String, Long> counter : counters.entrySet()) {
            String name = counter.getKey();
            String value =
                    ColumnFit.cell(
                            counter.getValue().toString(),
                            Math.max(1, width - name.length()),
                            false);
            canvas.put(i / height * (width + 3), y + 1 + i % height, name + value, Style.PLAIN);
            i++;
        }
    }

    private static int footer(Canvas canvas, MonitorState state) {
        int y = canvas.rows() - 1;
        if (state.typing()) {
            int x = canvas.put(0, y, "Search: " + state.search(), Style.BOLD);
            canvas.put(x, y, "_", Style.PLAIN);
            return y;
        }
        if (!state.note().isEmpty()) {
            canvas.put(0, y, state.note(), Style.BOLD);
            return y;
        }
        int x = 0;
        for (HelpPage.Key key : HelpPage.FOOTER) {
            if (x + key.text().length() > canvas.columns()) {
                break;
            }
            x = canvas.put(x, y, key.keys(), Style.KEY);
            x = canvas.put(x, y, " " + key.shortly() + "  ", Style.PLAIN);
        }
        return y;
    }
}
