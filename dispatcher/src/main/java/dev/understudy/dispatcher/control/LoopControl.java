package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A dispatcher as other threads see it. A caller gets what is known at once and never waits for the loop; asking makes the
 * loop read on for the next caller, at most every 100 ms. A caller that dies or hangs costs nothing.
 *
 * <p>The loop gives this a thousandth of its time and no more: what it spends on reading is taken from an allowance that grows
 * by 1 ms a second ({@link Allowance}). It reads first what somebody is looking at, then what is short (servers, counters),
 * each in its {@link Turn}, then the table of sessions from where it had stopped. So a small table is fresh ten times a
 * second, and a large one is read in slices, round by round, while the rows on the screen stay fresh; its new sessions are
 * known by their events until then. What the loop reads is numbers; rows and lists for people are made of them by whoever
 * asks.
 */
public final class LoopControl implements Control {
    private static final long SHORTEST_NANOS = 100_000_000L;

    /** Rows that one look reads before its clock is looked at again. */
    private static final int SLOTS_AT_ONCE = 256;

    private static final int MOST_WANTED = 256;

    /** Rows on a screen get a quarter of a thousandth of the loop's time, and so does all but the sessions. */
    private static final long WANTED_RESTS = 4_000;

    private static final long OVERVIEW_RESTS = 4_000;

    /** What a caller looks at is read again until it has not asked for so long. */
    private static final long WANTED_NANOS = 2_000_000_000L;

    private final Source source;
    private final EventLog events;
    private final PacketBook packets;
    private final Executor loop;
    private final LongSupplier now;
    private final LongSupplier wallMillis;
    private final Supplier<Outcome> reload;
    private final AtomicBoolean asked = new AtomicBoolean();
    private final ConcurrentLinkedQueue<Harvest> harvests = new ConcurrentLinkedQueue<>();
    private final SessionRows rows = new SessionRows();
    private final StoryBook stories;
    private final Allowance allowance;
    private volatile Wanted wanted = new Wanted(List.of(), 0);
    private volatile long askedAt;
    private volatile Supplier<Map<String, Long>> alsoCounted = Map::of;
    private volatile Snapshot last;

    /** When the round of the table began that is under way, and the last one that was finished. */
    private long roundAt;

    private long roundOverAt;
    private boolean betweenRounds = true;
    private long overviewAt;
    private final AtomicLong lookNanos = new AtomicLong();

    /** On the loop, as the allowance is. */
    private final Turn wantedTurn;

    private final Turn overviewTurn;

    /** What one task of the loop has read. */
    private record Harvest(
            long nanos, List<SessionSample> sessions, boolean roundOver, Optional<Overview> rest) {}

    private record Wanted(List<SessionView> sessions, long until) {}

    /**
     * @param loop runs a task on the loop
     * @param now the loop's nanoseconds; callable from any thread
     * @param wallMillis the wall clock, milliseconds since 1970
     * @param reload loads the configuration again; takes its time, and is called on a thread of its own
     */
    public LoopControl(
            Source source,
            EventLog events,
            PacketBook packets,
            Executor loop,
            LongSupplier now,
            LongSupplier wallMillis,
            Supplier<Outcome> reload) {
        this.source = source;
        this.events = events;
        this.packets = packets;
        this.loop = loop;
        this.now = now;
        this.wallMillis = wallMillis;
        this.reload = reload;
        this.stories = new StoryBook(events);
        this.allowance = new Allowance(now.getAsLong());
        this.wantedTurn = new Turn(WANTED_RESTS, now.getAsLong());
        this.overviewTurn = new Turn(OVERVIEW_RESTS, now.getAsLong());
        this.askedAt = now.getAsLong() - SHORTEST_NANOS;
        this.last = Snapshot.EMPTY.at(now.getAsLong(), wallMillis.getAsLong());
        this.roundOverAt = askedAt;
        this.overviewAt = askedAt;
    }

    // ---- reading

    @Override
    public Snapshot snapshot() {
        long at = now.getAsLong();
        if (at - askedAt >= SHORTEST_NANOS && asked.compareAndSet(false, true)) {
            askedAt = at;
            ask();
        }
        return harvests.isEmpty() ? last : gather();
    }

    private void ask() {
        try {
            loop.execute(
                    () -> {
                        try {
                            read(now.getAsLong());
                        } finally {
                            asked.set(false);
                        }
                    });
        } catch (RejectedExecutionException e) {
            // The loop has ended, and its last snapshot is the truth from now on.
            asked.set(false);
        }
    }

