package dev.understudy.tui;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.HistogramView;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.dispatcher.control.Snapshot.Standing;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A dispatcher as the monitor sees it, with a scene that a test can change. */
final class FakeControl implements Control {
    static final long SECOND = 1_000_000_000L;
    private static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:80");
    private static final Endpoint FIRST = Endpoint.parse("10.20.0.11:80");
    private static final Endpoint SECOND_SERVER = Endpoint.parse("10.20.0.12:8080");

    private final List<Event> events = new ArrayList<>();
    private List<SessionView> sessions = new ArrayList<>();
    private List<ServerView> servers = List.of();
    private final Map<String, Long> counters = new LinkedHashMap<>();
    private long nanos;

    /** Three sessions, one of them opening, after the first server has died. */
    static FakeControl scene() {
        FakeControl control = new FakeControl();
        control.nanos = 1000 * SECOND;
        control.servers =
                List.of(
                        server(FIRST, false, 0, 12, 3, 412_000),
                        server(SECOND_SERVER, true, 2, 4, 0, 1_250_000),
                        server(Endpoint.parse("10.20.0.13:80"), true, 0, 0, 0, -1));
        control.counters.put(Counter.SESSIONS_OPENED.label(), 41L);
        control.counters.put(Counter.FAILURES_HIDDEN.label(), 3L);
        control.counters.put(Counter.FAILURES_SHOWN.label(), 0L);
        control.counters.put(Counter.BAD_CHECKSUM.label(), 2L);
        control.counters.put("frames-dropped", 5L);
        control.add(
                session(39, "10.111.0.1:40112", SECOND_SERVER, "ESTABLISHED", -1_234_567_890, 0));
        control.add(session(40, "10.111.0.1:40114", SECOND_SERVER, "ESTABLISHED", 77, 1));
        control.add(session(41, "10.111.0.1:40120", FIRST, "SYN-SENT", 0, 0));
        control.say(38, Kind.OPENED, ORIGINAL, 0, "");
        control.say(38, Kind.HIDDEN, FIRST, 310_000, "refused");
        control.say(0, Kind.SERVER_DOWN, FIRST, 30 * SECOND, "refused");
        control.say(38, Kind.WON, SECOND_SERVER, 1_700_000, "");
        control.say(38, Kind.CLOSED, SECOND_SERVER, 5120, "");
        control.say(40, Kind.HIDDEN, FIRST, 250_000_000, "slow");
        return control;
    }

    private static ServerView server(
            Endpoint endpoint, boolean up, int sessions, long wins, long failures, long rtt) {
        return new ServerView(
                "shop",
                endpoint,
                true,
                1,
                false,
                up ? Standing.UP : Standing.DOWN,
                false,
                up ? 0 : 4 * SECOND,
                sessions,
                wins,
                failures,
                failures == 0 ? Map.of() : Map.of("reset", failures),
                rtt,
                HistogramView.EMPTY,
                HistogramView.EMPTY);
    }

    static SessionView session(
            long id, String client, Endpoint server, String serverState, int delta, int hidden) {
        return new SessionView(
                id,
                "shop",
                "tcp",
                Endpoint.parse(client),
                ORIGINAL,
                server,
                Endpoint.parse("10.112.0.2:40112"),
                serverState.equals("SYN-SENT") ? "Opening" : "Relaying",
                serverState.equals("SYN-SENT") ? "SYN-SENT" : "ESTABLISHED",
                serverState,
                delta,
                78,
                1_234_567,
                24,
                1,
                74,
                (1000 - 75) * SECOND,
                (1000 - 3) * SECOND,
                412_000,
                hidden,
                0,
                "",
                false,
                1000 * SECOND);
    }

    synchronized void add(SessionView session) {
        sessions.add(session);
    }

    synchronized void remove(long id) {
        sessions = new ArrayList<>(sessions);
        sessions.removeIf(s -> s.id() == id);
    }

    synchronized void say(long session, Kind kind, Endpoint server, long number, String text) {
        Endpoint client = session == 0 ? null : Endpoint.parse("10.111.0.1:40110");
        events.add(
                new Event(events.size() + 1, nanos, session, kind, client, server, number, text));
    }

    @Override
    public synchronized Snapshot snapshot() {
        return new Snapshot(
                nanos,
                0,
                List.copyOf(sessions),
                List.of(),
                servers,
                List.of(),
                List.of(),
                new LinkedHashMap<>(counters));
    }

    @Override
    public synchronized List<Event> events(long after, int most) {
        return events.stream().filter(e -> e.id() > after).limit(most).toList();
    }
}
