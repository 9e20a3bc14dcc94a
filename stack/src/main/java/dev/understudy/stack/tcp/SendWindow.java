package dev.understudy.stack.tcp;

/**
 * What the peer takes (SND.WND, RFC 9293 §3.10.7.4): moves only with segments that are not older than the one that moved it
 * last.
 */
final class SendWindow {
    private int bytes;
    private int largest;
    private int scale;
    private int wl1;
    private int wl2;
    private boolean heard;

    void start(int firstBytes, int itsScale) {
        bytes = firstBytes;
        largest = firstBytes;
        scale = itsScale;
    }

    void update(Segment segment) {
        if (!heard
                || SeqNum.lt(wl1, segment.seq())
                || wl1 == segment.seq() && SeqNum.le(wl2, segment.ack())) {
            heard = true;
            wl1 = segment.seq();
            wl2 = segment.ack();
            bytes = segment.window() << scale;
            largest = Math.max(largest, bytes);
        }
    }

    int bytes() {
        return bytes;
    }

    /** The largest ever: half of it is worth a segment (§3.8.6.2.1), and RFC 5961 §5 measures acknowledgements by it. */
    int largest() {
        return largest;
    }

    boolean isShut() {
        return bytes == 0;
    }
}
