package dev.understudy.dispatcher.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.LoopControl;
import dev.understudy.dispatcher.control.Outcome;
import java.util.ArrayDeque;
import java.util.Deque;
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
}
