package dev.understudy.tui;

import java.util.ArrayDeque;
import java.util.Deque;

/** How fast a counter grows, over about the last two seconds. */
final class RateMeter {
    private static final long WINDOW = 2_000_000_000L;

    private record Sample(long nanos, long count) {}

    private final Deque<Sample> samples = new ArrayDeque<>();

    void add(long nanos, long count) {
        if (!samples.isEmpty() && samples.peekLast().nanos() == nanos) {
            return;
        }
        samples.addLast(new Sample(nanos, count));
        while (samples.size() > 2 && nanos - samples.peekFirst().nanos() > WINDOW) {
            samples.removeFirst();
        }
    }

    /** Per second; 0 until two samples are there. */
    double perSecond() {
        if (samples.size() < 2) {
            return 0;
        }
        Sample first = samples.peekFirst();
        Sample last = samples.peekLast();
        return (last.count() - first.count()) * 1e9 / (last.nanos() - first.nanos());
    }
}
