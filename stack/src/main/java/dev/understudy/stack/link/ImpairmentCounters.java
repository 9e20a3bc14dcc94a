package dev.understudy.stack.link;

/** What a bad network did to the frames of one direction. Written by the link's loop; read elsewhere it may be behind. */
public final class ImpairmentCounters {
    long lost;
    long duplicated;
    long corrupted;
    long reordered;
    long tooLong;
    long blackholed;
    long overflowed;

    ImpairmentCounters() {}

    public long lost() {
        return lost;
    }

    public long duplicated() {
        return duplicated;
    }

    public long corrupted() {
        return corrupted;
    }

    public long reordered() {
        return reordered;
    }

    /** Longer than the impairment's MTU. */
    public long tooLong() {
        return tooLong;
    }

    public long blackholed() {
        return blackholed;
    }

    /** Dropped because the queue of late frames was full. */
    public long overflowed() {
        return overflowed;
    }
}
