package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Ethernet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Which neighbour is asked when (RFC 1122 §2.3.2.1): one that is not known or no longer fresh at most once a second, {@value
 * Neighbours#TRIES} times in all; a believed address is asked directly before everybody is. All together at most 128 times a
 * second: what goes beyond is put off, and nobody is given up for that.
 */
final class NeighbourQuestions {
    private static final long NEVER = Long.MAX_VALUE;

    /** When no token is left for a question, it is put off by this. */
    private static final long PUT_OFF_NANOS = 20_000_000L;

    private enum Count {
        QUESTIONS,
        QUESTIONS_PUT_OFF
    }

    private final Neighbours.Solicitor solicitor;
    private final TokenBucket questions = new TokenBucket(128, 128);
    private final Tally<Count> tally = new Tally<>("neighbour", Count.class);
    private final List<Neighbour> due = new ArrayList<>();
    private long retryAt = NEVER;

    NeighbourQuestions(Neighbours.Solicitor solicitor) {
        this.solicitor = solicitor;
    }

    /** Asks one, now or as soon as the limit allows. */
    void ask(Neighbour n, long now) {
        if (!questions.tryTake(now)) {
            tally.count(Count.QUESTIONS_PUT_OFF);
            retryAt(n, now + PUT_OFF_NANOS);
            return;
        }
        n.tries++;
        tally.count(Count.QUESTIONS);
        retryAt(n, now + Neighbours.RETRY_NANOS);
        boolean everybody = n.state == Neighbour.State.INCOMPLETE || n.tries == Neighbours.TRIES;
        solicitor.solicit(n.hi, n.lo, everybody ? Ethernet.BROADCAST : n.mac, now);
    }

    private void retryAt(Neighbour n, long at) {
        n.retryAt = at;
        retryAt = Math.min(retryAt, at);
    }

    /** When {@link #retry} has something to do. */
    long nextDeadline() {
        return retryAt;
    }

    /** Asks those again that have not answered in time; returns those that never did and are to be given up. */
    List<Neighbour> retry(NeighbourTable table, long now) {
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
        List<Neighbour> failed = List.of();
        for (Neighbour n : due) {
            if (n.tries < Neighbours.TRIES) {
                ask(n, now);
            } else {
                failed = failed.isEmpty() ? new ArrayList<>() : failed;
                failed.add(n);
            }
        }
        due.clear();
        return failed;
    }

    void clear() {
        retryAt = NEVER;
    }

    void counters(Map<String, Long> all) {
        tally.addTo(all);
    }
}
