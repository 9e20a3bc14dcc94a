package dev.understudy.dispatcher.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.control.LoopControl;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.TestPackets;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What being looked at costs the loop, with a hundred thousand sessions: at most a millisecond in each second. */
class SnapshotCostTest {
    private static final int SESSIONS = 100_000;
    private static final int MOST_LOOKS = 20_000;
    private static final long TENTH = 100_000_000L;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    @Test
    void aHundredThousandSessionsCostTheLoopAMillisecondASecond() {
        Limits limits = new Limits(1 << 17, 1 << 17, 256L << 20, 64 << 10);
        Stage stage = Stage.plan().noNat().limits(limits).build();
        for (int i = 0; i < SESSIONS; i++) {
            String client =
                    "10.1." + (i >> 8 & 0xFF) + "." + (i & 0xFF) + ":" + (40_000 + (i >> 16));
            stage.client(TestPackets.tcp(client, Stage.ORIGINAL).syn().seq(7).mss(1460).build());
            stage.flush();
        }
        // The loop's clock passes as it does for real while the loop is looking, and by hand else.
        AtomicLong idle = new AtomicLong(stage.now);
        AtomicLong spent = new AtomicLong();
        LoopControl control =
                new LoopControl(
                        stage.dispatcher.source(),
                        stage.dispatcher.events(),
                        stage.dispatcher.packets(),
                        look -> {
                            long before = THREADS.getCurrentThreadCpuTime();
                            look.run();
                            spent.addAndGet(THREADS.getCurrentThreadCpuTime() - before);
                        },
                        () -> idle.get() + System.nanoTime(),
                        () -> 0,
                        () -> Outcome.refused("There is no file."));
        int warm = rounds(control, idle);
        spent.set(0);
        int looks = rounds(control, idle);

        double seconds = looks / 10.0;
        double perSecond = spent.get() / 1e6 / seconds;
        System.out.printf(
                "%d sessions: a whole round in %.1f s (%.1f s cold), %.2f ms of the loop a"
                        + " second%n",
                SESSIONS, seconds, warm / 10.0, perSecond);
        assertThat(perSecond).as("milliseconds of the loop a second").isLessThan(1.3);
        assertThat(looks).as("every row was read again").isLessThan(MOST_LOOKS);
    }

    /** Looks ten times a second until every session has been read anew; tells how many looks that took. */
    private static int rounds(LoopControl control, AtomicLong idle) {
        long begin = idle.get() + System.nanoTime();
        Set<Long> fresh = new HashSet<>();
        int looks = 0;
        while (fresh.size() < SESSIONS && looks < MOST_LOOKS) {
            idle.addAndGet(TENTH);
            control.snapshot();
            looks++;
            if (looks % 10 == 0) {
                List<SessionView> sessions = control.snapshot().sessions();
                sessions.stream()
                        .filter(s -> s.seenAt() - begin > 0)
                        .forEach(s -> fresh.add(s.id()));
            }
        }
        return looks;
    }
}
