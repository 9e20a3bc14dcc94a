package dev.understudy.dispatcher.control;

import java.util.List;

/** How everything outside the loop sees a dispatcher: immutable snapshots and events out. Callable from any thread. */
public interface Control {
    /** The latest snapshot; made on the loop when asked for, at most every 100 ms, so it may be that old. */
    Snapshot snapshot();

    /** Events with an id above {@code after}, oldest first, at most {@code most}; the ring forgets the oldest ones. */
    List<Event> events(long after, int most);
}
