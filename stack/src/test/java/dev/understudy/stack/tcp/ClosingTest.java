package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** RFC 9293 §3.6: connections end. */
class ClosingTest {
    private static final TcpConfig CONFIG =
            TcpConfig.DEFAULT.withOffload(0, false).withOptions(false, false, false);

    private static Peer established() {
        return new Peer(CONFIG).listening().established("win 65535 mss 1000");
    }

    @Test
    void weCloseFirst() {
        Peer peer = established();
        peer.connection.shutdownOutput(peer.now());
        peer.expects("F. 1:1(0) ack 1").expectsState(TcpState.FIN_WAIT_1);
        peer.sends(". 1:1(0) ack 2 win 1000").expectsState(TcpState.FIN_WAIT_2);
        peer.sends("F. 1:1(0) ack 2 win 1000").expects(". 2:2(0) ack 2").expectsNothing();
        peer.expectsState(TcpState.TIME_WAIT).expectsEvents("input ended", "closed GRACEFUL");
        assertThat(peer.stack.timeWaitCount()).isEqualTo(1);
        peer.after(59_999);
        assertThat(peer.stack.timeWaitCount()).isEqualTo(1);
        peer.after(1);
        assertThat(peer.stack.timeWaitCount()).isZero();
        peer.leavesNothing();
    }

    @Test
    void thePeerClosesFirst() {
        Peer peer = established();
        peer.sends("F. 1:1(0) ack 1 win 1000").expects(". 1:1(0) ack 2").expectsNothing();
        peer.expectsState(TcpState.CLOSE_WAIT).expectsEvents("input ended");
        peer.writes(10).expects("P. 1:11(10) ack 2");
        peer.connection.close(peer.now());
        peer.expects("F. 11:11(0) ack 2").expectsState(TcpState.LAST_ACK);
        peer.sends(". 2:2(0) ack 12 win 1000").expectsEvents("closed GRACEFUL");
        assertThat(peer.stack.timeWaitCount()).isZero();
        peer.leavesNothing();
    }

    @Test
    void bothCloseAtOnce() {
        Peer peer = established();
        peer.connection.close(peer.now());
        peer.expects("F. 1:1(0) ack 1");
        peer.sends("F. 1:1(0) ack 1 win 1000").expects(". 2:2(0) ack 2");
        peer.expectsState(TcpState.CLOSING);
        peer.sends(". 2:2(0) ack 2 win 1000").expectsState(TcpState.TIME_WAIT).leavesNothing();
    }

    @Test
    void theirFinWithTheAckOfOurs() {
        Peer peer = established();
        peer.connection.close(peer.now());
        peer.forget().sends("F. 1:1(0) ack 2 win 1000").expects(". 2:2(0) ack 2");
        peer.expectsState(TcpState.TIME_WAIT).leavesNothing();
    }

    @Test
    void halfClosedWeStillReceive() {
        Peer peer = established();
        peer.connection.shutdownOutput(peer.now());
        peer.forget().sends(". 1:1(0) ack 2 win 1000");
        peer.sends("P. 1:501(500) ack 2 win 1000").after(40).expects(". 2:2(0) ack 501");
        assertThat(peer.reads()).isEqualTo(500);
        peer.leavesNothing();
    }

    @Test
    void theFinIsRepeatedUntilAcknowledged() {
        Peer peer = established();
        peer.connection.shutdownOutput(peer.now());
        peer.expects("F. 1:1(0) ack 1").after(2000).expects("F. 1:1(0) ack 1");
        peer.leavesNothing();
    }

    @Test
    void finBehindMissingDataWaitsForIt() {
        Peer peer = established();
        peer.sends("FP. 101:201(100) ack 1 win 1000").expects(". 1:1(0) ack 1").expectsEvents();
        peer.expectsState(TcpState.ESTABLISHED);
        peer.sends("P. 1:101(100) ack 1 win 1000").expects(". 1:1(0) ack 202");
        peer.expectsState(TcpState.CLOSE_WAIT).expectsEvents("readable", "input ended");
        assertThat(peer.reads()).isEqualTo(200);
        peer.leavesNothing();
    }

