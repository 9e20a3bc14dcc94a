package dev.understudy.dispatcher.bind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CandidatesTest {
    private static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:80");
    private static final Endpoint A = Endpoint.parse("10.20.0.1:80");
    private static final Endpoint B = Endpoint.parse("10.20.0.2:80");
    private static final Endpoint C = Endpoint.parse("10.20.0.3:80");
    private static final Endpoint SIX = Endpoint.parse("[fd20::1]:80");

    private final Candidates candidates = new Candidates(new SplittableRandom(3));

    @ParameterizedTest
    @EnumSource(
            value = Strategy.class,
            names = {"STAGGERED", "RACE", "IN_ORDER"})
    void asListed(Strategy strategy) {
        assertThat(order(service(strategy), 1)).containsExactly(A, B, C);
    }

    @Test
    void roundRobinBeginsOneFurtherEachTime() {
        Service service = service(Strategy.ROUND_ROBIN);
        assertThat(order(service, 1)).containsExactly(A, B, C);
        assertThat(order(service, 1)).containsExactly(B, C, A);
        assertThat(order(service, 1)).containsExactly(C, A, B);
        assertThat(order(service, 1)).containsExactly(A, B, C);
    }

    @Test
    void roundRobinDealsTheShareOfAFailedServerToAllOthers() {
        Service service = service(Strategy.ROUND_ROBIN);
        service.servers().get(0).failed(true, 0);

        assertThat(firsts(service, 600)).containsOnly(Map.entry(B, 300), Map.entry(C, 300));
        assertThat(order(service, 1)).endsWith(A);
    }

    @Test
    void roundRobinTurnsAmongBackupsWhenAllElseHasFailed() {
        Service service = service(Strategy.ROUND_ROBIN, config(A, 1, false), backup(B), backup(C));
        assertThat(firsts(service, 10)).containsOnlyKeys(A);
        service.servers().get(0).failed(true, 0);

        assertThat(firsts(service, 10)).containsOnly(Map.entry(B, 5), Map.entry(C, 5));
    }

    @Test
    void leastSessionsFirst() {
        Service service = service(Strategy.LEAST_SESSIONS);
        service.servers().get(0).won();
        service.servers().get(0).won();
        service.servers().get(1).won();

        assertThat(order(service, 1)).containsExactly(C, B, A);
    }

    @Test
    @Tag("P42")
    void fastestFirstAndTheUnknownBeforeAll() {
        Service service = service(Strategy.FASTEST);
        service.servers().get(0).roundTrip(50);
        service.servers().get(2).roundTrip(20);

        assertThat(order(service, 1)).containsExactly(B, C, A);
    }

    @Test
    void weightsAreShares() {
        Service service =
                service(
                        Strategy.WEIGHTED,
                        config(A, 6, false),
                        config(B, 3, false),
                        config(C, 1, false));

        Map<Endpoint, Integer> firsts = firsts(service, 10_000);

        assertThat(firsts.get(A)).isCloseTo(6_000, within(300));
        assertThat(firsts.get(B)).isCloseTo(3_000, within(300));
        assertThat(firsts.get(C)).isCloseTo(1_000, within(300));
    }

    @Test
    void weightOfABackupOrAFailedServerFallsToNobodyInParticular() {
        Service service =
                service(
                        Strategy.WEIGHTED,
                        config(A, 1, false),
                        config(B, 1, false),
                        config(C, 98, true));
        assertThat(firsts(service, 10_000).get(A)).isCloseTo(5_000, within(300));

        service.servers().get(0).failed(true, 0);
        assertThat(firsts(service, 10)).containsOnlyKeys(B);
    }

    @Test
    @Tag("P49")
    void hashKeepsAClientWithItsServerAndMovesOnlyAFailedOnesShare() {
        Service service = service(Strategy.HASH);
        Map<Integer, Endpoint> before = new HashMap<>();
        for (int client = 0; client < 3_000; client++) {
            before.put(client, order(service, client).get(0));
            assertThat(order(service, client).get(0)).isEqualTo(before.get(client));
        }
        for (Endpoint server : List.of(A, B, C)) {
            assertThat(before.values().stream().filter(server::equals).count())
                    .isBetween(850L, 1_150L);
        }

        service.servers().get(1).failed(true, 0);

        for (int client = 0; client < 3_000; client++) {
            Endpoint after = order(service, client).get(0);
            if (before.get(client).equals(B)) {
                assertThat(after).isNotEqualTo(B);
            } else {
                assertThat(after).isEqualTo(before.get(client));
            }
        }
    }

    @Test
    @Tag("P15")
    void originalItselfComesFirstAndIsRemembered() {
        Service service = service(Strategy.ORIGINAL_FIRST);
        assertThat(order(service, 1)).containsExactly(ORIGINAL, A, B, C);

        service.original(ORIGINAL.address().hi(), ORIGINAL.address().lo(), 80).failed(true, 0);

        assertThat(order(service, 1)).containsExactly(A, B, C, ORIGINAL);
    }

    @Test
    void originalThatIsAlsoListedIsTriedOnce() {
        Service service =
                service(Strategy.ORIGINAL_FIRST, config(A, 1, false), config(ORIGINAL, 1, false));
        assertThat(order(service, 1)).containsExactly(ORIGINAL, A);
    }

    @Test
    @Tag("P26")
    void backupThatWorksBeatsAServerThatDoesNot() {
        Service service = service(Strategy.IN_ORDER, config(A, 1, false), backup(B));
        assertThat(order(service, 1)).containsExactly(A, B);

        service.servers().get(0).failed(true, 0);

        assertThat(order(service, 1)).containsExactly(B, A);
    }

    @Test
    void attemptsAreBounded() {
        Service service =
                new Service(
                        new ServiceConfig(
                                "s",
                                List.of(),
                                List.of(
                                        config(A, 1, false),
                                        config(B, 1, false),
                                        config(C, 1, false)),
                                new Connect(Strategy.IN_ORDER, 1, 1, 2),
                                Recover.DEFAULT));
        assertThat(order(service, 1)).containsExactly(A, B);
    }

    @Test
    @Tag("B16")
    void onlyServersOfTheOriginalsFamilyAreTried() {
        Service service = service(Strategy.IN_ORDER, config(SIX, 1, false), config(A, 1, false));
        assertThat(order(service, 1)).containsExactly(A);
        Endpoint six = Endpoint.parse("[2001:db8::10]:80");

        assertThat(
                        candidates
                                .order(service, 0, 1, six.address().hi(), six.address().lo(), 80, 0)
                                .stream()
                                .map(Server::endpoint))
                .containsExactly(SIX);
    }

    private Map<Endpoint, Integer> firsts(Service service, int draws) {
        Map<Endpoint, Integer> firsts = new HashMap<>();
        for (int i = 0; i < draws; i++) {
            firsts.merge(order(service, i).get(0), 1, Integer::sum);
        }
        return firsts;
    }

    private List<Endpoint> order(Service service, int client) {
        IpAddress from = IpAddress.v4(0x0A00_0000 | client);
        return candidates
                .order(
                        service,
                        from.hi(),
                        from.lo(),
                        ORIGINAL.address().hi(),
                        ORIGINAL.address().lo(),
                        ORIGINAL.port(),
                        0)
                .stream()
                .map(Server::endpoint)
                .toList();
    }

    private static Service service(Strategy strategy) {
        return service(strategy, config(A, 1, false), config(B, 1, false), config(C, 1, false));
    }

    private static Service service(Strategy strategy, ServerConfig... servers) {
        return new Service(
                new ServiceConfig(
                        "s",
                        List.of(),
                        List.of(servers),
                        new Connect(strategy, 1, 1, 10),
                        Recover.DEFAULT));
    }

    private static ServerConfig config(Endpoint endpoint, int weight, boolean backup) {
        return new ServerConfig(endpoint, weight, backup, Optional.empty());
    }

    private static ServerConfig backup(Endpoint endpoint) {
        return config(endpoint, 1, true);
    }
}
