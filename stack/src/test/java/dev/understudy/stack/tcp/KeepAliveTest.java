package dev.understudy.stack.tcp;

import org.junit.jupiter.api.Test;

/** RFC 9293 §3.8.4. */
class KeepAliveTest {
    private static final TcpConfig CONFIG =
            TcpConfig.DEFAULT.withOffload(0, false).withOptions(false, false, false);
    private static final double SECOND = 1000;

    private static Peer established() {
        Peer peer = new Peer(CONFIG).listening().established("win 65535 mss 1000");
        peer.connection.keepAlive(60_000 * Peer.MILLIS, 5_000 * Peer.MILLIS, 3);
        return peer;
    }

    @Test
    void isOffUnlessAskedFor() {
        Peer peer = new Peer(CONFIG).listening().established("win 65535");
        peer.after(30 * 24 * 3600 * SECOND).expectsNothing().leavesNothing();
    }

    @Test
    void aSilentPeerIsProbedAndGivenUp() {
        Peer peer = established().after(60 * SECOND - 1).expectsNothing().after(1);
        for (int i = 0; i < 3; i++) {
            peer.expects(". 0:0(0) ack 1").expectsNothing().after(5 * SECOND);
        }
        peer.expects("R. 1:1(0) ack 1").expectsEvents("closed TIMED_OUT").leavesNothing();
    }

    @Test
    void anAnswerStartsTheIdleTimeAnew() {
        Peer peer = established().after(65 * SECOND).forget();
        peer.sends(". 1:1(0) ack 1 win 1000").after(60 * SECOND - 1).expectsNothing();
        peer.after(1).expects(". 0:0(0) ack 1").leavesNothing();
    }

    @Test
    void dataInFlightNeedsNoProbe() {
        Peer peer = established().writes(10).after(64 * SECOND);
        while (peer.pending() > 0) {
            peer.expects("P. 1:11(10) ack 1");
        }
        peer.leavesNothing();
    }

    @Test
    void aPeersProbeIsAnswered() {
        Peer peer = established().sends(". 0:0(0) ack 1 win 1000").expects(". 1:1(0) ack 1");
        peer.sends(". 0:1(1) ack 1 win 1000").expects(". 1:1(0) ack 1").leavesNothing();
    }
}
