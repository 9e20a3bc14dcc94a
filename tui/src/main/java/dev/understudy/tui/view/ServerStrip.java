package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.tui.model.Feed;
import dev.understudy.tui.widget.Bars;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The servers above the table of sessions: a line each where there is room, those that are down first; else one for all. */
final class ServerStrip {
    private static final int MOST = 4;
    private static final int BAR = 16;

    private final Feed feed;

    ServerStrip(Feed feed) {
        this.feed = feed;
    }

    /** Draws it; returns the row below. */
    int paint(Canvas area, boolean roomy) {
        List<ServerView> servers = feed.snapshot().servers();
        if (servers.isEmpty()) {
            return 0;
        }
        int lines = roomy ? Math.min(MOST, servers.size()) : 1;
        List<ServerView> order = new ArrayList<>(servers);
        if (servers.size() > lines) {
            order.sort(Comparator.comparing(ServerView::up));
        }
        int whole = servers.size() > lines ? lines - 1 : lines;
        int serviceWidth = 0;
        int nameWidth = 0;
        long most = 1;
        for (ServerView server : servers) {
            serviceWidth = Math.min(12, Math.max(serviceWidth, server.service().length()));
            nameWidth = Math.max(nameWidth, name(server).length());
            most = Math.max(most, server.sessions());
        }
        int y = 0;
        for (ServerView server : order.subList(0, whole)) {
            int x = area.put(0, y, Text.cell(server.service(), serviceWidth, true), Style.PLAIN);
            x = area.put(x + 1, y, Text.cell(name(server), nameWidth, true), Style.BOLD);
            x = area.put(x + 1, y, Text.cell(standing(server), 8, true), style(server));
            x = area.put(x + 1, y, Text.cell(server.sessions() + " now", 9, false), Style.PLAIN);
            if (area.columns() >= 100) {
                area.put(x + 1, y, Bars.length(server.sessions(), most, BAR), Style.GOOD);
                x += BAR + 1;
            }
            area.put(x + 1, y, figures(server), Style.PLAIN);
            y++;
        }
        if (whole < servers.size()) {
            rest(area, y, order.subList(whole, order.size()), whole == 0);
            y++;
        }
        return y;
    }

    private static void rest(Canvas area, int y, List<ServerView> rest, boolean all) {
        long down = rest.stream().filter(s -> !s.up()).count();
        long up = rest.size() - down;
        int x = area.put(0, y, all ? "Servers: " : "and more: ", Style.PLAIN);
        x = area.put(x, y, up + " up", up > 0 ? Style.GOOD : Style.BAD);
        if (down > 0) {
            x = area.put(x + 1, y, down + " DOWN", Style.BAD);
            area.put(x, y, ": " + rest.get(0).endpoint(), Style.PLAIN);
        }
    }

    private String name(ServerView server) {
        return Names.full(feed.snapshot(), server.service(), server.endpoint());
    }

    /** {@code up}, {@code DOWN}, {@code suspect} or {@code drained}. */
    static String standing(ServerView server) {
        if (server.drained()) {
            return "drained";
        }
        return switch (server.standing()) {
            case UP -> "up";
            case SUSPECT -> "suspect";
            case DOWN -> "DOWN";
        };
    }

    static Style style(ServerView server) {
        if (server.drained()) {
            return Style.BUSY;
        }
        return switch (server.standing()) {
            case UP -> Style.GOOD;
            case SUSPECT -> Style.BUSY;
            case DOWN -> Style.BAD;
        };
    }

    private static String figures(ServerView server) {
        String trip =
                server.roundTripNanos() < 0
                        ? ""
                        : ", answers in " + Figures.duration(server.roundTripNanos());
        return String.format(
                Locale.ROOT, "%d won, %d failed%s", server.wins(), server.failures(), trip);
    }
}
