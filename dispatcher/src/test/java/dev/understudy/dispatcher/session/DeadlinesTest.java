package dev.understudy.dispatcher.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.service.Service;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlinesTest {
    private static final Service SERVICE =
            new Service(
                    new ServiceConfig("s", List.of(), List.of(), Connect.DEFAULT, Recover.DEFAULT));

    private final Deadlines deadlines = new Deadlines();

    @ParameterizedTest
    @ValueSource(longs = {0, -5_000, Long.MIN_VALUE / 2, Long.MAX_VALUE - 100_000})
    void sessionsComeInTheOrderOfTheirDeadlines(long begin) {
        SplittableRandom random = new SplittableRandom(begin);
        Map<Session, Long> model = new HashMap<>();
        List<Session> sessions = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            sessions.add(session(i));
        }
        long now = begin;
        for (int i = 0; i < 20_000; i++) {
            Session session = sessions.get(random.nextInt(sessions.size()));
            long at = now + random.nextInt(1_000);
            switch (random.nextInt(4)) {
                case 0 -> {
                    deadlines.set(session, at);
                    model.put(session, at);
                }
                case 1 -> {
                    deadlines.setIfEarlier(session, at);
                    model.merge(session, at, Math::min);
                }
                case 2 -> {
                    deadlines.remove(session);
                    model.remove(session);
                }
                default -> now += random.nextInt(5);
            }
            long present = now;
            assertThat(deadlines.size()).isEqualTo(model.size());
            assertThat(deadlines.next())
                    .isEqualTo(
                            model.values().stream()
                                    .mapToLong(Long::longValue)
                                    .min()
                                    .orElse(Long.MAX_VALUE));
            for (Session due = deadlines.poll(now); due != null; due = deadlines.poll(now)) {
                assertThat(model.remove(due)).isLessThanOrEqualTo(present);
                assertThat(due.heapIndex).isEqualTo(-1);
            }
            assertThat(model.values()).allMatch(deadline -> deadline > present);
        }
    }

    @Test
    void nothingIsDueBeforeItsTime() {
        deadlines.set(session(1), 100);

        assertThat(deadlines.poll(99)).isNull();
        assertThat(deadlines.poll(100)).isNotNull();
        assertThat(deadlines.next()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void orderHoldsAcrossTheWrapOfTheClock() {
        Session before = session(1);
        Session after = session(2);
        deadlines.set(after, Long.MAX_VALUE + 50);
        deadlines.set(before, Long.MAX_VALUE - 50);

        assertThat(deadlines.poll(Long.MAX_VALUE - 50)).isSameAs(before);
        assertThat(deadlines.poll(Long.MAX_VALUE)).isNull();
        assertThat(deadlines.poll(Long.MAX_VALUE + 50)).isSameAs(after);
    }

    private static Session session(int id) {
        return new Session(id, SERVICE, 0, 0, id, 1, 0, 2, 80);
    }
}
