package dev.understudy.tui;

import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.HistogramView;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.LimitView;
import dev.understudy.dispatcher.control.Snapshot.LinkView;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.dispatcher.control.Snapshot.ServiceView;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.dispatcher.control.Snapshot.Standing;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A dispatcher as the monitor sees it, with a scene that a test can change. */
public final class FakeControl implements Control {
    static final long SECOND = 1_000_000_000L;
    static final long NOON = 1_767_268_800_000L;
    static final long TALKED = 38;
    static final Endpoint CLIENT = Endpoint.parse("10.111.0.1:40110");
    static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:80");
    public static final Endpoint A = ORIGINAL;
    public static final Endpoint B = Endpoint.parse("10.20.0.11:80");
    static final Endpoint C = Endpoint.parse("10.20.0.12:8080");

    private final List<Event> events = new ArrayList<>();
    private final List<TracedPacket> packets = new ArrayList<>();
    private final List<Command> commands = new ArrayList<>();
    private final Set<Endpoint> drained = new HashSet<>();
    private final Map<String, Long> counters = new LinkedHashMap<>();
    private List<SessionView> sessions = new ArrayList<>();
    private long nanos = 1000 * SECOND;
    private long traffic;

    private FakeControl() {
        counters.put(Counter.SESSIONS_OPENED.label(), 41L);
        counters.put(Counter.FAILURES_HIDDEN.label(), 3L);
        counters.put(Counter.FAILURES_SHOWN.label(), 0L);
        counters.put(Counter.RELOCATIONS.label(), 1L);
        counters.put(Counter.OUT_OF_SEQUENCE.label(), 4L);
        counters.put(Counter.BAD_CHECKSUM.label(), 2L);
        counters.put(Counter.LIMIT_SESSIONS.label(), 0L);
        counters.put("sessions", 3L);
        counters.put("us0 frames in", 182_441L);
        counters.put("dropped: us0 refused by the device", 5L);
    }

    /** Nothing has happened yet. */
    public static FakeControl empty() {
        return new FakeControl();
    }

    /** Three sessions, one of them opening, after the first server has died. */
    public static FakeControl scene() {
        FakeControl control = PatentFigures.fig5();
        control.say(0, null, Kind.SERVER_DOWN, A, 30 * SECOND, "refused");
        control.pass(SECOND);
        control.add(session(39, "10.111.0.1:40112", B, "ESTABLISHED", -1_234_567_890, 0));
        control.add(session(40, "10.111.0.1:40114", C, "ESTABLISHED", 77, 1));
        control.add(session(41, "10.111.0.1:40120", A, "SYN-SENT", 0, 0));
        control.say(40, Kind.HIDDEN, B, 250_000_000, "slow");
        control.pass(SECOND);
        return control;
    }

    static SessionView session(
            long id, String client, Endpoint server, String serverState, int delta, int hidden) {
        boolean opening = serverState.equals("SYN-SENT");
        return new SessionView(
                id,
                "shop",
                "tcp",
                Endpoint.parse(client),
                ORIGINAL,
                server,
                Endpoint.parse("10.112.0.2:40112"),
                opening ? "opening" : "relaying",
                opening ? "SYN-SENT" : "ESTABLISHED",
                serverState,
                delta,
                78,
                opening ? 0 : 1_234_567,
                24,
                1,
                74,
                (1000 - 75) * SECOND,
                (1000 - 3) * SECOND,
                opening ? -1 : 412_000,
                hidden,
                0,
                "",
                false,
                1000 * SECOND);
    }

    synchronized void add(SessionView session) {
        sessions.add(session);
        nanos++;
    }

    synchronized void remove(long id) {
        sessions = new ArrayList<>(sessions);
        sessions.removeIf(s -> s.id() == id);
        nanos++;
    }

    synchronized void say(long session, Kind kind, Endpoint server, long number, String text) {
        Endpoint client = session == 0 ? null : CLIENT;
        say(session, client, kind, server, number, text);
    }

    synchronized void say(
            long session, Endpoint client, Kind kind, Endpoint server, long number, String text) {
        say(session, client, kind, server, number, text, 0, "");
    }

    synchronized void say(
            long session,
            Endpoint client,
            Kind kind,
            Endpoint server,
            long number,
            String text,
            long bytes,
            String why) {
        events.add(
                new Event(
                        events.size() + 1,
                        nanos,
                        session,
                        kind,
                        client,
                        server,
                        number,
                        text,
                        bytes,
                        why));
    }