    @Test
    void closeWithUnreadDataResets() {
        Peer peer = established();
        peer.sends("P. 1:101(100) ack 1 win 1000");
        peer.connection.close(peer.now());
        peer.expects("R. 1:1(0) ack 101").expectsEvents("readable", "closed ABORTED");
        peer.leavesNothing();
    }

    @Test
    void dataAfterCloseResets() {
        Peer peer = established();
        peer.connection.close(peer.now());
        peer.forget().sends("P. 1:101(100) ack 2 win 1000").expects("R. 2:2(0) ack 1");
        peer.expectsEvents("closed RESET").leavesNothing();
    }

    @Test
    void lingerZeroResets() {
        Peer peer = established();
        peer.connection.lingerZero(true);
        peer.connection.close(peer.now());
        peer.expects("R. 1:1(0) ack 1").expectsEvents("closed ABORTED").leavesNothing();
    }

    @Test
    void aClosedConnectionDoesNotWaitForEverForTheOtherFin() {
        Peer peer = established();
        peer.connection.close(peer.now());
        peer.forget().sends(". 1:1(0) ack 2 win 1000").expectsState(TcpState.FIN_WAIT_2);
        peer.after(60_000).expectsEvents("closed GRACEFUL").expectsNothing();
        assertThat(peer.stack.connectionCount()).isZero();
        peer.leavesNothing();
    }

    @Test
    void aHalfClosedOneWaitsAsLongAsItsApplicationDoes() {
        Peer peer = established();
        peer.connection.shutdownOutput(peer.now());
        peer.forget().sends(". 1:1(0) ack 2 win 1000").after(3_600_000);
        peer.expectsState(TcpState.FIN_WAIT_2).leavesNothing();
    }

    @Test
    void closeStillDeliversWhatIsQueued() {
        Peer peer = new Peer(CONFIG).listening().established("win 1000 mss 1000");
        peer.sends(". 1:1(0) ack 1 win 1000").writes(2500).expects(". 1:1001(1000) ack 1");
        peer.connection.close(peer.now());
        peer.expectsNothing();
        peer.sends(". 1:1(0) ack 1001 win 2000").expects(". 1001:2001(1000) ack 1");
        peer.expects("FP. 2001:2501(500) ack 1").expectsNothing();
        peer.sends(". 1:1(0) ack 2502 win 2000").expectsState(TcpState.FIN_WAIT_2);
        peer.leavesNothing();
    }

    @Test
    void anUnreadStreamOutlivesTheConnection() {
        Peer peer = established();
        peer.connection.shutdownOutput(peer.now());
        peer.forget().sends("FP. 1:101(100) ack 2 win 1000").expectsState(TcpState.TIME_WAIT);
        peer.expectsEvents("readable", "input ended", "closed GRACEFUL");
        assertThat(peer.reads()).isEqualTo(100);
        peer.leavesNothing();
    }

    @Test
    void theRepeatedFinIsAcknowledgedInTimeWaitAndStartsItAnew() {
        Peer peer = timeWait(established());
        peer.after(50_000).sends("F. 1:1(0) ack 2 win 1000").expects(". 2:2(0) ack 2");
        peer.after(59_000);
        assertThat(peer.stack.timeWaitCount()).isEqualTo(1);
        peer.after(1_000);
        assertThat(peer.stack.timeWaitCount()).isZero();
        peer.leavesNothing();
    }

    @Test
    void aResetDoesNotEndTimeWait() {
        Peer peer = timeWait(established());
        peer.sends("R 2:2(0)").expectsNothing();
        assertThat(peer.stack.timeWaitCount()).as("RFC 1337").isEqualTo(1);
        peer.leavesNothing();
    }

    @Test
    void aLaterSynOpensAnewFromTimeWaitAndAnEarlierOneDoesNot() {
        Peer peer = timeWait(established());
        peer.sends("S 1:1(0) win 1000").expects(". 2:2(0) ack 2");
        peer.sends("S 50000:50000(0) win 1000");
        assertThat(peer.peek()).startsWith("S. ");
        assertThat(peer.stack.timeWaitCount()).isZero();
        peer.leavesNothing();
    }

    private static Peer timeWait(Peer peer) {
        peer.connection.shutdownOutput(peer.now());
        peer.forget().sends("F. 1:1(0) ack 2 win 1000").expects(". 2:2(0) ack 2");
        return peer;
    }
}
