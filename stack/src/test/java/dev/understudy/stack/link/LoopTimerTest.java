package dev.understudy.stack.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.TestPackets;
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
        private Runnable then = () -> {};

        @Override
        public long nextDeadline() {
            return deadline;
        }

        @Override
        public void onDeadline(long now) {
            called.add(Duration.ofNanos(now).toMillis());
            then.run();
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

    /** How many frames of a link had been read when the deadline ran that was due after 10 ms, and how many there were. */
    private List<Integer> framesReadBefore(int frames, Duration stall) {
        Wire wire = Wire.between(Wire.End.of("there"), Wire.End.of("here"));
        wire.register(virtual.loop());
        virtual.run();
        FrameSink read = FrameSink.at(wire.b());
        List<Integer> seen = new ArrayList<>();
        source.then = () -> seen.add(read.frames().size());
        source.deadline = millis(10);
        timer.readFirst(wire.b());
        timer.add(source);
        timer.check();
        for (int i = 0; i < frames; i++) {
            wire.a().send(TestPackets.udp("10.0.0.1:1", "10.0.0.2:2").build());
        }
        virtual.stall(stall).run();
        seen.add(read.frames().size());
        read.clear();
        return seen;
    }

    @Test
    void framesThatWaitGoBeforeADeadlineThatIsLate() {
        assertThat(framesReadBefore(300, Duration.ofMillis(500))).containsExactly(300, 300);
        assertThat(timer.stalls()).isEqualTo(1);
    }

    @Test
    void aDeadlineThatIsHardlyLateWaitsForOneTurnOfTheLinkAtMost() {
        Duration hardly = Duration.ofMillis(10).plusNanos(LoopTimer.LATE_NANOS);
        assertThat(framesReadBefore(300, hardly).get(0)).isLessThanOrEqualTo(TapChannel.BUDGET);
        assertThat(timer.stalls()).isZero();
    }

    @Test
    void aFloodDoesNotHoldALateDeadlineUpForEver() {
        int most = (LoopTimer.CATCH_UP_READS + 1) * TapChannel.BUDGET;
        List<Integer> seen = framesReadBefore(4000, Duration.ofMillis(500));
        assertThat(seen.get(0)).isBetween(500, most);
        assertThat(seen.get(1)).isEqualTo(4000);
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
