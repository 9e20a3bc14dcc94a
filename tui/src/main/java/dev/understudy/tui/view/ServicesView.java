package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.dispatcher.control.Snapshot.ServiceView;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Cursor;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Every service with its rules: what clients ask for, who plays it, and how that is chosen. A tree that can be folded. */
final class ServicesView implements View {
    private record Line(int depth, String text, Style style) {}

    private final Desk desk;
    private final Cursor cursor = new Cursor();
    private final java.util.Set<String> folded = new java.util.HashSet<>();
    private List<String> owners = List.of();

    ServicesView(Desk desk) {
        this.desk = desk;
    }

    @Override
    public String name() {
        return "Services";
    }

    @Override
    public List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        keys.add(Key.of("Enter", "fold", "fold the service, or open it", this::fold));
        keys.addAll(cursor.keys("line"));
        return keys;
    }

    private void fold() {
        if (cursor.row() < owners.size()) {
            String service = owners.get(cursor.row());
            if (!folded.remove(service)) {
                folded.add(service);
            }
        }
    }

    @Override
    public void click(int row) {
        cursor.select(cursor.top() + row);
    }

    @Override
    public void scroll(int by) {
        cursor.move(by);
    }

    @Override
    public void paint(Canvas area) {
        List<Line> lines = lines();
        cursor.fit(lines.size(), area.rows());
        for (int y = 0; y < area.rows() && cursor.top() + y < lines.size(); y++) {
            Line line = lines.get(cursor.top() + y);
            boolean selected = cursor.top() + y == cursor.row();
            if (selected) {
                area.fill(y, ' ', Style.SELECTED);
            }
            area.put(
                    line.depth() * 2,
                    y,
                    Text.clip(line.text(), area.columns() - line.depth() * 2),
                    selected ? Style.SELECTED : line.style());
        }
        if (lines.isEmpty()) {
            area.put(1, 0, "No service: nothing is dispatched.", Style.PLAIN);
        }
    }

    private List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        List<String> whose = new ArrayList<>();
        for (ServiceView service : desk.feed().snapshot().services()) {
            boolean open = !folded.contains(service.name());
            lines.add(
                    new Line(
                            0,
                            (open ? "▼ " : "▶ ")
                                    + service.name()
                                    + "  "
                                    + String.join(", ", service.originals())
                                    + "  "
                                    + count(service.servers(), "server")
                                    + ", "
                                    + count(service.sessions(), "session"),
                            Style.TITLE));
            if (open) {
                lines.add(new Line(1, "bind      " + bind(service.bind()), Style.PLAIN));
                lines.add(new Line(1, "connect   " + connect(service), Style.PLAIN));
                lines.add(
                        new Line(
                                1,
                                "recover   "
                                        + (service.recover().isEmpty()
                                                ? "nothing: every failure is the client's"
                                                : "on " + String.join(", ", service.recover())),
                                Style.PLAIN));
                for (ServerView server : desk.feed().snapshot().servers()) {
                    if (server.service().equals(service.name())) {
                        lines.add(new Line(1, server(server), ServerStrip.style(server)));
                    }
                }
            }
            while (whose.size() < lines.size()) {
                whose.add(service.name());
            }
        }
        owners = whose;
        return lines;
    }

    private static String bind(String bind) {
        return switch (bind) {
            case "url" -> "url: the server is chosen when the URL is known";
            case "sni" -> "sni: the server is chosen by the name in the TLS hello";
            default -> bind + ": the server is chosen at the SYN";
        };
    }

    private static String connect(ServiceView service) {
        String stagger =
                service.staggerNanos() > 0
                        ? ", the next after " + Figures.duration(service.staggerNanos())
                        : "";
        return String.format(
                Locale.ROOT,
                "%s%s, time-out %s, at most %s",
                service.strategy(),
                stagger,
                Figures.duration(service.timeoutNanos()),
                count(service.attempts(), "attempt"));
    }

    private String server(ServerView server) {
        String name = Names.full(desk.feed().snapshot(), server.service(), server.endpoint());
        String role =
                !server.listed()
                        ? ", as asked for"
                        : server.backup()
                                ? ", backup"
                                : server.weight() != 1 ? ", weight " + server.weight() : "";
        return String.format(
                Locale.ROOT,
                "%s  %s%s, %s, %d won, %d failed",
                name,
                ServerStrip.standing(server),
                role,
                count(server.sessions(), "session"),
                server.wins(),
                server.failures());
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
