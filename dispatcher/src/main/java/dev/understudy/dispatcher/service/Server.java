package dev.understudy.dispatcher.service;

import dev.understudy.stack.wire.Endpoint;

/**
 * One server of one service, with what sessions have learned of it: its standing, its round trip, its counts.
 *
 * <p>Standing (P26): a server that failed is {@link Standing#DOWN} for a while that doubles with every further failure,
 * and is tried only behind all others. When the while is over, or when it merely did not answer within a stagger, it is
 * {@link Standing#SUSPECT}: it is tried <em>beside</em> the next candidate, not before it, so that finding out costs no
 * session anything. One answer makes it {@link Standing#UP} again.
 */
public final class Server {
    /** How a server is tried. */
    public enum Standing {
        UP,
        SUSPECT,
        DOWN
    }

    /** First while of being down; a refusal is over sooner than a silence. */
    private static final long REFUSED_NANOS = 1_000_000_000L;

    private static final long SILENT_NANOS = 4_000_000_000L;
    private static final long LONGEST_NANOS = 60_000_000_000L;

    private static final int UNANSWERED_IN_A_ROW = 3;

    private final Endpoint endpoint;
    private int weight;
    private boolean backup;
    private boolean elsewhere;

    private boolean failed;
    private boolean suspect;
    private int unanswered;
    private long downUntil;
    private long downNanos;
    private long roundTripNanos = -1;
    private int mss;
    private boolean timestamps;
    private int sessions;
    private long wins;
    private long failures;
    private boolean drained;
    private final ServerFigures figures = new ServerFigures();

    public Server(Endpoint endpoint, int weight, boolean backup) {
        this.endpoint = endpoint;
        this.weight = weight;
        this.backup = backup;
    }

    /** Where it is; port 0 means the port that the client asked for. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** The port to try for a client that asked for {@code asked}. */
    public int port(int asked) {
        return endpoint.port() == 0 ? asked : endpoint.port();
    }

    public int weight() {
        return weight;
    }

    /** Whether it is used only when every other candidate has failed. */
    public boolean backup() {
        return backup;
    }

    /** Whether it is at another site than the clients (P65). */
    public boolean elsewhere() {
        return elsewhere;
    }

    public Standing standing(long now) {
        if (failed) {
            return now - downUntil < 0 ? Standing.DOWN : Standing.SUSPECT;
        }
        return suspect ? Standing.SUSPECT : Standing.UP;
    }

    /** It did not answer within a stagger: no failure yet, but nobody should wait for it. */
    public void slow() {
        suspect = true;
    }

    /**
     * It is under suspicion and was tried beside another, which won before it answered. Nobody waited long enough to call
     * that a failure, but a few times in a row is one.
     *
     * @return as {@link #failed}
     */
    public long unanswered(long now) {
        return ++unanswered < UNANSWERED_IN_A_ROW ? 0 : failed(true, now);
    }

    /**
     * It failed an attempt or lost a session.
     *
     * @param silent whether it said nothing, rather than no
     * @return nanoseconds until it is tried in its turn again, or 0 if it was down already
     */
    public long failed(boolean silent, long now) {
        failures++;
        if (failed && now - downUntil < 0) {
            return 0;
        }
        long first = silent ? SILENT_NANOS : REFUSED_NANOS;
        downNanos = failed ? Math.min(LONGEST_NANOS, Math.max(first, downNanos * 2)) : first;
        downUntil = now + downNanos;
        failed = true;
        unanswered = 0;
        return downNanos;
    }

    /**
     * It answered a SYN.
     *
     * @return whether it had been held for down
     */
    public boolean answered() {
        boolean wasDown = failed;
        failed = false;
        suspect = false;
        unanswered = 0;
        downNanos = 0;
        return wasDown;
    }

    /**
     * A SYN round trip was measured (P42): kept as a peak-sensitive moving average, which rises at once and decays by an
     * eighth, so that one bad moment counts.
     */
    public void roundTrip(long nanos) {
        figures.roundTrip(nanos);
        if (roundTripNanos < 0 || nanos > roundTripNanos) {
            roundTripNanos = nanos;
        } else {
            roundTripNanos += (nanos - roundTripNanos) >> 3;
        }
    }

    /** The moving average, or -1 if none was measured. */
    public long roundTripNanos() {
        return roundTripNanos;
    }

    /** Its SYN+ACK has said what it can do: its MSS, -1 if unsaid, and whether it has timestamps if it is offered them. */
    public void learned(int itsMss, boolean itsTimestamps) {
        mss = itsMss;
        timestamps = itsTimestamps;
    }

    /** The MSS of its last SYN+ACK; 0 before the first, -1 if it said none. */
    public int mss() {
        return mss;
    }

    /** Whether its last SYN+ACK had timestamps. */
    public boolean hasTimestamps() {
        return timestamps;
    }

    /** It won a session. */
    public void won() {
        wins++;
        sessions++;
    }

    /** A session that it had has ended or moved on. */
    public void left() {
        sessions--;
    }

    /** Live sessions. */
    public int sessions() {
        return sessions;
    }

    public long wins() {
        return wins;
    }

    public long failures() {
        return failures;
    }

    /** Whether it gets no new sessions (B04). */
    public boolean drained() {
        return drained;
    }

    public void drained(boolean value) {
        drained = value;
    }

    /** How long it stays down, 0 if it is not. */
    public long downNanos(long now) {
        return failed ? Math.max(0, downUntil - now) : 0;
    }

    /** What is counted for people to look at. */
    public ServerFigures figures() {
        return figures;
    }

    /** Takes another configuration's word for how it is to be chosen. */
    void configure(int newWeight, boolean newBackup, boolean newElsewhere) {
        weight = newWeight;
        backup = newBackup;
        elsewhere = newElsewhere;
    }

    @Override
    public String toString() {
        return endpoint.toString();
    }
}
