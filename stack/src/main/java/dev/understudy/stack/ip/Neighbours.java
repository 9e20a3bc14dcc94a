package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Ethernet;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
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
 * <p><b>Asking</b> (RFC 1122 §2.3.2.1): at most one question a second for one neighbour, three in all; a probe asks the
 * believed address twice before it asks everybody. All neighbours together: 128 a second, so that a client that scans a
 * network does not make us flood it. <b>Waiting</b> (§2.3.2.2): packets wait in a bounded queue from which the oldest
 * goes first; on failure each is handed back, so that its sender can be told. <b>Ageing</b>: what was unused for ten
 * minutes is forgotten.
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

    /** When no token is left for a question, it is put off by this. */
    private static final long PUT_OFF_NANOS = 20_000_000L;

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
        QUESTIONS,
        QUESTIONS_PUT_OFF,
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
    private final Solicitor solicitor;
    private final Listener listener;
    private final RandomGenerator random;
    private final Tally<Count> tally = new Tally<>("neighbour", Count.class);
    private final TokenBucket questions = new TokenBucket(128, 128);
    private final NeighbourTable table;
    private final List<Neighbour> due = new ArrayList<>();
    private int queued;
    private int overheard;
    private int unanswered;
    private long retryAt = NEVER;
    private long sweepAt = NEVER;

    public Neighbours(
            Limits limits, Solicitor solicitor, Listener listener, RandomGenerator random) {
        this.limits = limits;
        this.solicitor = solicitor;
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
            ask(n, now);
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
            enqueue(n, frame);
            ask(n, now);
        } else {
            n.usedAt = now;
            enqueue(n, frame);
        }
        return UNRESOLVED;
    }

    private void enqueue(Neighbour n, ByteBuf frame) {
        if (n.queue == null) {
            n.queue = new ArrayDeque<>(4);
        }
        if (n.queue.size() >= limits.queuedEach()) {
            n.queue.remove().release();
            queued--;
            tally.count(Count.DROPPED_QUEUE_FULL);
        }
        if (queued >= limits.queuedAll()) {
            tally.count(Count.DROPPED_QUEUE_FULL);
            return;
        }
        n.queue.add(frame.retain());
        queued++;
    }

    private void want(Neighbour n) {
        if (!n.wanted) {
            n.wanted = true;
            overheard--;
        }
    }

    private void ask(Neighbour n, long now) {
        if (!questions.tryTake(now)) {
            tally.count(Count.QUESTIONS_PUT_OFF);
            retryAt(n, now + PUT_OFF_NANOS);
            return;
        }
        n.tries++;
        tally.count(Count.QUESTIONS);
        retryAt(n, now + RETRY_NANOS);
        boolean everybody = n.state == Neighbour.State.INCOMPLETE || n.tries == TRIES;
        solicitor.solicit(n.hi, n.lo, everybody ? Ethernet.BROADCAST : n.mac, now);
    }

    private void retryAt(Neighbour n, long at) {
        n.retryAt = at;
        retryAt = Math.min(retryAt, at);
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
            evict(oldestOverheard());
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
        ArrayDeque<ByteBuf> waiting = n.queue;
        n.queue = null;
        while (waiting != null && !waiting.isEmpty()) {
            queued--;
            listener.resolved(waiting.remove(), n.mac, now);
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
        Neighbour victim = oldestOverheard();
        if (victim == null) {
            for (int i = 0; i < table.slots(); i++) {
                Neighbour n = table.slot(i);
                if (n != null
                        && !n.asking()
                        && now - n.reachableUntil >= 0
                        && (victim == null || n.usedAt - victim.usedAt < 0)) {
                    victim = n;
                }
            }
        }
        return evict(victim);
    }

    private Neighbour oldestOverheard() {
        Neighbour oldest = null;
        for (int i = 0; i < table.slots(); i++) {
            Neighbour n = table.slot(i);
            if (n != null && !n.wanted && (oldest == null || n.usedAt - oldest.usedAt < 0)) {
                oldest = n;
            }
        }
        return oldest;
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
        return Math.min(retryAt, sweepAt);
    }

    @Override
    public void onDeadline(long now) {
        if (now >= retryAt) {
            retry(now);
        }
        if (now >= sweepAt) {
            sweep(now);
        }
    }

    private void retry(long now) {
        retryAt = NEVER;
        for (int i = 0; i < table.slots(); i++) {
            Neighbour n = table.slot(i);
            if (n == null || !n.asking()) {
                continue;
            }
            if (n.retryAt <= now) {
                due.add(n);
            } else {
                retryAt = Math.min(retryAt, n.retryAt);
            }
        }
        for (int i = 0; i < due.size(); i++) {
            Neighbour n = due.get(i);
            if (!n.asking()) {
                continue;
            }
            if (n.tries < TRIES) {
                ask(n, now);
            } else {
                remove(n);
                tally.count(Count.FAILED);
            }
        }
        // Listeners may come back here to send: only now that the table is in order.
        List<Neighbour> failed = List.copyOf(due);
        due.clear();
        for (Neighbour n : failed) {
            if (n.tries >= TRIES && n.retryAt <= now) {
                giveUp(n, now);
            }
        }
    }

    private void giveUp(Neighbour n, long now) {
        while (n.queue != null && !n.queue.isEmpty()) {
            queued--;
            tally.count(Count.DROPPED_UNREACHABLE);
            listener.unresolved(n.queue.remove(), now);
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
            while (n.queue != null && !n.queue.isEmpty()) {
                queued--;
                n.queue.remove().release();
            }
        }
        due.clear();
        retryAt = NEVER;
        sweepAt = NEVER;
    }

    /** Neighbours known or being asked for. */
    public int size() {
        return table.size();
    }

    /** Packets that wait. */
    public int queued() {
        return queued;
    }

    /** Adds this cache's counters to a map. */
    public void counters(Map<String, Long> all) {
        all.merge("neighbour entries", (long) table.size(), Long::sum);
        all.merge("neighbour packets waiting", (long) queued, Long::sum);
        tally.addTo(all);
    }
}
