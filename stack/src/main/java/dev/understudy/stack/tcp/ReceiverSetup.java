package dev.understudy.stack.tcp;

/**
 * What a {@link TcpReceiver} must know to begin.
 *
 * @param firstSeq sequence number of the first byte expected
 * @param windowScale shift of the window field in our segments
 * @param bufferBytes most bytes kept for the application, which is the largest window
 * @param mss largest segment that the peer may send
 * @param sack whether the peer reads SACK blocks (RFC 2018)
 * @param ackDelay nanoseconds that an acknowledgement may wait for data to go with (RFC 9293 §3.8.6.3: at most 0.5 s)
 * @param pieces most pieces kept out of order
 */
public record ReceiverSetup(
        int firstSeq,
        int windowScale,
        int bufferBytes,
        int mss,
        boolean sack,
        long ackDelay,
        int pieces) {
    public ReceiverSetup {
        if (windowScale < 0
                || windowScale > 14
                || bufferBytes < 1
                || ackDelay < 0
                || ackDelay > 500_000_000L) {
            throw new IllegalArgumentException(
                    "scale " + windowScale + ", buffer " + bufferBytes + ", delay " + ackDelay);
        }
    }

    /** The smallest shift with which a window of {@code bytes} can be told (RFC 7323 §2.2). */
    public static int scaleFor(int bytes) {
        int shift = 0;
        while (shift < 14 && 0xFFFFL << shift < bytes) {
            shift++;
        }
        return shift;
    }
}
