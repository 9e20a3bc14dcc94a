package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Ethernet;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The neighbour cache of one link: which MAC an address on the link has. Knows neither ARP nor NDP; a {@link Solicitor}
 * asks, and whoever reads the answers calls {@link #update} and {@link #add}.
 *
 * <pre>
 *   (none) ── packet to send ──▶ INCOMPLETE ── answer ──▶ REACHABLE ── 15..45 s, then used ──▶ PROBE ── answer ──▶ REACHABLE
 *                                    └ 3 questions, 3 s ──▶ failed                               └ 3 questions ──▶ failed
 *   (none) ── it asked for us ──▶ STALE ── used ──▶ PROBE
 * </pre>
 *
 * <p><b>Asking</b> is as slow as {@link NeighbourQuestions} says, so that a client that scans a network does not make us
 * flood it. <b>Waiting</b>: packets wait in {@link NeighbourQueues}; on failure each is handed back, so that its sender can
 * be told. <b>Ageing</b>: what was unused for ten minutes is forgotten.
 *
 * <p><b>Attackers.</b> Nothing is learned from answers that nobody waits for (RFC 826 merges into what exists, and adds
 * only senders that ask for ourselves). A known address may change, as it must for fail-over, but not within a second of
 * hearing it, and the change is counted. At the limit, neighbours that were only overheard go first, then the longest
 * unused that is not fresh; fresh ones and those in use never make room. Overheard ones and unanswered ones may each take
 * only a part of the table, so that neither a flood of requests nor a scan can fill it.
 */
public final class Neighbours implements Timed {
    /** What {@link #lookup} says when packets must wait. */
    public static final long UNRESOLVED = -1;

    public static final long RETRY_NANOS = 1_000_000_000L;
    public static final int TRIES = 3;

    /** Base of the time an answer stays fresh; each draws between half and one and a half of it (RFC 4861 §6.3.2). */
    public static final long REACHABLE_NANOS = 30_000_000_000L;

    /** A neighbour not used for so long is forgotten. */
    public static final long UNUSED_NANOS = 600_000_000_000L;

    /** A MAC does not change again within this time. */
    public static final long LOCK_NANOS = 1_000_000_000L;

    private static final long SWEEP_NANOS = 60_000_000_000L;

    private static final long NEVER = Long.MAX_VALUE;

    /** Asks who has an address. */
    @FunctionalInterface
    public interface Solicitor {
        /**
         * Sends one question to {@code mac}, which is a neighbour's believed address, or {@link Ethernet#BROADCAST} for
         * everybody who may know (NDP: the target's group).
         */
        void solicit(long hi, long lo, long mac, long now);
    }

    /** Takes packets back whose waiting ended; takes over their references. May send at once. */
    public interface Listener {
        void resolved(ByteBuf frame, long mac, long now);

        void unresolved(ByteBuf frame, long now);
    }

    /**
     * @param neighbours most entries; at most a quarter may be merely overheard, at most half unanswered
     * @param queuedEach packets that wait for one neighbour
     * @param queuedAll packets that wait for all of them together
     */
    public record Limits(int neighbours, int queuedEach, int queuedAll) {
        public static final Limits DEFAULT = new Limits(1024, 16, 512);

        public Limits {
            if (neighbours < 4 || queuedEach < 1 || queuedAll < 1) {
                throw new IllegalArgumentException("limits too small");
            }
        }
    }

    private enum Count {
        RESOLVED,
        FAILED,
        MAC_CHANGED,
        MAC_CHANGE_REFUSED,
        EVICTED,
        NOT_LEARNED,
        DROPPED_QUEUE_FULL,
        DROPPED_TABLE_FULL,
        DROPPED_UNREACHABLE
    }

    private final Limits limits;
    private final NeighbourQuestions questions;
    private final NeighbourQueues queues;
    private final Listener listener;
    private final RandomGenerator random;
    private final Tally<Count> tally = new Tally<>("neighbour", Count.class);
    private final NeighbourTable table;
    private final List<Neighbour> due = new ArrayList<>();
    private int overheard;
    private int unanswered;
    private long sweepAt = NEVER;

    public Neighbours(
            Limits limits, Solicitor solicitor, Listener listener, RandomGenerator random) {
        this.limits = limits;
        questions = new NeighbourQuestions(solicitor);
        queues = new NeighbourQueues(limits);
        this.listener = listener;
        this.random = random;
        table = new NeighbourTable(limits.neighbours(), random.nextLong());
    }

    // ---- sending

    /**
     * The MAC of a neighbour, or {@link #UNRESOLVED}. Counts as use: a believed address that is no longer fresh is asked
     * for again. Allocates nothing.
     */
    public long lookup(long hi, long lo, long now) {
        Neighbour n = table.find(hi, lo);
        if (n == null || n.state == Neighbour.State.INCOMPLETE) {
            return UNRESOLVED;
        }
        n.usedAt = now;
        want(n);
        if (n.state == Neighbour.State.STALE
                || n.state == Neighbour.State.REACHABLE && now - n.reachableUntil >= 0) {
            n.state = Neighbour.State.PROBE;
            n.tries = 0;
            questions.ask(n, now);
        }
        return n.mac;
    }

    /**
     * As {@link #lookup}, but a packet without a MAC yet is retained and waits for it; it comes back through {@link
     * Listener}, or is dropped at a limit and counted.
     */
    public long resolve(ByteBuf frame, long hi, long lo, long now) {
        long mac = lookup(hi, lo, now);
        if (mac != UNRESOLVED) {
            return mac;
        }
        Neighbour n = table.find(hi, lo);
        if (n == null) {
            if (unanswered >= limits.neighbours() / 2 || !makeRoom(now)) {
                tally.count(Count.DROPPED_TABLE_FULL);
                return UNRESOLVED;
            }
            n = new Neighbour(hi, lo, Neighbour.State.INCOMPLETE, now);
            n.wanted = true;
            unanswered++;
            insert(n, now);
            tally.count(Count.DROPPED_QUEUE_FULL, queues.add(n, frame));
            questions.ask(n, now);
        } else {
            n.usedAt = now;
            tally.count(Count.DROPPED_QUEUE_FULL, queues.add(n, frame));
        }
        return UNRESOLVED;
    }

    private void want(Neighbour n) {
        if (!n.wanted) {
            n.wanted = true;
            overheard--;
        }
    }

    // ---- learning

    /** Whether a question about this neighbour is open. */
    public boolean isAsking(long hi, long lo) {
        Neighbour n = table.find(hi, lo);
        return n != null && n.asking();
    }

    /**
     * A neighbour told its MAC: merged into what is known, nothing is added (RFC 826).
     *
     * @param solicited whether this answers a question of ours
     * @return whether the neighbour was known, or being asked for
     */
    public boolean update(long hi, long lo, long mac, boolean solicited, long now) {
        Neighbour n = table.find(hi, lo);
        if (n == null || !isUnicast(mac)) {
            return n != null;
        }
        if (n.state == Neighbour.State.INCOMPLETE) {
            unanswered--;
            believe(n, mac, solicited, now);
            tally.count(Count.RESOLVED);
            flush(n, now);
            return true;
        }
        if (mac == n.mac) {
            // Hearing an unsolicited repetition proves nothing that a forger could not say.
            if (solicited && n.asking()) {
                believe(n, mac, true, now);
            }
            return true;
        }
        if (now - n.heardAt < LOCK_NANOS) {
            tally.count(Count.MAC_CHANGE_REFUSED);
            return true;
        }
        tally.count(Count.MAC_CHANGED);
        believe(n, mac, solicited, now);
        return true;
    }

    /**
     * As {@link #update}, for an answer that says itself whether it replaces what is known (RFC 4861 §7.2.5): one that does
     * not, as those of proxies, and contradicts what is known, only makes us ask again.
     */
    public boolean update(
            long hi, long lo, long mac, boolean solicited, boolean override, long now) {
        Neighbour n = table.find(hi, lo);
        if (override
                || n == null
                || n.state == Neighbour.State.INCOMPLETE
                || mac == n.mac
                || !isUnicast(mac)) {
            return update(hi, lo, mac, solicited, now);
        }
        if (n.state == Neighbour.State.REACHABLE) {
            n.state = Neighbour.State.STALE;
        }
        return true;
    }

    /** A neighbour answered a question of ours without telling its MAC, which it need not do if we asked it directly. */
    public void confirm(long hi, long lo, long now) {
        Neighbour n = table.find(hi, lo);
        if (n != null && n.state == Neighbour.State.PROBE) {
            believe(n, n.mac, true, now);
        }
    }

    /** A neighbour that asked for us: remembered as stale if there is room for the overheard. */
    public void add(long hi, long lo, long mac, long now) {
        if (update(hi, lo, mac, false, now) || !isUnicast(mac)) {
            return;
        }
        if (overheard >= limits.neighbours() / 4) {
            evict(table.oldestOverheard());
        }
        if (!makeRoom(now)) {
            tally.count(Count.NOT_LEARNED);
            return;
        }
        Neighbour n = new Neighbour(hi, lo, Neighbour.State.STALE, now);
        n.mac = mac;
        overheard++;
        insert(n, now);
    }

    private static boolean isUnicast(long mac) {
        return mac != 0 && !Ethernet.isGroup(mac);
    }

    private void believe(Neighbour n, long mac, boolean solicited, long now) {
        n.mac = mac;
        n.heardAt = now;
        n.tries = 0;
        if (solicited) {
            n.state = Neighbour.State.REACHABLE;
            n.reachableUntil = now + REACHABLE_NANOS / 2 + random.nextLong(REACHABLE_NANOS);
        } else {
            n.state = Neighbour.State.STALE;
        }
    }

    private void flush(Neighbour n, long now) {
        for (ByteBuf frame = queues.poll(n); frame != null; frame = queues.poll(n)) {
            listener.resolved(frame, n.mac, now);
        }
    }

    // ---- room

    private void insert(Neighbour n, long now) {
        table.insert(n);
        sweepAt = Math.min(sweepAt, now + SWEEP_NANOS);
    }

    private boolean makeRoom(long now) {
        if (table.size() < limits.neighbours()) {
            return true;
        }
        Neighbour victim = table.oldestOverheard();
        return evict(victim != null ? victim : table.longestUnused(now));
    }

    private boolean evict(Neighbour n) {
        if (n == null) {
            return false;
        }
        tally.count(Count.EVICTED);
        remove(n);
        return true;
    }

    private void remove(Neighbour n) {
        table.remove(n);
        if (!n.wanted) {
            overheard--;
        }
        if (n.state == Neighbour.State.INCOMPLETE) {
            unanswered--;
        }
    }

    // ---- time

    @Override
    public long nextDeadline() {
        return Math.min(questions.nextDeadline(), sweepAt);
    }

    @Override
    public void onDeadline(long now) {
        if (now >= questions.nextDeadline()) {
            retry(now);
        }
        if (now >= sweepAt) {
            sweep(now);
        }
    }

    private void retry(long now) {
        List<Neighbour> failed = questions.retry(table, now);
        for (Neighbour n : failed) {
            remove(n);
            tally.count(Count.FAILED);
        }
        // Listeners may come back here to send: only now that the table is in order.
        for (Neighbour n : failed) {
            for (ByteBuf frame = queues.poll(n); frame != null; frame = queues.poll(n)) {
                tally.count(Count.DROPPED_UNREACHABLE);
                listener.unresolved(frame, now);
            }
        }
    }

    private void sweep(long now) {
        for (int i = 0; i < table.slots(); i++) {
            Neighbour n = table.slot(i);
            if (n != null && !n.asking() && now - n.usedAt >= UNUSED_NANOS) {
                due.add(n);
            }
        }
        due.forEach(this::remove);
        due.clear();
        sweepAt = table.size() == 0 ? NEVER : now + SWEEP_NANOS;
    }

    /** Forgets everything and drops what waits. */
    public void clear() {
        for (int i = 0; i < table.slots(); i++) {
            Neighbour n = table.slot(i);
            if (n != null) {
                due.add(n);
            }
        }
        for (Neighbour n : due) {
            remove(n);
            for (ByteBuf frame = queues.poll(n); frame != null; frame = queues.poll(n)) {
                frame.release();
            }
        }
        due.clear();
        questions.clear();
        sweepAt = NEVER;
    }

    /** Neighbours known or being asked for. */
    public int size() {
        return table.size();
    }

    /** Packets that wait. */
    public int queued() {
        return queues.size();
    }

    /** Adds this cache's counters to a map. */
    public void counters(Map<String, Long> all) {
        all.merge("neighbour entries", (long) table.size(), Long::sum);
        all.merge("neighbour packets waiting", (long) queues.size(), Long::sum);
        questions.counters(all);
        tally.addTo(all);
    }
}