    /** On the loop: reads as much as the allowance allows. */
    private void read(long start) {
        if (!allowance.begin(start)) {
            return;
        }
        List<SessionSample> read = new ArrayList<>();
        Wanted looked = wanted;
        if (start - looked.until < 0 && wantedTurn.due(start)) {
            for (SessionView view : looked.sessions) {
                source.read(read, view.id(), view.client(), view.original(), start);
            }
            wantedTurn.took(start, now.getAsLong());
        }
        Optional<Overview> rest = Optional.empty();
        if (overviewTurn.due(start)) {
            long begin = now.getAsLong();
            rest = Optional.of(source.overview(start));
            overviewTurn.took(begin, now.getAsLong());
        }
        boolean over;
        do {
            // A few in any case: where all else takes up every look, the sessions would never be
            // read.
            over = source.read(read, SLOTS_AT_ONCE, start);
        } while (!over && allowance.left(now.getAsLong()));
        long end = now.getAsLong();
        allowance.end(end);
        lookNanos.addAndGet(end - start);
        harvests.add(new Harvest(start, read, over, rest));
    }

    /** How much of the loop's time has gone into being looked at, in nanoseconds. */
    public long lookNanos() {
        return lookNanos.get();
    }

    /** Off the loop: makes a snapshot of what it has read. */
    private synchronized Snapshot gather() {
        Overview rest = null;
        long nanos = last.nanos();
        for (Harvest harvest = harvests.poll(); harvest != null; harvest = harvests.poll()) {
            rows.take(harvest.sessions, harvest.nanos, harvest.roundOver);
            if (betweenRounds) {
                roundAt = harvest.nanos;
            }
            betweenRounds = harvest.roundOver;
            if (harvest.roundOver) {
                roundOverAt = roundAt;
            }
            if (harvest.rest.isPresent()) {
                rest = harvest.rest.get();
                overviewAt = harvest.nanos;
            }
            nanos = harvest.nanos;
        }
        rows.hear(stories.heardSince());
        Snapshot shown = last;
        long wall = wallMillis.getAsLong() - (now.getAsLong() - nanos) / 1_000_000L;
        if (rest == null) {
            last = shown.with(nanos, wall, rows.list());
        } else {
            Snapshot next = Assembly.of(nanos, wall, rows.list(), rest);
            Map<String, Long> counters = new LinkedHashMap<>(next.counters());
            counters.putAll(alsoCounted.get());
            last = next.withCounters(Collections.unmodifiableMap(counters));
        }
        return last;
    }

    /** Since when everything in the last snapshot has been read at least once, in the loop's nanoseconds; asks, too. */
    public long wholeSince() {
        snapshot();
        synchronized (this) {
            return Math.min(roundOverAt, overviewAt);
        }
    }

    /** When all but the sessions was read last, in the loop's nanoseconds; asks, too. */
    public long overviewAt() {
        snapshot();
        synchronized (this) {
            return overviewAt;
        }
    }

    @Override
    public List<Event> events(long after, int most) {
        return events.after(after, most);
    }

    @Override
    public List<SessionView> sessions(List<Long> ids) {
        snapshot();
        List<SessionView> known;
        synchronized (this) {
            known = rows.find(ids.subList(0, Math.min(ids.size(), MOST_WANTED)));
        }
        long at = now.getAsLong();
        Set<SessionView> both = new LinkedHashSet<>(known);
        Wanted before = wanted;
        if (at - before.until < 0 && both.size() < MOST_WANTED) {
            Set<Long> named = new LinkedHashSet<>(ids);
            before.sessions.stream()
                    .filter(view -> !named.contains(view.id()))
                    .limit(MOST_WANTED - both.size())
                    .filter(view -> at - before.until + WANTED_NANOS / 2 < 0)
                    .forEach(both::add);
        }
        wanted = new Wanted(List.copyOf(both), at + WANTED_NANOS);
        return known;
    }

    @Override
    public CompletableFuture<Optional<Story>> story(long session) {
        return CompletableFuture.completedFuture(stories.story(session, session(session)));
    }

    /** Shows the counters of somebody else too: of the API, for instance. */
    public void alsoCount(Supplier<Map<String, Long>> others) {
        alsoCounted = others;
    }

    /** Takes note of events before the ring forgets them; to be called a few times a second, by one thread. */
    public void keepUp() {
        stories.catchUp();
        snapshot();
    }

    // ---- packets

    @Override
    public Watch watching() {
        return packets.watch();
    }

    @Override
    public List<Long> watchedSessions() {
        return packets.sessions();
    }

    @Override
    public List<TracedPacket> packets(long session, long after, int most) {
        return packets.packets(session, after, most);
    }

    // ---- doing

    @Override
    public CompletableFuture<Outcome> perform(Command command) {
        if (command instanceof Command.Reload) {
            return CompletableFuture.supplyAsync(reload, LoopControl::onItsOwn)
                    .exceptionally(e -> Outcome.refused("That went wrong here: " + e + "."));
        }
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        try {
            loop.execute(
                    () -> {
                        try {
                            outcome.complete(source.perform(command, now.getAsLong()));
                        } catch (RuntimeException e) {
                            outcome.complete(Outcome.refused("That went wrong here: " + e + "."));
                        }
                    });
        } catch (RejectedExecutionException e) {
            outcome.complete(Outcome.refused("The dispatcher has ended."));
        }
        return outcome;
    }

    private static void onItsOwn(Runnable task) {
        Thread thread = new Thread(task, "reload");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public boolean readOnly() {
        return false;
    }
}
