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

    boolean take(int bytes, int held) {
        if (held + bytes > perSession || used + bytes > total) {
            return false;
        }
        used += bytes;
        return true;
    }

    /** Takes bytes for a while, whatever the session holds; false if there are none left. */
    public boolean take(int bytes) {
        return take(bytes, perSession - bytes);
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
