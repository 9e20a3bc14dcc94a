package dev.understudy.tui.replay;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.HistogramView;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.dispatcher.control.Snapshot.Standing;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tui.model.Past;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Plays a recording at the speed at which it happened, as a dispatcher that can only be looked at. Events tell what was
 * decided, not what was carried: sessions have no bytes, and servers what they won and lost.
 */
public final class ReplayControl implements Control {
    private final Recording recording;
    private final LongSupplier clock;
    private final long start;
    private final Past past = new Past();
    private final Map<Endpoint, ServerView> servers = new LinkedHashMap<>();
    private final Map<String, Long> counters = new LinkedHashMap<>();

    /** The services of live sessions: what happens to a session tells of a server of its service. */
    private final Map<Long, String> services = new HashMap<>();

    private int played;

    /**
     * A recording that begins now.
     *
     * @param clock nanoseconds that pass, from anywhere
     */
    public ReplayControl(Recording recording, LongSupplier clock) {
        this.recording = recording;
        this.clock = clock;
        this.start = clock.getAsLong();
        for (String counter :
                List.of("sessions-opened", "failures-hidden", "failures-shown", "relocations")) {
            counters.put(counter, 0L);
        }
    }

    private long now() {
        return Math.min(clock.getAsLong() - start, recording.length().toNanos() + 1);
    }

    /** Goes on to the present. */
    private void play() {
        long now = now();
        List<Event> events = recording.events();
        while (played < events.size() && events.get(played).nanos() <= now) {
            Event event = events.get(played++);
            past.take(event);
            switch (event.kind()) {
                case OPENED -> {
                    count("sessions-opened");
                    services.put(event.session(), event.text());
                }
                case CLOSED, RESET, EXPIRED -> services.remove(event.session());
                case HIDDEN -> count("failures-hidden");
                case EXHAUSTED -> count("failures-shown");
                case RELOCATED -> count("relocations");
                default -> {}
            }
            if (event.server() != null && event.kind() != Event.Kind.OPENED) {
                servers.put(
                        event.server(),
                        after(event, services.get(event.session()), servers.get(event.server())));
            }
        }
    }

    private void count(String counter) {
        counters.merge(counter, 1L, Long::sum);
    }

    private static ServerView after(Event event, String known, ServerView before) {
        String former = before == null ? "" : before.service();
        String service = known == null ? former : known;
        long wins = before == null ? 0 : before.wins();
        long failures = before == null ? 0 : before.failures();
        Standing standing = before == null ? Standing.UP : before.standing();
        Map<String, Long> kinds =
                new LinkedHashMap<>(before == null ? Map.of() : before.failuresByKind());
        switch (event.kind()) {
            case WON, RELOCATED -> wins++;
            case HIDDEN -> {
                failures++;
                kinds.merge(event.text(), 1L, Long::sum);
            }
            case SERVER_DOWN -> standing = Standing.DOWN;
            case SERVER_UP -> standing = Standing.UP;
            default -> {}
        }
        return new ServerView(
                service,
                event.server(),
                true,
                1,
                false,
                standing,
                false,
                0,
                0,
                wins,
                failures,
                kinds,
                -1,
                HistogramView.EMPTY,
                HistogramView.EMPTY,
                0,
                0);
    }

    @Override
    public synchronized Snapshot snapshot() {
        play();
        List<SessionView> live = past.open();
        return new Snapshot(
                now(),
                recording.begin().toEpochMilli() + now() / 1_000_000,
                live,
                List.of(),
                new ArrayList<>(servers.values()),
                List.of(),
                List.of(),
                new LinkedHashMap<>(counters));
    }

    @Override
    public synchronized List<Event> events(long after, int most) {
        play();
        int from = (int) Math.max(0, Math.min(after, played));
        return recording.events().subList(from, (int) Math.min(played, from + (long) most));
    }
}