    synchronized void record(TracedPacket packet) {
        packets.add(packet);
    }

    synchronized void pass(long time) {
        nanos += time;
    }

    synchronized void carry(long bytes) {
        traffic += bytes;
    }

    synchronized long now() {
        return nanos;
    }

    public synchronized List<Command> commands() {
        return List.copyOf(commands);
    }

    @Override
    public synchronized Snapshot snapshot() {
        return new Snapshot(
                nanos,
                NOON + (nanos - 1000 * SECOND) / 1_000_000,
                List.copyOf(sessions),
                List.of(
                        new ServiceView(
                                "shop",
                                List.of(ORIGINAL.toString()),
                                "staggered",
                                250_000_000,
                                2 * SECOND,
                                3,
                                "connect",
                                List.of("reset", "unreachable", "timeout", "http 404"),
                                3,
                                sessions.size())),
                List.of(
                        server(A, false, 1, 0, 12, 7, Map.of("reset", 6L, "timeout", 1L), 412_000),
                        server(B, true, 2, 1, 4, 0, Map.of(), 1_250_000),
                        server(C, true, 1, 1, 1, 0, Map.of(), -1)),
                List.of(
                        new LinkView(
                                "client",
                                "us0",
                                true,
                                182_441,
                                12_000_000 + traffic / 20,
                                201_000,
                                250_000_000 + traffic,
                                0,
                                ""),
                        new LinkView(
                                "network",
                                "us1",
                                true,
                                201_080,
                                250_100_000,
                                182_500,
                                12_100_000,
                                5,
                                "")),
                List.of(
                        new LimitView(
                                "sessions",
                                3,
                                65_536,
                                0,
                                "sessions",
                                "a connection goes to its original unaltered"),
                        new LimitView(
                                "store",
                                74,
                                268_435_456,
                                0,
                                "bytes",
                                "a connection goes to its original unaltered")),
                new LinkedHashMap<>(counters));
    }

    private ServerView server(
            Endpoint endpoint,
            boolean up,
            int weight,
            int now,
            long wins,
            long failures,
            Map<String, Long> kinds,
            long rtt) {
        return new ServerView(
                "shop",
                endpoint,
                true,
                weight,
                endpoint.equals(C),
                up ? Standing.UP : Standing.DOWN,
                drained.contains(endpoint),
                up ? 0 : 4 * SECOND,
                now,
                wins,
                failures,
                new LinkedHashMap<>(new java.util.TreeMap<>(kinds)),
                rtt,
                histogram(wins, rtt),
                histogram(2 * wins, 9 * rtt),
                3 * failures,
                failures / 3);
    }

    /** So many durations from {@code least} on; none if that is not known. */
    private static HistogramView histogram(long count, long least) {
        if (least < 0) {
            return HistogramView.EMPTY;
        }
        List<Long> counts = new ArrayList<>(HistogramView.EMPTY.counts());
        for (int i = 0; i < count; i++) {
            int bucket = HistogramView.bucket(least + i * least / 6);
            counts.set(bucket, counts.get(bucket) + 1);
        }
        return new HistogramView(counts, least * count);
    }

    @Override
    public synchronized List<Event> events(long after, int most) {
        return events.stream().filter(e -> e.id() > after).limit(most).toList();
    }

    @Override
    public synchronized List<TracedPacket> packets(long session, long after, int most) {
        return packets.stream()
                .filter(p -> p.session() == session && p.number() > after)
                .limit(most)
                .toList();
    }

    @Override
    public synchronized CompletableFuture<Outcome> perform(Command command) {
        commands.add(command);
        nanos++;
        if (command instanceof Command.Drain drain) {
            drained.add(drain.server());
            return done(drain.server() + " gets no new sessions.");
        }
        if (command instanceof Command.Undrain undrain) {
            drained.remove(undrain.server());
            return done(undrain.server() + " gets sessions again.");
        }
        if (command instanceof Command.Relocate relocate && relocate.session() == 41) {
            return CompletableFuture.completedFuture(
                    Outcome.refused("Session #41 has no server to be moved from."));
        }
        return done("Done: " + command.getClass().getSimpleName() + ".");
    }

    private static CompletableFuture<Outcome> done(String sentence) {
        return CompletableFuture.completedFuture(Outcome.done(sentence));
    }

    @Override
    public boolean readOnly() {
        return false;
    }
}
