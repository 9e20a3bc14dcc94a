package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9293 §3.5: connections begin. */
class OpeningTest {
    private static final TcpConfig CONFIG = TcpConfig.DEFAULT.withOffload(0, false);
    private static final TcpConfig BARE = CONFIG.withOptions(false, false, false);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void passiveOpen(boolean ipv6) {
        Peer peer = new Peer(CONFIG, ipv6).listening();
        peer.sends("S 0:0(0) win 1000 mss 1000 sackOK ws 7 TS 10 0");
        peer.expects("S. 0:0(0) ack 1 mss " + (ipv6 ? 1440 : 1460) + " ws 5 sackOK");
        peer.expectsNothing();
        peer.sends(". 1:1(0) ack 1 win 100 TS 11 0").expectsNothing();
        peer.expectsState(TcpState.ESTABLISHED);
        assertThat(peer.connection.info().sendWindow()).isEqualTo(100 << 7);
        peer.leavesNothing();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void activeOpen(boolean ipv6) {
        Peer peer = new Peer(CONFIG, ipv6).connecting();
        peer.expects(
                "S 0:0(0) ack " + -Peer.PEER_ISN + " mss " + (ipv6 ? 1440 : 1460) + " ws 5 sackOK");
        peer.sends("S. 0:0(0) ack 1 win 1000 mss 1200");
        peer.expects(". 1:1(0) ack 1").expectsNothing().expectsEvents("connected");
        assertThat(peer.connection.info().mss()).isEqualTo(1200);
        peer.leavesNothing();
    }

    @Test
    void anOptionHoldsOnlyIfBothSentIt() {
        Peer peer = new Peer(CONFIG).listening();
        peer.sends("S 0:0(0) win 1000");
        assertThat(peer.peek()).isEqualTo("S. 0:0(0) ack 1 win 65535 mss 1460");
        peer.forget().sends(". 1:1(0) ack 1 win 1000");
        assertThat(peer.connection.info().mss()).as("RFC 9293 3.7.1").isEqualTo(536);
        peer.leavesNothing();
    }

    @Test
    void weOfferWhatIsConfigured() {
        Peer peer = new Peer(BARE).connecting();
        assertThat(peer.peek()).doesNotContain("sackOK").doesNotContain("ws").doesNotContain("TS");
        peer.leavesNothing();
    }

    @Test
    void theSynIsRepeatedWithBackoffAndGivenUp() {
        Peer peer = new Peer(CONFIG).connecting().forget();
        peer.after(999).expectsNothing().after(1).expects("S 0:0(0) ack " + -Peer.PEER_ISN);
        peer.after(1999).expectsNothing().after(1).expects("S 0:0(0) ack " + -Peer.PEER_ISN);
        peer.after(3999).expectsNothing().after(1).expects("S 0:0(0) ack " + -Peer.PEER_ISN);
        peer.after(180_000 - 7000).expectsEvents("closed TIMED_OUT").leavesNothing();
    }

    @Test
    void aLostSynLeavesOneSegmentAndThreeSecondsToBeginWith() {
        Peer peer = new Peer(BARE).connecting().forget();
        peer.after(1000).forget().sends("S. 0:0(0) ack 1 win 65535 mss 1000").forget();
        peer.writes(5000).expects(". 1:1001(1000) ack 1").expectsNothing();
        assertThat(peer.connection.info().rto()).as("RFC 6298 5.7").isEqualTo(3_000_000_000L);
        peer.leavesNothing();
    }

    @Test
    void theHandshakeMeasuresTheRoundTrip() {
        Peer peer = new Peer(CONFIG).connecting().forget();
        peer.after(30).sends("S. 0:0(0) ack 1 win 65535 mss 1000");
        assertThat(peer.connection.info().rtt()).isEqualTo(30 * Peer.MILLIS);
        peer.leavesNothing();
    }

    @Test
    void simultaneousOpen() {
        Peer peer = new Peer(BARE).connecting();
        peer.expects("S 0:0(0) ack " + -Peer.PEER_ISN);
        peer.sends("S 0:0(0) win 1000 mss 1000").expects("S. 0:0(0) ack 1");
        peer.expectsState(TcpState.SYN_RECEIVED);
        peer.sends("S. 0:0(0) ack 1 win 1000 mss 1000").expectsState(TcpState.ESTABLISHED);
        peer.expects(". 1:1(0) ack 1").expectsEvents("connected");
        peer.writes(10).expects("P. 1:11(10) ack 1").leavesNothing();
    }

    @Test
    void anOldDuplicateAckGetsAResetInSynSent() {
        Peer peer = new Peer(CONFIG).connecting().forget();
        peer.sends(". 500:500(0) ack 77 win 1000").expects("R 77:77(0)").expectsNothing();
        peer.expectsState(TcpState.SYN_SENT);
        peer.sends("R. 0:0(0) ack 77").expectsNothing().expectsState(TcpState.SYN_SENT);
        peer.sends("R 0:0(0)").expectsNothing().expectsState(TcpState.SYN_SENT);
        peer.leavesNothing();
    }

    @Test
    void aRefusalNamesOurSyn() {
        Peer peer = new Peer(CONFIG).connecting().forget();
        peer.sends("R. 0:0(0) ack 1").expectsNothing().expectsEvents("closed REFUSED");
        peer.leavesNothing();
    }

    @Test
    void theSynAckIsRepeatedAndAnswersARepeatedSyn() {
        Peer peer = new Peer(BARE).listening();
        peer.sends("S 0:0(0) win 1000").expects("S. 0:0(0) ack 1");
        peer.sends("S 0:0(0) win 1000").expects("S. 0:0(0) ack 1");
        peer.after(1000).expects("S. 0:0(0) ack 1").expectsNothing();
        peer.after(181_000).forget();
        assertThat(peer.stack.connectionCount()).isZero();
        peer.leavesNothing();
    }

    @Test
    void aWrongAckInSynReceivedGetsAReset() {
        Peer peer = new Peer(BARE).listening();
        peer.sends("S 0:0(0) win 1000").forget();
        peer.sends(". 1:1(0) ack 9 win 1000").expects("R 9:9(0)").expectsNothing();
        peer.sends(". 1:1(0) ack 1 win 1000").expectsState(TcpState.ESTABLISHED).leavesNothing();
    }

    @Test
    void aResetInSynReceivedLeavesTheListener() {
        Peer peer = new Peer(BARE).listening();
        peer.sends("S 0:0(0) win 1000").forget().sends("R 1:1(0)").expectsNothing();
        assertThat(peer.stack.connectionCount()).isZero();
        peer.sends("S 0:0(0) win 1000").expects("S. 0:0(0) ack 1").leavesNothing();
    }

    @Test
    void dataWithTheLastSegmentOfTheHandshakeIsThere() {
        Peer peer = new Peer(BARE).listening();
        peer.sends("S 0:0(0) win 1000").forget();
        peer.sends("P. 1:101(100) ack 1 win 1000");
        assertThat(peer.connection.readable()).isEqualTo(100);
        peer.leavesNothing();
    }

    @Test
    void whatIsWrittenBeforeGoesWithTheHandshake() {
        Peer peer = new Peer(BARE).connecting().forget();
        peer.writes(100).expectsNothing();
        peer.sends("S. 0:0(0) ack 1 win 1000 mss 500").expects("P. 1:101(100) ack 1");
        peer.expectsNothing().leavesNothing();
    }

    @Test
    void shutdownBeforeTheHandshakeSendsTheFinAfterIt() {
        Peer peer = new Peer(BARE).connecting().forget();
        peer.writes(100).connection.shutdownOutput(peer.now());
        peer.sends("S. 0:0(0) ack 1 win 1000 mss 500").expects("FP. 1:101(100) ack 1");
        peer.expectsState(TcpState.FIN_WAIT_1).leavesNothing();
    }

    @Test
    void closeBeforeTheHandshakeForgetsIt() {
        Peer peer = new Peer(BARE).connecting().forget();
        peer.connection.close(peer.now());
        peer.expectsNothing().expectsEvents("closed ABORTED").leavesNothing();
    }
}
