package dev.understudy.dispatcher.bind;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attempts are just names here: what matters is who is started, and when. */
class RaceTest {
    private static final long MILLIS = 1_000_000L;
    private static final String A = "10.20.0.1:80";
    private static final String B = "10.20.0.2:80";
    private static final String C = "10.20.0.3:80";

    private static final List<String> NAMES = List.of("A", "B", "C");

    private final List<String> log = new ArrayList<>();
    private final List<Server> servers = List.of(server(A), server(B), server(C));
    private String closed = "";
    private long now;

    private final Race.Opener<String> opener =
            new Race.Opener<>() {
                @Override
                public String open(Server server, int place, long at) {
                    String name = name(server);
                    assertThat(servers.get(place)).isSameAs(server);
                    if (name.equals(closed)) {
                        return null;
                    }
                    log.add("open " + name);
                    return name;
                }

                @Override
                public void retransmit(String attempt, long at) {
                    log.add("again " + attempt);
                }

                @Override
                public void failed(String attempt, Server server, Failure failure, long at) {
                    log.add(failure.word() + " " + attempt);
                }

                @Override
                public void abandoned(String attempt, long at) {
                    log.add("abandon " + attempt);
                }

                @Override
                public void hidden(String attempt, Optional<Failure> failure, long cost, long at) {
                    log.add("hide " + attempt + " " + cost / MILLIS);
                }
            };

    @Test
    @Tag("B01")
    void staggeredGivesEachAHeadStart() {
        Race<String> race = race(Strategy.STAGGERED);
        race.start(0);
        expect("open A");
        until(race, 249);
        expect();
        until(race, 250);
        expect("open B");
        until(race, 500);
        expect("open C");
        assertThat(race.remaining()).isZero();
        assertThat(race.running()).isEqualTo(3);
    }

    @Test
    @Tag("P39")
    void raceStartsAllAtOnce() {
        Race<String> race = race(Strategy.RACE);
        race.start(0);
        expect("open A", "open B", "open C");
        assertThat(race.nextDeadline()).isEqualTo(2_000 * MILLIS);
    }

    @ParameterizedTest
    @EnumSource(
            value = Strategy.class,
            names = {
                "IN_ORDER",
                "ROUND_ROBIN",
                "ORIGINAL_FIRST",
                "LEAST_SESSIONS",
                "WEIGHTED",
                "HASH"
            })
    void othersWaitUntilTheFirstHasFailed(Strategy strategy) {
        Race<String> race = race(strategy);
        race.start(0);
        until(race, 1_999);
        expect("open A");
        until(race, 2_000);
        expect("timeout A", "open B");
    }

    @Test
    @Tag("P41")
    void failureStartsTheNextAtOnceAndItsHeadStartAnew() {
        Race<String> race = race(Strategy.STAGGERED);
        race.start(0);
        now = 100 * MILLIS;
        race.failed("A", Failure.RESET, now);
        expect("open A", "reset A", "open B");
        until(race, 349);
        expect();
        until(race, 350);
        expect("open C");
    }

