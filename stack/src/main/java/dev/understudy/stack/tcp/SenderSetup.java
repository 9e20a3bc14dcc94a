package dev.understudy.stack.tcp;

/**
 * What a {@link TcpSender} must know to begin, whether behind a handshake or in the middle of a connection.
 *
 * @param firstSeq sequence number of the first byte that will be written
 * @param mss bytes that fit a segment without TCP options: the peer's MSS or our MTU's, whichever is less
 * @param windowScale shift of the window field in the peer's segments
 * @param window bytes that the peer takes now
 * @param sack whether the peer sends SACK blocks (RFC 2018)
 * @param timestamps whether both send timestamps (RFC 7323)
 * @param timestampOffset what is added to the millisecond clock for TSval; only with timestamps
 * @param superSegmentBytes most data in one {@link SegmentOutput#transmit}; less than two segments means no super-segments
 * @param bufferBytes most data queued, sent or not
 * @param initialWindow congestion window to start with; 0 for RFC 6928's
 */
public record SenderSetup(
        int firstSeq,
        int mss,
        int windowScale,
        int window,
        boolean sack,
        boolean timestamps,
        int timestampOffset,
        int superSegmentBytes,
        int bufferBytes,
        int initialWindow) {
    /** A segment smaller than this is nobody's wish (RFC 9293 §3.7.1 knows 536, PMTUD less). */
    public static final int MIN_MSS = 28;

    public SenderSetup {
        if (mss < 1 || windowScale < 0 || windowScale > 14 || bufferBytes < 1) {
            throw new IllegalArgumentException(
                    "mss " + mss + ", scale " + windowScale + ", buffer " + bufferBytes);
        }
    }

    /** RFC 6928 §2: ten segments, but no more than the larger of two and 14,600 bytes. */
    public static int initialWindow(int mss) {
        return Math.min(10 * mss, Math.max(2 * mss, 14_600));
    }

    int startWindow() {
        return initialWindow > 0 ? Math.max(mss, initialWindow) : initialWindow(mss);
    }
}
