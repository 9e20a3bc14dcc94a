package dev.understudy.stack.tcp;

/**
 * Slow start and congestion avoidance of RFC 5681 §3.1 with byte counting (RFC 3465): the window doubles in each round trip up
 * to {@link #ssthresh}, then grows by a segment in each, and is halved by a loss. One acknowledgement counts for all that it
 * acknowledges, for it may answer a super-segment; bytes, not acknowledgements, are counted, so that splitting them gains a
 * receiver nothing. What makes it "new" (RFC 6582) is the sender's recovery.
 */
public final class NewReno implements CongestionControl {
    private int mss;
    private int cwnd;
    private int ssthresh = UNLIMITED;
    private int acked;
    private int priorCwnd;
    private int priorSsthresh;

    public NewReno(int mss) {
        this.mss = mss;
        cwnd = 10 * mss;
        priorCwnd = cwnd;
        priorSsthresh = ssthresh;
    }

    @Override
    public String name() {
        return "reno";
    }

    @Override
    public int cwnd() {
        return cwnd;
    }

    @Override
    public int ssthresh() {
        return ssthresh;
    }

    @Override
    public void mss(int bytes) {
        mss = bytes;
        cwnd = Math.max(cwnd, bytes);
    }

    @Override
    public void start(int bytes) {
        cwnd = bytes;
    }

    @Override
    public void onAck(int bytes, long srtt, long now) {
        int left = bytes;
        if (cwnd < ssthresh) {
            int grow = Math.min(left, ssthresh - cwnd);
            cwnd += grow;
            left -= grow;
        }
        acked += left;
        if (acked >= cwnd) {
            acked -= cwnd;
            cwnd = Math.min(UNLIMITED, cwnd + mss);
        }
    }

    @Override
    public void onLoss(int flight, long now) {
        remember();
        ssthresh = Math.max(flight / 2, 2 * mss);
        cwnd = ssthresh;
        acked = 0;
    }

    @Override
    public void onTimeout(int flight, boolean first, long now) {
        if (first) {
            remember();
            ssthresh = Math.max(flight / 2, 2 * mss);
        }
        cwnd = mss;
        acked = 0;
    }

    private void remember() {
        priorCwnd = cwnd;
        priorSsthresh = ssthresh;
    }

    @Override
    public void undo() {
        cwnd = Math.max(cwnd, priorCwnd);
        ssthresh = priorSsthresh;
    }

    @Override
    public void onIdle(long idle, long rto, int restart) {
        ssthresh = Math.max(ssthresh, cwnd / 4 * 3);
        long left = idle;
        while (left > rto && cwnd > restart) {
            cwnd = Math.max(restart, cwnd / 2);
            left -= rto;
        }
        acked = 0;
    }
}
