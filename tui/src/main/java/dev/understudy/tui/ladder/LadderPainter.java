package dev.understudy.tui.ladder;

import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.dispatcher.control.TracedPacket.Way;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Draws a ladder. A packet that crosses us is one row with an arrow on each side, so that what came and what left stand
 * beside each other; thin where it is as it came, double where we have rewritten it, broken where we have made it. Where
 * there is no room for lanes, packets are lines of text.
 */
public final class LadderPainter {
    /** Below this many columns between two lanes, arrows cannot be read. */
    private static final int NARROWEST = 13;

    private static final int TIME = 10;
    private static final int STEP = 9;

    private final Ladder ladder;
    private final Canvas canvas;
    private final int firstServer;
    private final int[] lanes;
    private final boolean wide;

    /**
     * A painter for one picture.
     *
     * @param firstServer how many servers are out of sight on the left, if not all fit
     */
    public LadderPainter(Canvas canvas, Ladder ladder, int firstServer) {
        this.canvas = canvas;
        this.ladder = ladder;
        this.wide = canvas.columns() >= 100;
        int left = margin() + 4;
        int room = canvas.columns() - left - 3;
        int servers = ladder.lanes().size() - 2;
        int fitting = Math.max(1, Math.min(Math.max(1, servers), room / NARROWEST - 1));
        this.firstServer = Math.max(0, Math.min(firstServer, servers - fitting));
        int shown = Math.min(servers, fitting) + 2;
        lanes = new int[shown];
        int gap = Math.min(44, room / Math.max(1, shown - 1));
        for (int i = 0; i < shown; i++) {
            lanes[i] = left + i * gap;
        }
    }

    /** Whether lanes can be drawn at all. */
    public static boolean fits(Canvas canvas) {
        return canvas.columns() >= 60;
    }

    private int margin() {
        return wide ? TIME + STEP : TIME;
    }

    /** Where a lane stands, -1 if it is out of sight. */
    private int x(int lane) {
        if (lane < 2) {
            return lanes[lane];
        }
        int at = lane - firstServer;
        return at >= 2 && at < lanes.length ? lanes[at] : -1;
    }

    /** The names of the lanes, in two rows. */
    public void heads(int y) {
        canvas.put(0, y, Text.cell("TIME", TIME, false), Style.FAINT);
        if (wide) {
            canvas.put(TIME, y, Text.cell("STEP", STEP, false), Style.FAINT);
        }
        for (int i = 0; i < lanes.length; i++) {
            int lane = i < 2 ? i : i + firstServer;
            Lane who = ladder.lanes().get(lane);
            // The last lane stands at the edge: what is centred on it has half a gap on the right.
            int right = canvas.columns() - lanes[i];
            int gap = lanes[1] - lanes[0];
            int room = (i == lanes.length - 1 ? Math.min(gap, gap / 2 + right) : gap) - 1;
            centre(lanes[i], y, Text.clip(name(who, lane, room), room), Style.TITLE);
            if (who.endpoint().isPresent()) {
                String address = who.endpoint().get().toString();
                String fitting = address.length() > room ? Text.cell(address, room, true) : address;
                centre(lanes[i], y + 1, fitting, Style.FAINT);
            } else {
                centre(lanes[i], y + 1, "│", Style.FAINT);
            }
        }
        int hidden = ladder.lanes().size() - lanes.length;
        if (hidden > 0) {
            canvas.putRight(y, (firstServer > 0 ? "‹ " : "") + hidden + " more ›", Style.KEY);
        }
    }

    private static String name(Lane who, int lane, int room) {
        if (lane < 2) {
            return who.name();
        }
        String full = "server " + who.name() + (who.original() ? " (original)" : "");
        return full.length() <= room ? full : who.name() + (who.original() ? " (original)" : "");
    }

    private void centre(int x, int y, String text, Style style) {
        int half = text.length() / 2;
        int at = Math.max(0, Math.min(x - half, canvas.columns() - text.length()));
        canvas.put(at, y, text, style);
    }

    /**
     * Draws a row.
     *
     * @param start when the ladder begins
     * @param before when the row before it was
     */
    public void row(int y, Row row, long start, long before, boolean selected) {
        Style faint = selected ? Style.SELECTED : Style.FAINT;
        if (selected) {
            canvas.fill(y, ' ', Style.SELECTED);
        }
        canvas.put(0, y, time(row.nanos() - start), faint);
        if (wide) {
            canvas.put(TIME, y, Text.cell(step(row.nanos() - before), STEP, false), faint);
        }
        if (row instanceof Row.Decision decision) {
            decision(y, decision, selected);
        } else if (row instanceof Row.Gap gap) {
            lanes(y, faint);
            String text = " " + gap.forgotten() + " packets are not on record any more ";
            canvas.put(lanes[0] + 2, y, text, faint);
        } else if (row instanceof Row.Arrow arrow) {
            arrow(y, arrow.packet(), selected);
        }
    }

