package dev.understudy.stack.tcp;

import java.util.ArrayDeque;

/**
 * Every {@link TimeWait} in the order of its end. All wait equally long, so the queue is in order by itself; an entry whose
 * time started anew goes to the back when its old time comes, and one that is gone is skipped then. At the limit the oldest
 * goes early: its port is worth more than the last seconds of its wait.
 */
final class TimeWaitQueue {
    private final int limit;
    private final ArrayDeque<TimeWait> queue = new ArrayDeque<>();
    private int live;

    TimeWaitQueue(int limit) {
        this.limit = limit;
    }

    /** Adds one; returns the one that has to go for it, or null. */
    TimeWait add(TimeWait entry) {
        TimeWait evicted = null;
        while (live >= limit && evicted == null) {
            TimeWait oldest = queue.poll();
            if (!oldest.gone) {
                oldest.gone = true;
                evicted = oldest;
                live--;
            }
        }
        entry.queuedUntil = entry.expires;
        queue.add(entry);
        live++;
        return evicted;
    }

    /** One is needed no longer. */
    void remove(TimeWait entry) {
        if (!entry.gone) {
            entry.gone = true;
            live--;
        }
    }

    /** Takes an entry out whose time is over; null if there is none. */
    TimeWait poll(long now) {
        for (TimeWait first = queue.peek();
                first != null && (first.gone || first.queuedUntil <= now);
                first = queue.peek()) {
            queue.poll();
            if (first.gone) {
                continue;
            }
            if (first.expires <= now) {
                first.gone = true;
                live--;
                return first;
            }
            first.queuedUntil = first.expires;
            queue.add(first);
        }
        return null;
    }

    int size() {
        return live;
    }

    long nextDeadline() {
        TimeWait first = queue.peek();
        return first == null ? Long.MAX_VALUE : first.queuedUntil;
    }
}
