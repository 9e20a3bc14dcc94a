package dev.understudy.stack.link;

import dev.understudy.stack.ip.Timed;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Calls the deadlines of everything that lives on one event loop, with one scheduled task for all of it.
 *
 * <p>{@link #check} is cheap and is called after every batch of work. It arms the task anew only if a deadline is earlier
 * than the one armed: deadlines that move later, as those of busy sessions do with each packet, cost nothing, and the task
 * that fires too early looks again. Only arming allocates. A source that asks for a time that has passed is called again
 * no sooner than {@link #MIN_DELAY_NANOS} later, so that a mistake in one of them cannot spin the loop.
 *
 * <p>Everything here happens on the loop's thread.
 */
public final class LoopTimer {
    /** Least time between two rounds of deadlines. */
    public static final long MIN_DELAY_NANOS = 100_000;

    private static final long NEVER = Long.MAX_VALUE;

    private final EventLoop loop;
    private final Ticker ticker;
    private final List<Timed> sources = new ArrayList<>();
    private final Runnable fire = this::fire;
    private ScheduledFuture<?> task;
    private long armed = NEVER;
    private boolean firing;
    private boolean closed;

    public LoopTimer(EventLoop loop, Ticker ticker) {
        this.loop = loop;
        this.ticker = ticker;
    }

    /** The loop's time in nanoseconds. */
    public long now() {
        return ticker.nanoTime();
    }

    /** Takes a source in. */
    public void add(Timed source) {
        sources.add(source);
    }

    /** Lets go of a source. */
    public void remove(Timed source) {
        sources.remove(source);
    }

    /** Arms the task if a deadline has become the earliest. */
    public void check() {
        if (firing || closed) {
            return;
        }
        long earliest = NEVER;
        for (int i = 0; i < sources.size(); i++) {
            earliest = Math.min(earliest, sources.get(i).nextDeadline());
        }
        if (earliest >= armed) {
            return;
        }
        if (task != null) {
            task.cancel(false);
        }
        armed = earliest;
        long now = ticker.nanoTime();
        long delay = earliest <= now ? MIN_DELAY_NANOS : Math.max(MIN_DELAY_NANOS, earliest - now);
        task = loop.schedule(fire, delay, TimeUnit.NANOSECONDS);
    }

    private void fire() {
        armed = NEVER;
        task = null;
        firing = true;
        try {
            long now = ticker.nanoTime();
            for (int i = 0; i < sources.size(); i++) {
                Timed source = sources.get(i);
                if (source.nextDeadline() <= now) {
                    source.onDeadline(now);
                }
            }
        } finally {
            firing = false;
            check();
        }
    }

    /** Cancels the task for good. */
    public void close() {
        closed = true;
        if (task != null) {
            task.cancel(false);
            task = null;
        }
    }
}
