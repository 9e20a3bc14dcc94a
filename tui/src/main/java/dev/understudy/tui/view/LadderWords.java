package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.tui.ladder.ArrowText;
import dev.understudy.tui.ladder.LadderPainter;
import dev.understudy.tui.ladder.Row;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.Locale;
import java.util.function.Function;

/** Rows of a ladder in words: below it, for a search, and where there is no room for lanes. */
final class LadderWords {
    private LadderWords() {}

    static String of(Row row) {
        if (row instanceof Row.Decision decision) {
            return decision.sentence();
        }
        if (row instanceof Row.Arrow arrow) {
            return ArrowText.flags(arrow.packet())
                    + " "
                    + ArrowText.words(arrow.packet()).orElse("");
        }
        return "";
    }

    static String of(TracedPacket p, String server) {
        String way =
                switch (p.way()) {
                    case PASSED ->
                            java.util.Arrays.equals(p.before(), p.after())
                                    ? "passed on as it came"
                                    : "rewritten and passed on";
                    case HELD -> "held back: the other side has not seen it";
                    case MADE -> "made here";
                };
        String from = p.up() ? "client" : server.isEmpty() ? "Understudy" : "server " + server;
        String to = p.up() ? server.isEmpty() ? "Understudy" : "server " + server : "client";
        return String.format(
                Locale.ROOT,
                "packet %d, %s to %s: %s seq %d ack %d window %d, %d bytes of data; %s%s",
                p.number(),
                from,
                to,
                ArrowText.flags(p),
                p.seq(),
                p.ack(),
                p.window(),
                p.length(),
                way,
                p.delta() == 0 ? "" : ", delta " + p.delta());
    }

    /** A row as text, where lanes do not fit. */
    static void line(
            Canvas area,
            int y,
            Row row,
            long start,
            boolean selected,
            Function<TracedPacket, String> name) {
        String text;
        Style style = selected ? Style.SELECTED : Style.PLAIN;
        if (row instanceof Row.Arrow arrow) {
            TracedPacket p = arrow.packet();
            String server = p.server() == null ? "" : name.apply(p);
            String us =
                    switch (p.way()) {
                        case PASSED -> "";
                        case HELD -> "■";
                        case MADE -> "◆";
                    };
            String way =
                    p.up()
                            ? (p.touchesClient() ? "cl" : us)
                                    + "→"
                                    + (p.touchesServer() ? server : us)
                            : (p.touchesServer() ? server : us)
                                    + "→"
                                    + (p.touchesClient() ? "cl" : us);
            text =
                    Text.cell(way, 6, true)
                            + (p.retransmission() ? "↻ " : "")
                            + ArrowText.flags(p)
                            + " "
                            + ArrowText.words(p)
                                    .orElse(
                                            p.seq()
                                                    + (p.length() > 0
                                                            ? ":" + (p.seq() + p.length())
                                                            : ""));
        } else {
            text = "━ " + of(row);
            style = selected ? Style.SELECTED : Style.DECISION;
        }
        int x =
                area.put(
                        0,
                        y,
                        LadderPainter.time(row.nanos() - start).substring(1, 7),
                        selected ? style : Style.FAINT);
        area.put(x + 1, y, Text.clip(text, area.columns() - x - 1), style);
    }
}
