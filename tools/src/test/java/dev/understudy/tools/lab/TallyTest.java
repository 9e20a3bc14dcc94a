package dev.understudy.tools.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.stack.wire.Endpoint;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TallyTest {
    private static final Endpoint A = Endpoint.parse("203.0.113.10:80");
    private static final Endpoint B = Endpoint.parse("10.20.2.2:80");
    private static final long MS = 1_000_000L;

    private final Tally tally = new Tally(A);
    private long events;

    @Test
    void addedLatencyIsWhatADisturbedVisitTookBeyondTheMedianOfTheOthers() {
        for (int port = 1; port <= 99; port++) {
            tally.visited(visit(port, 2 * MS), 0);
        }
        tally.happened(event(Event.Kind.HIDDEN, 100, A), 0);
        tally.visited(visit(100, 252 * MS), 0);

        Summary summary = tally.summary();

        assertThat(summary.usualMicros()).isBetween(1_990L, 2_010L);
        assertThat(summary.addedP50Micros()).isBetween(249_700L, 250_300L);
        assertThat(summary.addedP99Micros()).isBetween(249_700L, 250_300L);
    }

    @Test
    void theEventMayComeAfterTheVisitHasEnded() {
        tally.visited(visit(1, 2 * MS), 0);
        tally.visited(visit(7, 102 * MS), 0);
        tally.settle(Tally.SETTLE_NANOS - 1);
        tally.happened(event(Event.Kind.HIDDEN, 7, A), Tally.SETTLE_NANOS - 1);
        tally.settle(Tally.SETTLE_NANOS);

        assertThat(tally.summary().addedP50Micros()).isBetween(99_800L, 100_200L);
    }

    @Test
    void aLaterVisitFromTheSamePortIsNotDisturbedByAnOldFailure() {
        tally.happened(event(Event.Kind.HIDDEN, 7, A), 0);
        tally.visited(visit(7, 102 * MS), 0);
        tally.settle(Tally.SETTLE_NANOS);
        tally.visited(visit(7, 2 * MS), Tally.SETTLE_NANOS);
        tally.settle(2 * Tally.SETTLE_NANOS);

        assertThat(tally.summary().usualMicros()).isBetween(1_990L, 2_010L);
    }

    @Test
    void aSessionPlayedByAnotherServerThanThePreferredIsAMigration() {
        tally.happened(event(Event.Kind.WON, 1, A), 0);
        tally.happened(event(Event.Kind.WON, 2, B), 0);
        tally.happened(event(Event.Kind.RELOCATED, 1, B), 0);

        assertThat(tally.summary().migrations()).isEqualTo(2);
    }

    @Test
    void theRunHoldsOnlyIfFailuresWereHiddenAndNoneWasSeen() {
        assertThat(tally.summary().holds()).as("nothing happened").isFalse();

        tally.happened(event(Event.Kind.HIDDEN, 1, A), 0);
        assertThat(tally.summary().holds()).as("one hidden").isTrue();

        tally.visited(new Visit(0, 1, 0, 3 * MS, Optional.of("Connection refused")), 0);
        assertThat(tally.summary().holds()).as("one hidden, one seen").isFalse();
        assertThat(tally.summary().text()).contains("Connection refused");
    }

    @Test
    void theJsonHasExactlyTheAgreedKeys() {
        tally.visited(new Visit(3, 4, 2 * MS, 2 * MS, Optional.empty()), 0);

        assertThat(tally.summary().json())
                .isEqualTo(
                        "{\"requests\":4,\"failuresHidden\":0,\"failuresSeen\":0,"
                                + "\"addedP50Micros\":0,\"addedP99Micros\":0,\"migrations\":0}");
    }

    private static Visit visit(int port, long nanos) {
        return new Visit(port, 1, nanos, nanos, Optional.empty());
    }

    private Event event(Event.Kind kind, int port, Endpoint server) {
        return new Event(++events, 0, events, kind, client(port), server, 0, "");
    }

    private static Endpoint client(int port) {
        return new Endpoint(Endpoint.parse("10.111.0.1:1").address(), port);
    }
}
