package dev.understudy.dispatcher.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.stack.wire.Endpoint;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SessionTableTest {
    private static final Service SERVICE =
            new Service(
                    new ServiceConfig("s", List.of(), List.of(), Connect.DEFAULT, Recover.DEFAULT));
    private static final Server SERVER = new Server(Endpoint.parse("10.20.0.1:80"), 1, false);
    private static final long US = 1;
    private static final long THEM = 2;

    private final SessionTable table = new SessionTable(3, new SplittableRandom(1));

    @Test
    void clientsOwnPortIsUsedWhereItIsFree() {
        assertThat(port(40_000)).isEqualTo(40_000);
        assertThat(port(1)).isEqualTo(1);
    }

    @Test
    @Tag("P56")
    void takenPortIsReplacedByARandomOne() {
        Set<Integer> drawn = new HashSet<>();
        leg(40_000, 1);
        for (int i = 0; i < 1_000; i++) {
            int port = port(40_000);
            assertThat(port).isNotEqualTo(40_000).isBetween(32_768, 65_535);
            drawn.add(port);
        }
        assertThat(drawn.size()).isGreaterThan(900);
    }

    @Test
    void lastFreePortIsFoundAndThenNone() {
        for (int port = 32_768; port <= 65_535; port++) {
            if (port != 50_123) {
                leg(port, 1);
            }
        }
        assertThat(port(40_000)).isEqualTo(50_123);
        leg(50_123, 1);
        assertThat(port(40_000)).isZero();
    }

    @Test
    void samePortServesAnotherServer() {
        leg(40_000, 1);

        assertThat(table.port(6, 0, US, 40_000, 0, THEM + 1, 80, 9)).isEqualTo(40_000);
        assertThat(table.port(6, 0, US, 40_000, 0, THEM, 81, 9)).isEqualTo(40_000);
    }

    @Test
    @Tag("P40")
    void tombstoneMakesRoomUnlessItWaitsForAnswersToTheSameSyn() {
        table.bury(leg(40_000, 7), 0);

        assertThat(table.port(6, 0, US, 40_000, 0, THEM, 80, 7)).isNotEqualTo(40_000);
        assertThat(table.port(6, 0, US, 40_000, 0, THEM, 80, 8)).isEqualTo(40_000);
        assertThat(table.incoming.size()).isZero();
    }

    @Test
    void oldestTombstoneGoesWhenThereAreTooMany() {
        for (int i = 0; i < 3; i++) {
            assertThat(table.bury(leg(40_000 + i, 1), i)).isFalse();
        }
        assertThat(table.bury(leg(40_003, 1), 3)).isTrue();

        assertThat(table.tombstones()).isEqualTo(3);
        assertThat(table.incoming.find(6, 0, US, 40_000, 0, THEM, 80)).isNull();
        assertThat(table.nextDeadline()).isEqualTo(1 + SessionTable.TOMBSTONE_NANOS);
    }

    @Test
    void shadowsAndTombstonesExpireInTheirOrder() {
        Session session = session(1);
        table.outgoing.add(session);
        table.shadow(session, 0);
        table.bury(leg(40_000, 1), 0);

        assertThat(table.nextDeadline()).isEqualTo(SessionTable.SHADOW_NANOS);
        table.expire(SessionTable.SHADOW_NANOS - 1);
        assertThat(table.outgoing.size()).isEqualTo(1);
        table.expire(SessionTable.SHADOW_NANOS);
        assertThat(table.outgoing.size()).isZero();
        assertThat(table.incoming.size()).isEqualTo(1);
        table.expire(SessionTable.TOMBSTONE_NANOS);
        assertThat(table.incoming.size()).isZero();
        assertThat(table.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shadowThatWasReplacedDoesNotTakeTheNewSessionWithIt() {
        Session old = session(1);
        table.outgoing.add(old);
        table.shadow(old, 0);
        table.forget(old);
        Session next = session(1);
        table.outgoing.add(next);

        table.expire(SessionTable.SHADOW_NANOS);

        assertThat(table.outgoing.find(6, 0, 1, 1, 0, 2, 80)).isSameAs(next);
    }

    private int port(int wanted) {
        return table.port(6, 0, US, wanted, 0, THEM, 80, 1);
    }

    private ServerLeg leg(int port, int isn) {
        Session session = session(port);
        ServerLeg leg = new ServerLeg(session, SERVER, 0, US, port, 0, THEM, 80, isn);
        table.incoming.add(leg);
        return leg;
    }

    private static Session session(int port) {
        return new Session(port, SERVICE, 0, 0, 1, port, 0, 2, 80);
    }
}
