package dev.understudy.dispatcher.recover;

/** The bytes that all stores together may hold (P05). One per dispatcher. */
public final class StoreBudget {
    private final int perSession;
    private final long total;
    private long used;

    public StoreBudget(long total, int perSession) {
        this.total = total;
        this.perSession = perSession;
    }

    /** Takes bytes for a store that holds some; false if it may not hold so many, or there are none left. */
    boolean take(int bytes, int held) {
        return held + bytes <= perSession && take(bytes);
    }

    /** Takes bytes for what has a limit of its own for each session; false if there are none left. */
    public boolean take(int bytes) {
        if (used + bytes > total) {
            return false;
        }
        used += bytes;
        return true;
    }

    /** Gives bytes back. */
    public void give(int bytes) {
        used -= bytes;
    }

    /** Bytes held by all stores; 0 when no session lives. */
    public long used() {
        return used;
    }
}
