package dev.understudy.stack.tcp;

/** What is left of a connection in TIME-WAIT (RFC 9293 §3.6.1): enough to answer a repeated FIN and to know old from new. */
final class TimeWait extends Flow {
    final int sndNxt;
    final int rcvNxt;
    final int window;
    private final int windowEdge;
    final boolean timestamps;
    final int timestampOffset;
    int tsRecent;
    long expires;

    // Kept by TimeWaitQueue.
    long queuedUntil;
    boolean gone;

    TimeWait(TcpConnection c, long expires) {
        super(c.localHi, c.localLo, c.localPort, c.remoteHi, c.remoteLo, c.remotePort);
        sndNxt = c.sender.nextSeq();
        rcvNxt = c.receiver.nextSeq();
        window = c.receiver.advertise();
        windowEdge = c.receiver.windowEdge();
        timestamps = c.timestamps;
        timestampOffset = c.timestampOffset;
        tsRecent = c.tsRecent;
        this.expires = expires;
    }

    /** Whether some of it lies in the window that the peer knows (RFC 9293 §3.4). */
    boolean isInWindow(Segment s) {
        return SeqNum.within(s.seq(), rcvNxt, windowEdge)
                || s.seqLength() > 0 && SeqNum.within(s.end() - 1, rcvNxt, windowEdge);
    }

    /**
     * Whether a SYN may open the connection anew: it cannot be an old duplicate (RFC 6191 §2: its timestamp is later; or,
     * RFC 9293 §3.10.7.4, its sequence number is beyond all that was used).
     */
    boolean mayReopen(Segment syn) {
        if (timestamps && syn.hasTimestamps() && syn.tsVal() != tsRecent) {
            return SeqNum.gt(syn.tsVal(), tsRecent);
        }
        return SeqNum.gt(syn.seq(), rcvNxt);
    }
}
