package dev.understudy.stack.tcp;

/**
 * CUBIC (RFC 9438): after a loss the window grows along a cubic curve of the time since, flat around the window at which the
 * loss came and steep far from it, but never slower than Reno would ({@code W_est}, §4.3).
 *
 * <p>Arithmetic is in bytes and nanoseconds with doubles; C is 0.4, beta 0.7 (§5).
 */
public final class Cubic implements CongestionControl {
    private static final double C = 0.4;
    private static final double BETA = 0.7;

    /** §4.3: what makes Reno with this beta as aggressive as Reno with a half. */
    private static final double ALPHA = 3 * (1 - BETA) / (1 + BETA);

    private int mss;
    private int cwnd;
    private int ssthresh = UNLIMITED;

    /** The window before the last reduction, in segments (after fast convergence). */
    private double wMax;

    private double wEst;
    private double k;
    private double fraction;
    private long epochStart;
    private boolean inEpoch;
    private int cwndPrior;

    private int undoCwnd;
    private int undoSsthresh;
    private double undoWMax;

    public Cubic(int mss) {
        this.mss = mss;
        cwnd = 10 * mss;
        undoCwnd = cwnd;
        undoSsthresh = ssthresh;
    }

    @Override
    public String name() {
        return "cubic";
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
        inEpoch = false;
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
        if (left > 0) {
            avoid(left, srtt, now);
        }
    }

    /** Congestion avoidance (§4.2 to §4.5). */
    private void avoid(int bytes, long srtt, long now) {
        double segments = (double) cwnd / mss;
        if (!inEpoch) {
            inEpoch = true;
            epochStart = now;
            wEst = segments;
            fraction = 0;
            if (segments < wMax) {
                k = Math.cbrt((wMax - segments) / C);
            } else {
                k = 0;
                wMax = segments;
            }
        }
        double t = (now - epochStart + Math.max(0, srtt)) / 1e9;
        double d = t - k;
        double target = C * d * d * d + wMax;
        target = Math.max(segments, Math.min(target, 1.5 * segments));
        double alpha = cwndPrior > 0 && wEst * mss >= cwndPrior ? 1 : ALPHA;
        wEst += alpha * bytes / cwnd;
        double grown = (target - segments) / segments * bytes;
        if (wEst > segments && (wEst - segments) * mss > grown) {
            // The Reno-friendly region: at least what Reno would have.
            grown = (wEst - segments) * mss;
        }
        fraction += grown;
        int whole = (int) fraction;
        fraction -= whole;
        cwnd = (int) Math.min(UNLIMITED, (long) cwnd + whole);
    }

    @Override
    public void onLoss(int flight, long now) {
        reduce(flight);
        cwnd = ssthresh;
    }

    @Override
    public void onTimeout(int flight, boolean first, long now) {
        if (first) {
            reduce(flight);
        }
        inEpoch = false;
        cwnd = mss;
    }

    private void reduce(int flight) {
        undoCwnd = cwnd;
        undoSsthresh = ssthresh;
        undoWMax = wMax;
        double segments = (double) cwnd / mss;
        // Fast convergence (§4.7): a window that shrinks leaves room for a newcomer.
        wMax = segments < wMax ? segments * (1 + BETA) / 2 : segments;
        cwndPrior = cwnd;
        // §4.6 takes the bytes in flight where the window was not used up.
        ssthresh = Math.max((int) (Math.min(flight, cwnd) * BETA), 2 * mss);
        inEpoch = false;
    }

    @Override
    public void undo() {
        cwnd = Math.max(cwnd, undoCwnd);
        ssthresh = undoSsthresh;
        wMax = undoWMax;
        inEpoch = false;
    }

    @Override
    public void onIdle(long idle, long rto, int restart) {
        ssthresh = Math.max(ssthresh, cwnd / 4 * 3);
        long left = idle;
        while (left > rto && cwnd > restart) {
            cwnd = Math.max(restart, cwnd / 2);
            left -= rto;
        }
        inEpoch = false;
    }
}
