package dev.understudy.stack.tcp;

/**
 * What a connection is doing, as Linux's TCP_INFO tells it; times in nanoseconds, -1 where unknown; windows and amounts in
 * bytes.
 *
 * @param unacked between SND.UNA and SND.NXT
 * @param inFlight estimated to be in the network
 * @param retransmits segments sent again in all
 * @param backoff doublings of the time-out at the moment
 */
public record TcpInfo(
        TcpState state,
        int mss,
        int receiveMss,
        int cwnd,
        int ssthresh,
        long rtt,
        long rttVar,
        long rto,
        long minRtt,
        int unacked,
        int inFlight,
        int sacked,
        int lost,
        long retransmits,
        int backoff,
        int sendWindow,
        int receiveWindow,
        int sendQueue,
        int receiveQueue,
        int outOfOrder,
        int sendScale,
        int receiveScale,
        boolean timestamps,
        boolean sack,
        boolean ecn,
        String congestionControl) {
    static TcpInfo of(TcpConnection c) {
        TcpSender sender = c.sender;
        RttEstimator rtt = sender.rtt();
        CongestionControl control = sender.congestionControl();
        TcpReceiver receiver = c.receiver;
        boolean open = receiver != null;
        return new TcpInfo(
                c.state(),
                sender.mss(),
                c.receivedMss,
                control.cwnd(),
                control.ssthresh(),
                rtt.srtt(),
                rtt.hasSample() ? rtt.rttVar() : -1,
                rtt.rto(),
                rtt.minRtt() == Long.MAX_VALUE ? -1 : rtt.minRtt(),
                sender.nextSeq() - sender.unacknowledged(),
                sender.inFlight(),
                sender.sacked(),
                sender.lost(),
                sender.retransmits(),
                rtt.backoff(),
                sender.window(),
                open ? receiver.windowEdge() - receiver.nextSeq() : 0,
                sender.queued(),
                open ? receiver.readable() : 0,
                open ? receiver.outOfOrder() : 0,
                c.sendScale,
                c.receiveScale,
                c.timestamps,
                c.sack,
                c.ecn != null,
                control.name());
    }
}
