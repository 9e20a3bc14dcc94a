package dev.understudy.dispatcher.bind;

import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Server.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tries candidates until one answers (DESIGN 7.4). One mechanism serves every strategy, and they differ only in how long
 * a candidate's head start is: none for {@code race} (FIG. 8), one stagger for {@code staggered} (RFC 8305 §5), until it
 * has failed for all others (FIG. 5). A server under suspicion gets no head start at all. A failure starts the next
 * candidate at once.
 *
 * <p>Sans-I/O: what has to be sent goes through the {@link Opener}; {@code L} is its notion of an attempt.
 */
public final class Race<L> {
    /** Who really sends SYNs and RSTs. */
    public interface Opener<L> {
        /**
         * Opens an attempt and sends its SYN; null if that is not possible.
         *
         * @param place where the server stands among the candidates, from 0
         */
        L open(Server server, int place, long now);

        /** Sends the SYN of a live attempt again. */
        void retransmit(L attempt, long now);

        /** An attempt has failed: nothing will be sent for it any more. */
        void failed(L attempt, Server server, Failure failure, long now);

        /** The race is over, and this attempt did not win. */
        void abandoned(L attempt, long now);

        /**
         * Another attempt has won, so this one's failure stays hidden from the client.
         *
         * @param failure empty if it had merely not answered within its head start
         * @param costNanos how long it held the session up
         */
        void hidden(L attempt, Optional<Failure> failure, long costNanos, long now);
    }

    /** Shortest head start: a scheduling hiccup must not look like a silent server. */
    private static final long SHORTEST_STAGGER_NANOS = 25_000_000L;

    private static final int ROUND_TRIPS_PER_STAGGER = 8;

    private static final class Runner<L> {
        final L attempt;
        final Server server;
        final long startedAt;
        final long failsAt;
        boolean slow;
        Failure failure;
        long costNanos;

        Runner(L attempt, Server server, long startedAt, long failsAt) {
            this.attempt = attempt;
            this.server = server;
            this.startedAt = startedAt;
            this.failsAt = failsAt;
        }
    }

    private final Opener<L> opener;
    private final List<Server> candidates;
    private final Connect connect;
    private final Recover recover;
    private final List<Runner<L>> runners = new ArrayList<>(2);
    private final List<Runner<L>> failed = new ArrayList<>(0);
    private int next;
    private long nextStartAt;
    private Failure lastFailure = Failure.LOCAL;
    private boolean surrendered;

    public Race(Opener<L> opener, List<Server> candidates, Connect connect, Recover recover) {
        this.opener = opener;
        this.candidates = candidates;
        this.connect = connect;
        this.recover = recover;
    }

    /** Starts the first candidate, or as many as the strategy starts at once. */
    public void start(long now) {
        nextStartAt = now;
        advance(now);
    }

    /** Starts every candidate whose time has come, and one at once when none is running. */
    private void advance(long now) {
        while (next < candidates.size()
                && !surrendered
                && (runners.isEmpty() || now - nextStartAt >= 0)) {
            int place = next++;
            Server server = candidates.get(place);
            L attempt = opener.open(server, place, now);
            if (attempt == null) {
                lastFailure = Failure.LOCAL;
                continue;
            }
            runners.add(new Runner<>(attempt, server, now, now + connect.timeoutNanos()));
            nextStartAt = now + headStart(server, now);
        }
    }

    private long headStart(Server server, long now) {
        if (connect.strategy() == Strategy.RACE || server.standing(now) == Standing.SUSPECT) {
            return 0;
        }
        return switch (connect.strategy()) {
            case STAGGERED, FASTEST -> stagger(server);
            default -> connect.timeoutNanos();
        };
    }

