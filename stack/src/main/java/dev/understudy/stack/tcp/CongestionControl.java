package dev.understudy.stack.tcp;

/**
 * How much may be in flight (RFC 5681): a window in bytes that grows with what is acknowledged and shrinks with what is
 * lost. Detecting loss and choosing what to send again is the sender's; this decides only how much. One instance serves one
 * connection.
 *
 * <p>Implementations: {@link NewReno} and {@link Cubic}.
 */
public interface CongestionControl {
    /** Makes one for each connection. */
    @FunctionalInterface
    interface Factory {
        /** @param mss bytes of data in a full segment */
        CongestionControl create(int mss);
    }

    /** {@link #ssthresh} before the first loss. */
    int UNLIMITED = Integer.MAX_VALUE / 2;

    /** The name that getsockopt and screens show. */
    String name();

    /** The congestion window in bytes. */
    int cwnd();

    /** The slow start threshold in bytes. */
    int ssthresh();

    /** A segment now has so many bytes (path MTU discovery); the window stays what it was, in bytes. */
    void mss(int bytes);

    /** Sets the window at the start of a connection (RFC 6928); {@code bytes} at least one segment. */
    void start(int bytes);

    /**
     * New data was acknowledged outside of recovery, while the window was what limited the sender.
     *
     * @param bytes newly acknowledged
     * @param srtt smoothed round-trip time in nanoseconds, -1 if unknown
     */
    void onAck(int bytes, long srtt, long now);

    /** Loss was seen without a time-out: lowers {@link #ssthresh} and the window to it. {@code flight} in bytes. */
    void onLoss(int flight, long now);

    /**
     * The retransmission timer went off: the window becomes one segment.
     *
     * @param first whether it is the first time-out for this data; only then {@link #ssthresh} is lowered (RFC 5681 §3.1)
     */
    void onTimeout(int flight, boolean first, long now);

    /** The loss or time-out before turned out not to be one: back to what was before it. */
    void undo();

    /**
     * Nothing was sent for {@code idle} nanoseconds, longer than a time-out: the window decays to no less than {@code
     * restart} bytes (RFC 5681 §4.1, RFC 2861).
     */
    void onIdle(long idle, long rto, int restart);
}
