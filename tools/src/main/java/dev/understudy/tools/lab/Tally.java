package dev.understudy.tools.lab;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.HdrHistogram.Histogram;

/**
 * Puts together what the clients saw and what the dispatcher did. A visit is disturbed if the dispatcher hid a failure
 * from it; event and visit are matched by the client's port. They come in any order, so a visit is judged only once it
 * has been known for {@link #SETTLE_NANOS}.
 *
 * <p>Added latency is the time from connect to the end of the first response of a disturbed visit, less the median of
 * the undisturbed ones of the same run. Not thread-safe, but for the owner's lock: all methods are synchronized.
 */
final class Tally {
    static final long SETTLE_NANOS = 3_000_000_000L;

    /** A request that took longer stood still, as it does when a server falls silent in mid-session. */
    static final long STALL_NANOS = 1_500_000_000L;

    private static final long FORGET_NANOS = 20 * SETTLE_NANOS;
    private static final long LONGEST_MICROS = 3_600_000_000L;

    private record Pending(Visit visit, long since) {}

    private final Endpoint preferred;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private final Map<Integer, Long> disturbedSince = new HashMap<>();
    private final Set<String> failures = new HashSet<>();
    private final Histogram undisturbed = new Histogram(LONGEST_MICROS, 3);
    private final Histogram disturbed = new Histogram(LONGEST_MICROS, 3);
    private long connections;
    private long requests;
    private long hidden;
    private long seen;
    private long stalled;
    private long migrations;

    /**
     * An empty tally.
     *
     * @param preferred the server that plays every session while it can
     */
    Tally(Endpoint preferred) {
        this.preferred = preferred;
    }

    /** A client's connection has ended. */
    synchronized void visited(Visit visit, long now) {
        connections++;
        requests += visit.requests();
        if (visit.longestNanos() > STALL_NANOS) {
            stalled++;
        }
        if (visit.failure().isPresent()) {
            seen++;
            failures.add(visit.failure().get());
        } else {
            pending.add(new Pending(visit, now));
        }
    }

    /** The dispatcher decided something. */
    synchronized void happened(Event event, long now) {
        switch (event.kind()) {
            case HIDDEN -> {
                hidden++;
                if (event.client() != null) {
                    disturbedSince.put(event.client().port(), now);
                }
            }
            case WON -> migrations += preferred.equals(event.server()) ? 0 : 1;
            case RELOCATED -> migrations++;
            default -> {
                // Not counted here.
            }
        }
    }

    /** Judges the visits that have settled. */
    synchronized void settle(long now) {
        while (!pending.isEmpty() && now - pending.peek().since() >= SETTLE_NANOS) {
            judge(pending.remove().visit());
        }
        disturbedSince.values().removeIf(since -> now - since > FORGET_NANOS);
    }

    /** Judges all visits, and says how it went. */
    synchronized Summary summary() {
        while (!pending.isEmpty()) {
            judge(pending.remove().visit());
        }
        long usual = undisturbed.getValueAtPercentile(50);
        return new Summary(
                requests,
                connections,
                hidden,
                seen,
                stalled,
                added(50, usual),
                added(99, usual),
                usual,
                migrations,
                failures.stream().sorted().toList());
    }

    private void judge(Visit visit) {
        boolean hid = disturbedSince.remove(visit.port()) != null;
        long micros = Math.min(LONGEST_MICROS, visit.firstNanos() / 1_000);
        (hid ? disturbed : undisturbed).recordValue(micros);
    }

    private long added(double percentile, long usual) {
        return disturbed.getTotalCount() == 0
                ? 0
                : Math.max(0, disturbed.getValueAtPercentile(percentile) - usual);
    }
}
