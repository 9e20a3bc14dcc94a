package dev.understudy.dispatcher.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.LoopControl;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.dispatcher.control.Overview;
import dev.understudy.dispatcher.control.SessionSample;
import dev.understudy.dispatcher.control.Source;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("P02")
class LoopControlTest {
    private final Stage stage = Stage.of(Strategy.IN_ORDER);
    private final Deque<Runnable> loop = new ArrayDeque<>();
    private final Control control =
            new LoopControl(
                    stage.dispatcher.source(),
                    stage.dispatcher.events(),
                    stage.dispatcher.packets(),
                    loop::add,
                    () -> stage.now,
                    () -> 0,
                    () -> Outcome.refused("There is no file."));

    @Test
    void askingNeverWaitsAndTheNextCallerGetsTheAnswer() {
        stage.clientSyn();

        assertThat(control.snapshot().sessions()).isEmpty();
        loop.remove().run();

        assertThat(control.snapshot().sessions()).hasSize(1);
    }

    @Test
    void manyCallersAskOnce() {
        for (int i = 0; i < 100; i++) {
            control.snapshot();
        }
        assertThat(loop).hasSize(1);
    }

    @Test
    void snapshotIsTakenAtMostEveryTenthOfASecond() {
        control.snapshot();
        loop.remove().run();
        stage.pass(99);
        control.snapshot();
        assertThat(loop).isEmpty();

        stage.pass(1);
        control.snapshot();

        assertThat(loop).hasSize(1);
    }

    @Test
    void lastSnapshotStaysWhenTheLoopHasEnded() {
        Control ended =
                new LoopControl(
                        stage.dispatcher.source(),
                        stage.dispatcher.events(),
                        stage.dispatcher.packets(),
                        task -> {
                            throw new RejectedExecutionException("ended");
                        },
                        () -> stage.now,
                        () -> 0,
                        () -> Outcome.refused("There is no file."));

        assertThat(ended.snapshot().sessions()).isEmpty();
        assertThat(ended.snapshot().sessions()).isEmpty();
    }

    @Test
    void eventsAreReadableWithoutTheLoop() {
        stage.clientSyn();

        assertThat(control.events(0, 10)).hasSize(2);
        assertThat(control.events(1, 10)).hasSize(1);
        assertThat(loop).isEmpty();
    }

    /** As on a busy machine that has just begun: what is read besides the sessions takes more than there is to spend. */
    @Test
    void sessionsAreReadHoweverLongAllElseTakes() {
        Source source = stage.dispatcher.source();
        LoopControl slow =
                new LoopControl(
                        new SlowOverview(source),
                        stage.dispatcher.events(),
                        stage.dispatcher.packets(),
                        loop::add,
                        () -> stage.now,
                        () -> 0,
                        () -> Outcome.refused("There is no file."));
        long begin = stage.now;
        stage.clientSyn();

        for (int i = 0; i < 30; i++) {
            slow.snapshot();
            loop.forEach(Runnable::run);
            loop.clear();
            stage.pass(100);
        }

        assertThat(slow.wholeSince() - begin).isPositive();
    }

    private final class SlowOverview implements Source {
        private final Source source;

        SlowOverview(Source source) {
            this.source = source;
        }

        @Override
        public boolean read(List<SessionSample> into, int slots, long now) {
            return source.read(into, slots, now);
        }

        @Override
        public void read(
                List<SessionSample> into, long id, Endpoint client, Endpoint original, long now) {
            source.read(into, id, client, original, now);
        }

        @Override
        public Overview overview(long now) {
            stage.now += 2_000_000;
            return source.overview(now);
        }

        @Override
        public Outcome perform(Command command, long now) {
            return source.perform(command, now);
        }
    }
}
