package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tui.model.Feed;
import dev.understudy.tui.model.Past;
import dev.understudy.tui.widget.Column;
import dev.understudy.tui.widget.Style;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** The columns that a table of sessions can have, in the order in which they stand on the screen unless somebody chose another. */
final class SessionColumns {
    /** Shown unless chosen otherwise. */
    static final List<String> USUAL =
            List.of(
                    "id",
                    "state",
                    "service",
                    "client",
                    "original",
                    "server",
                    "cli-leg",
                    "srv-leg",
                    "delta",
                    "up",
                    "down",
                    "flow",
                    "rtt",
                    "age",
                    "hidden",
                    "idle",
                    "moved");

    /** Which ones a narrow terminal keeps: the first ones. */
    static final List<String> BY_IMPORTANCE =
            List.of(
                    "id",
                    "server",
                    "state",
                    "client",
                    "hidden",
                    "original",
                    "srv-leg",
                    "cli-leg",
                    "down",
                    "delta",
                    "rtt",
                    "flow",
                    "age",
                    "service",
                    "up",
                    "moved",
                    "idle",
                    "stored",
                    "packets",
                    "local",
                    "impaired");

    private final List<Column<SessionView>> all = new ArrayList<>();
    private final Feed feed;

    SessionColumns(Feed feed, FlowMeters flows) {
        this.feed = feed;
        add(
                "id",
                "ID",
                3,
                7,
                false,
                "its number",
                s -> Long.toString(s.id()),
                byLong(SessionView::id));
        all.add(
                new Column<>(
                        "state",
                        "STATE",
                        10,
                        10,
                        true,
                        "what it is doing, or how it ended",
                        SessionView::phase,
                        SessionColumns::phase,
                        total(Comparator.comparing(SessionView::phase))));
        add(
                "service",
                "SERVICE",
                4,
                12,
                true,
                "the service that it belongs to",
                SessionView::service,
                total(Comparator.comparing(SessionView::service)));
        add(
                "client",
                "CLIENT",
                16,
                21,
                true,
                "the client's end",
                s -> text(s.client()),
                byEndpoint(SessionView::client));
        add(
                "original",
                "ORIGINAL",
                13,
                21,
                true,
                "what the client asked for",
                s -> text(s.original()),
                byEndpoint(SessionView::original));
        add(
                "server",
                "SERVER",
                14,
                23,
                true,
                "who plays the original's part",
                s -> Names.full(feed.snapshot(), s.service(), s.server()),
                byEndpoint(SessionView::server));
        all.add(
                new Column<>(
                        "cli-leg",
                        "CLI-LEG",
                        8,
                        11,
                        true,
                        "TCP state of the client leg",
                        s -> tcp(s.clientState()),
                        s -> leg(s.clientState()),
                        total(Comparator.comparing(SessionView::clientState))));
        all.add(
                new Column<>(
                        "srv-leg",
                        "SRV-LEG",
                        8,
                        11,
                        true,
                        "TCP state of the server leg",
                        s -> tcp(s.serverState()),
                        s -> leg(s.serverState()),
                        total(Comparator.comparing(SessionView::serverState))));
        add(
                "delta",
                "DELTA",
                11,
                11,
                false,
                "server's sequence number minus the client's view of it",
                s -> Integer.toString(s.delta()),
                byLong(SessionView::delta));
        add(
                "up",
                "UP",
                4,
                5,
                false,
                "bytes from the client",
                s -> Figures.bytes(s.bytesUp()),
                byLong(SessionView::bytesUp));
        add(
                "down",
                "DOWN",
                4,
                5,
                false,
                "bytes to the client",
                s -> Figures.bytes(s.bytesDown()),
                byLong(SessionView::bytesDown));
        add(
                "flow",
                "FLOW",
                FlowMeters.BARS,
                FlowMeters.BARS,
                true,
                "throughput of the last seconds, of rows on the screen",
                flows::line,
                byLong(flows::rate));
        add(
                "rtt",
                "RTT",
                6,
                7,
                false,
                "how long the server took to answer the SYN",
                s ->
                        s.roundTripNanos() < 0
                                ? "-"
                                : Figures.duration(s.roundTripNanos()).replace(" ", ""),
                byLong(SessionView::roundTripNanos));
        add(
                "age",
                "AGE",
                3,
                4,
                false,
                "since the client's SYN, or how long it lasted",
                s -> Figures.age(age(s)),
                byLong(this::age));
        all.add(
                new Column<>(
                        "hidden",
                        "HID",
                        3,
                        3,
                        false,
                        "failures that its client did not see",
                        s -> Integer.toString(s.hidden()),
                        s -> s.hidden() > 0 ? Style.GOOD : Style.PLAIN,
                        byLong(SessionView::hidden)));
        add(
                "idle",
                "IDLE",
                4,
                4,
                false,
                "since the last packet",
                s -> Figures.age(idle(s, feed.now())),
                byLong(s -> idle(s, feed.now())));
        all.add(
                new Column<>(
                        "moved",
                        "MOV",
                        3,
                        3,
                        false,
                        "how often it went on with another server",
                        s -> Integer.toString(s.moves()),
                        s -> s.moves() > 0 ? Style.GOOD : Style.PLAIN,
                        byLong(SessionView::moves)));
        add(
                "stored",
                "STORE",
                5,
                5,
                false,
                "bytes kept for a replay",
                s -> Figures.bytes(s.storedBytes()),
                byLong(SessionView::storedBytes));
        add(
                "packets",
                "PKTS",
                5,
                7,
                false,
                "packets of both sides",
                s -> Long.toString(s.packets()),
                byLong(SessionView::packets));
        add(
                "local",
                "LOCAL",
                16,
                21,
                true,
                "our own end toward the server",
                s -> text(s.local()),
                byEndpoint(SessionView::local));
        add(
                "impaired",
                "IMPAIRED",
                8,
                20,
                true,
                "what was asked to be done to it",
                s -> s.impairment().isEmpty() ? "-" : s.impairment(),
                total(Comparator.comparing(SessionView::impairment)));
    }

