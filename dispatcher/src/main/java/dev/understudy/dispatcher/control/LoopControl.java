package dev.understudy.dispatcher.control;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;

/**
 * A dispatcher as other threads see it. A caller gets the last snapshot at once and never waits for the loop; asking makes
 * the loop take a fresh one for the next caller, at most every 100 ms. A caller that dies or hangs costs nothing.
 */
public final class LoopControl implements Control {
    private static final long SHORTEST_NANOS = 100_000_000L;

    private final LongFunction<Snapshot> source;
    private final EventLog events;
    private final Executor loop;
    private final LongSupplier now;
    private final AtomicBoolean asked = new AtomicBoolean();
    private volatile Snapshot last;

    /**
     * @param source makes a snapshot for a time; called on the loop
     * @param loop runs a task on the loop
     * @param now the loop's nanoseconds; callable from any thread
     */
    public LoopControl(
            LongFunction<Snapshot> source, EventLog events, Executor loop, LongSupplier now) {
        this.source = source;
        this.events = events;
        this.loop = loop;
        this.now = now;
        this.last = Snapshot.EMPTY.at(now.getAsLong() - SHORTEST_NANOS, 0);
    }

    @Override
    public Snapshot snapshot() {
        if (now.getAsLong() - last.nanos() >= SHORTEST_NANOS && asked.compareAndSet(false, true)) {
            ask();
        }
        return last;
    }

    private void ask() {
        try {
            loop.execute(
                    () -> {
                        try {
                            last = source.apply(now.getAsLong());
                        } finally {
                            asked.set(false);
                        }
                    });
        } catch (RejectedExecutionException e) {
            // The loop has ended, and its last snapshot is the truth from now on.
            asked.set(false);
        }
    }

    @Override
    public List<Event> events(long after, int most) {
        return events.after(after, most);
    }
}
