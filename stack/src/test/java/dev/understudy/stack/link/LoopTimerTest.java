package dev.understudy.stack.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.ip.Timed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LoopTimerTest {
    private final VirtualLoop virtual = new VirtualLoop();
    private final LoopTimer timer = new LoopTimer(virtual.loop(), virtual.loop().ticker());
    private final Source source = new Source();

    private static final class Source implements Timed {
        private final List<Long> called = new ArrayList<>();
        private long deadline = Long.MAX_VALUE;
        private long period = -1;

        @Override
        public long nextDeadline() {
            return deadline;
        }

        @Override
        public void onDeadline(long now) {
            called.add(Duration.ofNanos(now).toMillis());
            deadline = period < 0 ? Long.MAX_VALUE : now + period;
        }
    }

    @Test
    void aDeadlineIsKept() {
        timer.add(source);
        source.deadline = millis(250);
        timer.check();
        virtual.advance(Duration.ofMillis(249));
        assertThat(source.called).isEmpty();
        virtual.advance(Duration.ofMillis(1));
        assertThat(source.called).containsExactly(250L);
    }

    @Test
    void anEarlierDeadlineArmsAnewAndALaterOneFiresEarlyForNobody() {
        timer.add(source);
        source.deadline = millis(500);
        timer.check();
        source.deadline = millis(100);
        timer.check();
        source.deadline = millis(300);
        timer.check();
        virtual.advance(Duration.ofSeconds(1));
        assertThat(source.called).containsExactly(300L);
    }

    @Test
    void periodicWorkGoesOnByItself() {
        timer.add(source);
        source.deadline = millis(10);
        source.period = millis(10);
        timer.check();
        virtual.advance(Duration.ofMillis(55));
        assertThat(source.called).containsExactly(10L, 20L, 30L, 40L, 50L);
    }

    @Test
    void aSourceThatIsAlwaysDueDoesNotSpinTheLoop() {
        timer.add(source);
        source.deadline = Long.MIN_VALUE;
        source.period = 0;
        timer.check();
        virtual.advance(Duration.ofMillis(1));
        assertThat(source.called).hasSize(10);
    }

    @Test
    void nothingFiresAfterClosing() {
        timer.add(source);
        source.deadline = millis(10);
        timer.check();
        timer.close();
        timer.check();
        virtual.advance(Duration.ofSeconds(1));
        assertThat(source.called).isEmpty();
    }

    private static long millis(long count) {
        return Duration.ofMillis(count).toNanos();
    }
}
