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
 * <p>Frames go before deadlines that are late. A loop that stood still (a collection, a suspended machine, a starved core)
 * finds both when it goes on: deadlines that came meanwhile, and in the links' queues the answers that would have been in
 * time. It reads the links first, so that nobody is called silent whose answer lies there.
 *
 * <p>Everything here happens on the loop's thread.
 */
public final class LoopTimer {
    /** Least time between two rounds of deadlines. */
    public static final long MIN_DELAY_NANOS = 100_000;

    /** How late a deadline is when the links are read before it: more than a batch of frames from each takes. */
    public static final long LATE_NANOS = 2_000_000;

    /** Reads of each link's budget before a late deadline: more than a TAP device's queue holds, and no flood for ever. */
    static final int CATCH_UP_READS = 16;

    private static final long NEVER = Long.MAX_VALUE;

    private final EventLoop loop;
    private final Ticker ticker;
    private final List<Timed> sources = new ArrayList<>();
    private final List<LinkChannel> links = new ArrayList<>();
    private final Runnable fire = this::fire;
    private ScheduledFuture<?> task;
    private long armed = NEVER;
    private long stalls;
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

    /** Takes in a link of this loop, whose frames go before late deadlines. */
    public void readFirst(LinkChannel link) {
        links.add(link);
    }

    /** How often deadlines were late, and the links were read first. */
    public long stalls() {
        return stalls;
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
        long due = armed;
        armed = NEVER;
        task = null;
        firing = true;
        try {
            if (ticker.nanoTime() - due > LATE_NANOS) {
                catchUp();
            }
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

    private void catchUp() {
        stalls++;
        boolean more = true;
        for (int reads = 0; more && reads < CATCH_UP_READS; reads++) {
            more = false;
            for (int i = 0; i < links.size(); i++) {
                more |= links.get(i).readWaiting();
            }
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