    /** Seconds and microseconds since the first row. */
    public static String time(long nanos) {
        return String.format(Locale.ROOT, "%" + TIME + ".6f", nanos / 1e9);
    }

    private static String step(long nanos) {
        return nanos < 500 ? "" : "+" + Figures.duration(nanos);
    }

    private void lanes(int y, Style style) {
        for (int lane : lanes) {
            canvas.put(lane, y, "│", style);
        }
    }

    private void decision(int y, Row.Decision decision, boolean selected) {
        Style style =
                selected
                        ? Style.SELECTED
                        : switch (decision.weight()) {
                            case PLAIN -> Style.DECISION;
                            case TROUBLE -> Style.CHANGED;
                            case SAVED -> Style.GOOD;
                            case LOST -> Style.BAD;
                        };
        int from = lanes[0] - 2;
        int width = canvas.columns() - from;
        String text = Text.clip("━━ " + decision.sentence() + " ", width);
        canvas.put(from, y, text + "━".repeat(Math.max(0, width - text.length())), style);
    }

    private void arrow(int y, TracedPacket packet, boolean selected) {
        lanes(y, selected ? Style.SELECTED : Style.FAINT);
        Way way = packet.way();
        boolean rewritten = way == Way.PASSED && !Arrays.equals(packet.before(), packet.after());
        Style style = selected ? Style.SELECTED : style(packet);
        int us = lanes[Ladder.UNDERSTUDY];
        if (packet.touchesClient()) {
            char line = way == Way.MADE ? '┄' : rewritten && !packet.up() ? '═' : '─';
            segment(
                    y,
                    lanes[Ladder.CLIENT],
                    us,
                    packet.up(),
                    line,
                    ArrowText.labels(packet, true),
                    style);
        }
        if (packet.touchesServer() && packet.server() != null) {
            int server = x(ladder.lane(packet.server()));
            char line = way == Way.MADE ? '┄' : rewritten && packet.up() ? '═' : '─';
            List<String> labels = ArrowText.labels(packet, false);
            if (server < 0) {
                canvas.put(
                        us + 2,
                        y,
                        Text.clip(labels.get(0) + " (out of sight)", lanes[lanes.length - 1] - us),
                        style);
            } else if (server > us) {
                segment(y, us, server, packet.up(), line, labels, style);
            }
        }
        String sign =
                switch (way) {
                    case PASSED -> "┼";
                    case HELD -> "■";
                    case MADE -> "◆";
                };
        canvas.put(
                us,
                y,
                sign,
                selected ? Style.SELECTED : way == Way.PASSED ? Style.FAINT : Style.CHANGED);
    }

    private static Style style(TracedPacket packet) {
        if (packet.icmp() || (packet.flags() & 0x04) != 0) {
            return Style.BAD;
        }
        if (packet.retransmission()) {
            return Style.BUSY;
        }
        return packet.up() ? Style.UP : Style.DOWN;
    }

    /** An arrow between two lanes; it crosses those in between. */
    private void segment(
            int y, int from, int to, boolean right, char line, List<String> labels, Style style) {
        StringBuilder shaft = new StringBuilder(String.valueOf(line).repeat(to - from - 1));
        for (int lane : lanes) {
            if (lane > from && lane < to) {
                shaft.setCharAt(lane - from - 1, line == '═' ? '╪' : '┼');
            }
        }
        if (right) {
            shaft.setCharAt(shaft.length() - 1, '▶');
        } else {
            shaft.setCharAt(0, '◀');
        }
        // Between two lanes the words are centred; behind them they stand in the last gap, at the
        // arrow's server, if enough of them fits there, so that no lane is written over.
        int gap = Math.min(shaft.length(), lanes[1] - lanes[0] - 1);
        Optional<String> near = fitting(labels.subList(0, Math.min(3, labels.size())), gap - 4);
        String label = near.or(() -> fitting(labels, shaft.length() - 6)).orElse(last(labels));
        String text = Text.clip(" " + label + " ", shaft.length() - 2);
        int begin = near.isPresent() ? shaft.length() - gap : 0;
        int room = near.isPresent() ? gap : shaft.length();
        int at = begin + Math.max(1, (room - text.length()) / 2);
        shaft.replace(at, at + text.length(), text);
        canvas.put(from + 1, y, shaft.toString(), style);
    }

    private static Optional<String> fitting(List<String> labels, int room) {
        return labels.stream().filter(label -> label.length() <= room).findFirst();
    }

    private static String last(List<String> labels) {
        return labels.get(labels.size() - 1);
    }
}
