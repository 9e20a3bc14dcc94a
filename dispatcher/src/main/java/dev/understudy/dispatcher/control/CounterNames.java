package dev.understudy.dispatcher.control;

/**
 * The counters of a {@link Snapshot} that readers look up by name. A dispatcher may have any others; a screen shows those
 * as they come.
 */
public final class CounterNames {
    /** Sessions since the start; its growth is the rate of new sessions. */
    public static final String OPENED = "sessions opened";

    /** Failures since the start that no client saw. */
    public static final String HIDDEN = "failures hidden";

    /** Sessions since the start whose client saw the failure, because no server was left. */
    public static final String EXHAUSTED = "failures seen";

    /** How the name of every counter of dropped frames begins; the reason follows. */
    public static final String DROPPED = "dropped: ";

    private CounterNames() {}

    /** All dropped frames of a snapshot, whatever the reason. */
    public static long dropped(Snapshot snapshot) {
        long sum = 0;
        for (var counter : snapshot.counters().entrySet()) {
            if (counter.getKey().startsWith(DROPPED)) {
                sum += counter.getValue();
            }
        }
        return sum;
    }
}
