package dev.understudy.tui.model;

import java.util.ArrayDeque;
import java.util.Deque;

/** How fast a counter grows: over about the last two seconds, and second by second for a line of bars. */
public final class RateMeter {
    private static final long SECOND = 1_000_000_000L;
    private static final long WINDOW = 2 * SECOND;

    private record Sample(long nanos, long count) {}

    private final Deque<Sample> samples = new ArrayDeque<>();
    private final long[] history;
    private final long step;
    private int steps;
    private long stepNanos;
    private long stepCount;

    /** A meter that remembers the growth in each of the last {@code history} steps of so many nanoseconds. */
    public RateMeter(int history, long step) {
        this.history = new long[history];
        this.step = step;
    }

    public RateMeter() {
        this(0, SECOND);
    }

    /** Takes what the counter is at a time. One that falls has been replaced by another: the meter begins anew. */
    public void add(long nanos, long count) {
        if (!samples.isEmpty()) {
            Sample last = samples.peekLast();
            if (last.nanos() >= nanos) {
                return;
            }
            if (count < last.count()) {
                samples.clear();
                stepCount = count;
            }
        }
        if (samples.isEmpty() && steps == 0) {
            stepNanos = nanos;
            stepCount = count;
        }
        samples.addLast(new Sample(nanos, count));
        while (samples.size() > 2 && nanos - samples.peekFirst().nanos() > WINDOW) {
            samples.removeFirst();
        }
        if (history.length > 0 && nanos - stepNanos >= step) {
            System.arraycopy(history, 1, history, 0, history.length - 1);
            history[history.length - 1] = Math.max(0, count - stepCount);
            steps = Math.min(history.length, steps + 1);
            stepNanos = nanos;
            stepCount = count;
        }
    }

    /** Per second; 0 until two samples are there. */
    public double perSecond() {
        if (samples.size() < 2) {
            return 0;
        }
        Sample first = samples.peekFirst();
        Sample last = samples.peekLast();
        return (last.count() - first.count()) * 1e9 / (last.nanos() - first.nanos());
    }

    /** The growth in the last steps, oldest first; as many as there have been. */
    public long[] history() {
        long[] known = new long[steps];
        System.arraycopy(history, history.length - steps, known, 0, steps);
        return known;
    }
}