    /** The configured stagger, shorter when the server's round trip is known to be short. */
    private long stagger(Server server) {
        long known = server.roundTripNanos();
        if (known < 0) {
            return connect.staggerNanos();
        }
        long patience = Math.max(SHORTEST_STAGGER_NANOS, known * ROUND_TRIPS_PER_STAGGER);
        return Math.min(connect.staggerNanos(), patience);
    }

    /** An attempt was answered with a valid SYN+ACK: it has won, and all others are abandoned. */
    public void won(L attempt, boolean firstTransmission, long now) {
        for (Runner<L> runner : runners) {
            if (runner.attempt != attempt) {
                opener.abandoned(runner.attempt, now);
                if (runner.slow) {
                    opener.hidden(runner.attempt, Optional.empty(), runner.costNanos, now);
                }
            } else if (firstTransmission) {
                // Karn: an answer to a SYN that was sent twice says nothing of the round trip.
                runner.server.roundTrip(now - runner.startedAt);
            }
        }
        for (Runner<L> runner : failed) {
            opener.hidden(runner.attempt, Optional.of(runner.failure), runner.costNanos, now);
        }
        runners.clear();
        surrendered = true;
    }

    /** An attempt has failed; the next candidate starts at once if this failure is to be hidden. */
    public void failed(L attempt, Failure failure, long now) {
        for (int i = 0; i < runners.size(); i++) {
            Runner<L> runner = runners.get(i);
            if (runner.attempt == attempt) {
                runners.remove(i);
                fail(runner, failure, now);
                nextStartAt = now;
                advance(now);
                return;
            }
        }
    }

    private void fail(Runner<L> runner, Failure failure, long now) {
        if (failure != Failure.TIMEOUT || lastFailure == Failure.LOCAL) {
            lastFailure = failure;
        }
        surrendered |= !failure.counts(recover);
        runner.failure = failure;
        if (!runner.slow) {
            runner.costNanos = now - runner.startedAt;
        }
        failed.add(runner);
        opener.failed(runner.attempt, runner.server, failure, now);
    }

    /** The client retransmitted its SYN: so does every live attempt. */
    public void retransmit(long now) {
        for (Runner<L> runner : runners) {
            opener.retransmit(runner.attempt, now);
        }
    }

    /** Does what is due: attempts that have timed out fail, candidates whose time has come start. */
    public void deadline(long now) {
        for (int i = 0; i < runners.size(); ) {
            Runner<L> runner = runners.get(i);
            if (now - runner.failsAt >= 0) {
                runners.remove(i);
                fail(runner, Failure.TIMEOUT, now);
                nextStartAt = now;
            } else {
                if (!runner.slow && now - nextStartAt >= 0 && now - runner.startedAt > 0) {
                    runner.slow = true;
                    runner.costNanos = now - runner.startedAt;
                    runner.server.slow();
                }
                i++;
            }
        }
        advance(now);
    }

    /** When {@link #deadline} wants to be called; {@code Long.MAX_VALUE} if never. */
    public long nextDeadline() {
        long earliest = Long.MAX_VALUE;
        for (Runner<L> runner : runners) {
            earliest = Math.min(earliest, runner.failsAt);
        }
        if (next < candidates.size() && !surrendered && !runners.isEmpty()) {
            earliest = Math.min(earliest, nextStartAt);
        }
        return earliest;
    }

    /** Whether every candidate has failed, or one failed in a way that is not to be hidden. */
    public boolean exhausted() {
        return runners.isEmpty() && (next >= candidates.size() || surrendered);
    }

    /** What the last failure that said something was; a time-out only if all were silent. */
    public Failure lastFailure() {
        return lastFailure;
    }

    /** Ends the race without a winner. */
    public void abandon(long now) {
        surrendered = true;
        for (Runner<L> runner : runners) {
            opener.abandoned(runner.attempt, now);
        }
        runners.clear();
    }

    /** Attempts that are running. */
    public int running() {
        return runners.size();
    }

    /** Candidates not tried yet. */
    public int remaining() {
        return candidates.size() - next;
    }
}
