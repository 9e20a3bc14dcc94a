package dev.understudy.stack.link;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * One deadline on an event loop: runs a task when it has come. Arming it again for the same time or a later one costs
 * nothing, which suits queues whose head is due first. The task is told the time, and arms it again if more is due.
 */
final class FrameTimer implements Runnable {
    /** What runs at the deadline; {@code now} is the loop's ticker in nanoseconds. */
    interface Task {
        void at(long now);
    }

    private final EventExecutor loop;
    private final Task task;
    private Future<?> scheduled;
    private long deadline = Long.MAX_VALUE;

    FrameTimer(EventExecutor loop, Task task) {
        this.loop = loop;
        this.task = task;
    }

    /** The loop's clock, in nanoseconds. */
    long now() {
        return loop.ticker().nanoTime();
    }

    /** Has the task run at {@code at} or before. */
    void arm(long at) {
        if (scheduled != null && deadline - at <= 0) {
            return;
        }
        cancel();
        deadline = at;
        scheduled = loop.schedule(this, Math.max(0, at - now()), TimeUnit.NANOSECONDS);
    }

    void cancel() {
        if (scheduled != null) {
            scheduled.cancel(false);
            scheduled = null;
        }
    }

    @Override
    public void run() {
        scheduled = null;
        task.at(now());
    }
}
