package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.tui.ladder.ArrowText;
import dev.understudy.tui.packet.Dissection;
import dev.understudy.tui.packet.Pair;
import dev.understudy.tui.packet.Part;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Cursor;
import dev.understudy.tui.widget.HexDump;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One packet as it came and as it left, field beside field and byte beside byte. What was rewritten is marked by ≠; the bytes
 * of the selected field are marked in both.
 */
final class PacketView implements View {
    private static final int NAME = 18;

    private final List<TracedPacket> packets;
    private final Function<TracedPacket, String> server;
    private final Cursor cursor = new Cursor();
    private int at;
    private List<Pair> all = List.of();
    private List<Pair> pairs = List.of();
    private boolean changedOnly;

    PacketView(List<TracedPacket> packets, int at, Function<TracedPacket, String> server) {
        this.packets = packets;
        this.at = at;
        this.server = server;
        turnTo(at);
    }

    @Override
    public String name() {
        return "packet " + packet().number();
    }

    private TracedPacket packet() {
        return packets.get(at);
    }

    private void turnTo(int index) {
        at = Math.max(0, Math.min(index, packets.size() - 1));
        TracedPacket p = packet();
        all =
                Pair.of(
                        Dissection.of(p.before(), p.lengthBefore()),
                        Dissection.of(p.after(), p.lengthAfter()));
        choose();
    }

    private void choose() {
        pairs =
                changedOnly
                        ? all.stream()
                                .filter(pair -> pair.any().depth() == 0 || pair.changed())
                                .toList()
                        : all;
    }

    @Override
    public List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        keys.add(Key.of("n Right", "next", "the next packet", () -> turnTo(at + 1)));
        keys.add(Key.of("N Left", "before", "the packet before", () -> turnTo(at - 1)));
        keys.add(
                Key.of(
                        "c",
                        changedOnly ? "all fields" : "changed",
                        "only fields that were rewritten, or all",
                        () -> {
                            changedOnly = !changedOnly;
                            choose();
                        }));
        keys.add(Key.of("d", "the next field that was rewritten", () -> jump(1)));
        keys.add(Key.of("D", "the rewritten field before", () -> jump(-1)));
        keys.addAll(cursor.keys("field"));
        return keys;
    }

    private void jump(int by) {
        for (int i = cursor.row() + by; i >= 0 && i < pairs.size(); i += by) {
            if (pairs.get(i).changed()) {
                cursor.select(i);
                return;
            }
        }
    }

    @Override
    public void scroll(int by) {
        cursor.move(by);
    }

    @Override
    public void paint(Canvas area) {
        TracedPacket p = packet();
        int columns = area.columns();
        boolean passed = p.way() == TracedPacket.Way.PASSED;
        int name = columns >= 60 ? NAME : 12;
        int side = passed ? (columns - name - 2) / 2 : columns - name - 2;
        String to = server.apply(p).isEmpty() ? "the network" : "server " + server.apply(p);
        String came = p.up() ? "as it came from the client" : "as it came from " + to;
        String left = p.up() ? "as it left for " + to : "as it left for the client";
        String what =
                switch (p.way()) {
                    case PASSED -> "";
                    case HELD -> "held back here; ";
                    case MADE -> "made here; ";
                };
        long changed = all.stream().filter(Pair::changed).count();
        String head =
                "packet "
                        + p.number()
                        + "  "
                        + ArrowText.flags(p)
                        + ArrowText.words(p).map(w -> "  " + w).orElse("")
                        + "  "
                        + (passed
                                ? changed + (changed == 1 ? " field" : " fields") + " rewritten"
                                : what + "there is only one side of it");
        area.put(0, 0, Text.clip(head, columns), Style.BOLD);
        int first = name + 1;
        int second = first + side + 1;
        if (passed) {
            area.put(first, 1, Text.clip(came, side), Style.HEADING);
            area.put(second, 1, Text.clip(left, side), Style.HEADING);
        } else {
            area.put(first, 1, p.lengthBefore() > 0 ? came : left, Style.HEADING);
        }
        int width = HexDump.widthFor(passed ? (columns - 2) / 2 : columns - 2);
        int hexRows = area.rows() >= 16 && width > 0 ? Math.max(4, (area.rows() - 3) * 2 / 5) : 0;
        int visible = area.rows() - 2 - (hexRows > 0 ? hexRows + 1 : 0);
        cursor.fit(pairs.size(), visible);
        for (int i = 0; i < visible && cursor.top() + i < pairs.size(); i++) {
            int row = cursor.top() + i;
            field(
                    area,
                    2 + i,
                    pairs.get(row),
                    row == cursor.row(),
                    name,
                    first,
                    passed ? second : -1,
                    side);
        }
        if (hexRows > 0) {
            hex(area, area.rows() - hexRows - 1, hexRows, width, passed);
        }
    }

    private static void field(
            Canvas area,
            int y,
            Pair pair,
            boolean selected,
            int name,
            int first,
            int second,
            int side) {
        Part any = pair.any();
        Style style =
                selected
                        ? Style.SELECTED
                        : pair.changed()
                                ? Style.CHANGED
                                : any.depth() == 0 ? Style.TITLE : Style.PLAIN;
        if (selected) {
            area.fill(y, ' ', Style.SELECTED);
        }
        String sign = pair.changed() ? "≠ " : "  ";
        String label = any.depth() == 0 ? any.name() : sign + any.name();
        area.put(0, y, Text.clip(label, name), style);
        if (second < 0) {
            area.put(first, y, Text.clip(any.value(), side), style);
            return;
        }
        area.put(first, y, Text.clip(pair.came().map(Part::value).orElse("-"), side), style);
        area.put(second, y, Text.clip(pair.left().map(Part::value).orElse("-"), side), style);
    }

    private void hex(Canvas area, int y, int rows, int width, boolean passed) {
        area.fill(y, '─', Style.FAINT);
        Optional<Pair> selected =
                cursor.row() < pairs.size()
                        ? Optional.of(pairs.get(cursor.row()))
                        : Optional.empty();
        TracedPacket p = packet();
        int half = passed ? (area.columns() - 2) / 2 : area.columns();
        if (p.lengthBefore() > 0) {
            HexDump.paint(
                    area.part(0, y + 1, half, rows),
                    p.before(),
                    width,
                    selected.flatMap(Pair::came).map(PacketView::range).orElse(HexDump.NOTHING));
        }
        if (p.lengthAfter() > 0) {
            int x = passed ? half + 2 : 0;
            HexDump.paint(
                    area.part(x, y + 1, half, rows),
                    p.after(),
                    width,
                    selected.flatMap(Pair::left).map(PacketView::range).orElse(HexDump.NOTHING));
        }
    }

    private static HexDump.Range range(Part part) {
        return new HexDump.Range(part.offset(), part.offset() + part.length());
    }
}
