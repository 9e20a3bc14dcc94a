package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.tui.widget.Column;
import dev.understudy.tui.widget.Style;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** What the table of servers says of each, from left to right. */
final class ServerColumns {
    private ServerColumns() {}

    /** All of them; {@code name} is what a server is called. */
    static List<Column<ServerView>> of(Function<ServerView, String> name) {
        return List.of(
                column("service", "SERVICE", 7, 12, true, ServerView::service, s -> Style.PLAIN),
                column("server", "SERVER", 14, 24, true, name, s -> Style.BOLD),
                column("state", "STATE", 8, 8, true, ServerStrip::standing, ServerStrip::style),
                column(
                        "now",
                        "NOW",
                        4,
                        6,
                        false,
                        s -> Integer.toString(s.sessions()),
                        s -> Style.PLAIN),
                column("won", "WON", 5, 8, false, s -> Long.toString(s.wins()), s -> Style.PLAIN),
                column(
                        "failed",
                        "FAILED",
                        6,
                        8,
                        false,
                        s -> Long.toString(s.failures()),
                        s -> s.failures() > 0 ? Style.BAD : Style.PLAIN),
                column(
                        "rtt",
                        "RTT",
                        6,
                        7,
                        false,
                        s -> s.roundTripNanos() < 0 ? "-" : Figures.duration(s.roundTripNanos()),
                        s -> Style.PLAIN),
                column(
                        "p99",
                        "P99",
                        6,
                        7,
                        false,
                        s -> RoundTrips.quantile(s.roundTrips(), 0.99),
                        s -> Style.PLAIN),
                column(
                        "spread",
                        "ROUND TRIPS",
                        RoundTrips.SPREAD,
                        RoundTrips.SPREAD,
                        true,
                        s -> RoundTrips.spread(s.roundTrips()),
                        s -> Style.GOOD),
                column(
                        "ttfb",
                        "1ST BYTE",
                        8,
                        8,
                        false,
                        s -> RoundTrips.quantile(s.firstBytes(), 0.5),
                        s -> Style.PLAIN),
                column(
                        "again",
                        "AGAIN",
                        5,
                        6,
                        false,
                        s -> Long.toString(s.retransmissions()),
                        s -> Style.PLAIN),
                column(
                        "stalls",
                        "STALLS",
                        6,
                        6,
                        false,
                        s -> Long.toString(s.stalls()),
                        s -> s.stalls() > 0 ? Style.BUSY : Style.PLAIN),
                column("weight", "WEIGHT", 6, 6, false, ServerColumns::weight, s -> Style.PLAIN));
    }

    private static Column<ServerView> column(
            String name,
            String heading,
            int least,
            int most,
            boolean left,
            Function<ServerView, String> text,
            Function<ServerView, Style> style) {
        return new Column<>(
                name, heading, least, most, left, "", text, style, Comparator.comparing(text));
    }

    private static String weight(ServerView server) {
        if (!server.listed()) {
            return "asked";
        }
        return server.backup() ? "backup" : Integer.toString(server.weight());
    }
}
