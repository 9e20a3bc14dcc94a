package dev.understudy.dispatcher.control.api;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** Which sessions a request asks for, and in which order. */
final class SessionFilter {
    static final String[] PARAMETERS = {
        "service",
        "server",
        "client",
        "original",
        "phase",
        "state",
        "hidden",
        "sort",
        "limit",
        "offset"
    };

    private static final String ORDERS =
            "id, age, idle, up, down, bytes, rtt, delta, hidden, moves or stored";

    private SessionFilter() {}

    static Predicate<SessionView> of(Request request) {
        return same(request.text("service"), SessionView::service)
                .and(address(request.text("server"), SessionView::server))
                .and(address(request.text("client"), SessionView::client))
                .and(address(request.text("original"), SessionView::original))
                .and(same(request.text("phase"), SessionView::phase))
                .and(
                        request.text("state")
                                .<Predicate<SessionView>>map(
                                        state ->
                                                s ->
                                                        s.clientState().equalsIgnoreCase(state)
                                                                || s.serverState()
                                                                        .equalsIgnoreCase(state))
                                .orElse(s -> true))
                .and(request.flag("hidden") ? s -> s.hidden() > 0 : s -> true);
    }

    private interface Field {
        Object of(SessionView session);
    }

    private static Predicate<SessionView> same(Optional<String> wanted, Field field) {
        return wanted.<Predicate<SessionView>>map(
                        text -> s -> text.equalsIgnoreCase(String.valueOf(field.of(s))))
                .orElse(s -> true);
    }

    /** With the port or without. */
    private static Predicate<SessionView> address(Optional<String> wanted, Field field) {
        return wanted.<Predicate<SessionView>>map(
                        text ->
                                s -> {
                                    String is = String.valueOf(field.of(s));
                                    return is.equals(text)
                                            || is.startsWith(text + ":")
                                            || is.startsWith("[" + text + "]");
                                })
                .orElse(s -> true);
    }

    static Comparator<SessionView> order(Request request) {
        String sort = request.text("sort").orElse("id").toLowerCase(Locale.ROOT);
        boolean down = sort.startsWith("-");
        Comparator<SessionView> order =
                switch (down ? sort.substring(1) : sort) {
                    case "id" -> Comparator.comparingLong(SessionView::id);
                    case "age" -> Comparator.comparingLong(SessionView::openedAt).reversed();
                    case "idle" -> Comparator.comparingLong(SessionView::lastPacketAt).reversed();
                    case "up" -> Comparator.comparingLong(SessionView::bytesUp);
                    case "down" -> Comparator.comparingLong(SessionView::bytesDown);
                    case "bytes" -> Comparator.comparingLong(s -> s.bytesUp() + s.bytesDown());
                    case "rtt" -> Comparator.comparingLong(SessionView::roundTripNanos);
                    case "delta" -> Comparator.comparingInt(SessionView::delta);
                    case "hidden" -> Comparator.comparingInt(SessionView::hidden);
                    case "moves" -> Comparator.comparingInt(SessionView::moves);
                    case "stored" -> Comparator.comparingLong(SessionView::storedBytes);
                    default ->
                            throw new IllegalArgumentException(
                                    "'sort' is "
                                            + ORDERS
                                            + ", with '-' in front for the largest first.");
                };
        return (down ? order.reversed() : order).thenComparingLong(SessionView::id);
    }

    static List<SessionView> page(List<SessionView> all, long offset, long limit) {
        return all.stream().skip(offset).limit(limit).toList();
    }
}