    List<Column<SessionView>> all() {
        return all;
    }

    List<Column<SessionView>> named(List<String> names) {
        return names.stream().map(this::named).toList();
    }

    Column<SessionView> named(String name) {
        return all.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
    }

    /** How old a live session is, or how old one became. */
    long age(SessionView s) {
        return Past.isOver(s) ? s.lastPacketAt() - s.openedAt() : s.ageAt(feed.now());
    }

    /** Since its last packet, as far as we know. */
    static long idle(SessionView s, long now) {
        return Past.isOver(s) ? Math.max(0, now - s.lastPacketAt()) : Math.max(0, s.idleNanos());
    }

    /** All that its columns say, in lower case: what a search looks through. */
    String everything(SessionView s) {
        StringBuilder text = new StringBuilder();
        for (String name :
                List.of(
                        "id",
                        "state",
                        "service",
                        "client",
                        "original",
                        "server",
                        "cli-leg",
                        "srv-leg")) {
            text.append(named(name).text().apply(s)).append(' ');
        }
        return text.toString().toLowerCase(java.util.Locale.ROOT);
    }

    private void add(
            String name,
            String heading,
            int least,
            int most,
            boolean left,
            String what,
            Function<SessionView, String> text,
            Comparator<SessionView> order) {
        all.add(
                new Column<>(
                        name, heading, least, most, left, what, text, s -> Style.PLAIN, order));
    }

    /** Never undecided, so that equal rows do not swap places between two pictures. */
    private static Comparator<SessionView> total(Comparator<SessionView> order) {
        return order.thenComparingLong(SessionView::id);
    }

    private static Comparator<SessionView> byLong(
            java.util.function.ToLongFunction<SessionView> of) {
        // By hand, since this is asked for every row of a large table ten times a second.
        return (a, b) -> {
            int order = Long.compare(of.applyAsLong(a), of.applyAsLong(b));
            return order != 0 ? order : Long.compare(a.id(), b.id());
        };
    }

    private static Comparator<SessionView> byEndpoint(Function<SessionView, Endpoint> of) {
        return total(Comparator.comparing(of, Comparator.nullsFirst(Comparator.naturalOrder())));
    }

    private static String text(Endpoint endpoint) {
        return endpoint == null ? "-" : endpoint.toString();
    }

    private static Style phase(SessionView session) {
        return switch (session.phase()) {
            case "relaying" -> Style.GOOD;
            case "relocating", "failed", "reset" -> Style.BAD;
            case "opening", "binding" -> Style.BUSY;
            default -> Style.PLAIN;
        };
    }

    private static Style leg(String state) {
        return switch (state) {
            case "ESTABLISHED" -> Style.GOOD;
            case "", "CLOSED", "TIME-WAIT" -> Style.PLAIN;
            default -> Style.BUSY;
        };
    }

    /** TCP states as ss prints them: the long names of RFC 9293 would cost two columns. */
    private static String tcp(String name) {
        return switch (name) {
            case "" -> "-";
            case "ESTABLISHED" -> "ESTAB";
            case "SYN-RECEIVED" -> "SYN-RECV";
            default -> name;
        };
    }
}