    @Test
    void winnerAbandonsTheOthersAndHidesWhatFailed() {
        Race<String> race = race(Strategy.STAGGERED);
        race.start(0);
        until(race, 250);
        now = 300 * MILLIS;
        race.failed("B", Failure.UNREACHABLE, now);
        log.clear();

        race.won("C", true, 310 * MILLIS);

        expect("abandon A", "hide A 250", "hide B 50");
        assertThat(race.running()).isZero();
        assertThat(servers.get(2).roundTripNanos()).isEqualTo(10 * MILLIS);
        assertThat(race.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    @Tag("P42")
    void answerToARepeatedSynIsNoMeasurement() {
        Race<String> race = race(Strategy.IN_ORDER);
        race.start(0);
        race.won("A", false, 5 * MILLIS);
        assertThat(servers.get(0).roundTripNanos()).isEqualTo(-1);
    }

    @Test
    @Tag("P26")
    void suspectGetsNoHeadStart() {
        servers.get(0).slow();
        Race<String> race = race(Strategy.IN_ORDER);
        race.start(0);
        expect("open A", "open B");
    }

    @Test
    @Tag("B01")
    void knownRoundTripShortensTheHeadStart() {
        servers.get(0).roundTrip(10 * MILLIS);
        servers.get(1).roundTrip(100_000);
        Race<String> race = race(Strategy.STAGGERED);
        race.start(0);
        until(race, 79);
        expect("open A");
        until(race, 80);
        expect("open B");
        until(race, 105);
        expect("open C");
    }

    @Test
    void clientsRetransmissionGoesToAllThatRun() {
        Race<String> race = race(Strategy.STAGGERED);
        race.start(0);
        until(race, 250);
        log.clear();
        race.retransmit(now);
        expect("again A", "again B");
    }

    @Test
    @Tag("P18")
    void allFailedIsExhaustedWithTheLastThatSaidSomething() {
        Race<String> race = race(Strategy.RACE);
        race.start(0);
        race.failed("B", Failure.RESET, 1);
        assertThat(race.exhausted()).isFalse();
        until(race, 2_000);
        assertThat(race.exhausted()).isTrue();
        assertThat(race.lastFailure()).isEqualTo(Failure.RESET);
    }

    @Test
    @Tag("P18")
    void silenceOfAllIsATimeout() {
        Race<String> race = race(Strategy.STAGGERED);
        race.start(0);
        until(race, 10_000);
        assertThat(race.exhausted()).isTrue();
        assertThat(race.lastFailure()).isEqualTo(Failure.TIMEOUT);
    }

    @Test
    void failureThatIsNotToBeHiddenEndsTheRace() {
        Race<String> race =
                new Race<>(
                        opener,
                        servers,
                        connect(Strategy.IN_ORDER),
                        new Recover(false, true, true));
        race.start(0);
        race.failed("A", Failure.RESET, 1);
        expect("open A", "reset A");
        assertThat(race.exhausted()).isTrue();
    }

    @Test
    void serverThatCannotEvenBeTriedIsSteppedOver() {
        closed = "A";
        Race<String> race = race(Strategy.IN_ORDER);
        race.start(0);
        expect("open B");
        assertThat(race.exhausted()).isFalse();
    }

    @Test
    void unknownAttemptsFailureChangesNothing() {
        Race<String> race = race(Strategy.IN_ORDER);
        race.start(0);
        race.failed("Z", Failure.RESET, 1);
        expect("open A");
    }

    @Test
    void abandonedRaceStartsNobodyAnyMore() {
        Race<String> race = race(Strategy.STAGGERED);
        race.start(0);
        race.abandon(1);
        until(race, 5_000);
        expect("open A", "abandon A");
        assertThat(race.exhausted()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void everyRaceEndsAndEveryAttemptIsClosedOnce(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 2_000; i++) {
            log.clear();
            now = random.nextLong(-1_000_000, 1_000_000) * MILLIS;
            Race<String> race = race(Strategy.values()[random.nextInt(Strategy.values().length)]);
            race.start(now);
            boolean won = false;
            while (!won && !race.exhausted()) {
                List<String> running = running();
                String one = running.get(random.nextInt(running.size()));
                switch (random.nextInt(6)) {
                    case 0 -> race.failed(one, Failure.RESET, now);
                    case 1 -> race.failed(one, Failure.UNREACHABLE, now);
                    case 2 -> {
                        race.won(one, random.nextBoolean(), now);
                        log.add("won " + one);
                        won = true;
                    }
                    default -> {
                        assertThat(race.nextDeadline()).isGreaterThan(now);
                        now = race.nextDeadline();
                        race.deadline(now);
                    }
                }
            }
            assertThat(running()).isEmpty();
            assertThat(race.running()).isZero();
        }
    }

    /** Attempts that were opened and neither failed, nor were abandoned, nor won. */
    private List<String> running() {
        List<String> running = new ArrayList<>();
        for (String line : log) {
            String name = NAMES.get(NAMES.indexOf(line.split(" ", 3)[1]));
            if (line.startsWith("open")) {
                running.add(name);
            } else if (!line.startsWith("again") && !line.startsWith("hide")) {
                assertThat(running.remove(name)).as("%s in %s", line, log).isTrue();
            }
        }
        return running;
    }

    private void until(Race<String> race, long millis) {
        while (race.nextDeadline() <= millis * MILLIS) {
            assertThat(race.nextDeadline()).isGreaterThanOrEqualTo(now);
            now = race.nextDeadline();
            race.deadline(now);
            assertThat(race.nextDeadline()).isGreaterThan(now);
        }
        now = millis * MILLIS;
    }

    private void expect(String... lines) {
        assertThat(log).containsExactly(lines);
        log.clear();
    }

    private Race<String> race(Strategy strategy) {
        return new Race<>(opener, servers, connect(strategy), Recover.DEFAULT);
    }

    private static Connect connect(Strategy strategy) {
        return new Connect(strategy, 250 * MILLIS, 2_000 * MILLIS, 3);
    }

    private static Server server(String endpoint) {
        return new Server(Endpoint.parse(endpoint), 1, false);
    }

    private static String name(Server server) {
        return NAMES.get((server.endpoint().address().ipv4() & 0xFF) - 1);
    }
}
