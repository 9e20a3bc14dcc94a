package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9293 §3.7 and §3.8: what goes out, how much of it, and when. A full segment has 1,000 bytes here. */
class SendingTest {
    private static final TcpConfig CONFIG =
            TcpConfig.DEFAULT.withOffload(0, false).withOptions(false, false, false);

    private static Peer established(int window) {
        return established(CONFIG, window);
    }

    private static Peer established(TcpConfig config, int window) {
        Peer peer = new Peer(config).listening().established("win " + window + " mss 1000");
        return peer.sends(". 1:1(0) ack 1 win " + window).forget();
    }

    @Test
    void aStreamIsCutIntoFullSegmentsAndTheLastOnePushes() {
        Peer peer = established(65535).writes(2500);
        peer.expects(". 1:1001(1000) ack 1").expects(". 1001:2001(1000) ack 1").expectsNothing();
        peer.sends(". 1:1(0) ack 2001 win 65535").expects("P. 2001:2501(500) ack 1");
        peer.leavesNothing();
    }

    @ParameterizedTest
    @CsvSource({"536, 5360", "1000, 10000", "1460, 14600", "2000, 14600", "9000, 18000"})
    void theFirstWindowIsTenSegmentsWithinBounds(int mss, int window) {
        assertThat(SenderSetup.initialWindow(mss)).as("RFC 6928").isEqualTo(window);
    }

    @Test
    void slowStartSendsTwoSegmentsForEachAcknowledged() {
        Peer peer = established(65535).writes(60_000);
        assertThat(peer.pending()).isEqualTo(10);
        peer.forget().sends(". 1:1(0) ack 2001 win 65535");
        assertThat(peer.pending()).isEqualTo(4);
        peer.leavesNothing();
    }

    @Test
    void oneAcknowledgementCountsForAllThatItCovers() {
        Peer peer = established(65535).writes(60_000).forget();
        peer.sends(". 1:1(0) ack 10001 win 65535");
        assertThat(peer.pending()).isEqualTo(20);
        peer.leavesNothing();
    }

    @Test
    void thePeersWindowIsNeverExceeded() {
        Peer peer = established(2500).writes(10_000);
        peer.expects(". 1:1001(1000) ack 1").expects(". 1001:2001(1000) ack 1").expectsNothing();
        peer.sends(". 1:1(0) ack 1001 win 1500").expectsNothing();
        peer.sends(". 1:1(0) ack 2001 win 1500").expects(". 2001:3001(1000) ack 1");
        peer.expectsNothing().leavesNothing();
    }

    @Test
    void nagleKeepsASmallSegmentWhileSomethingIsInFlight() {
        Peer peer = established(65535).writes(10).expects("P. 1:11(10) ack 1");
        peer.writes(10).writes(20).expectsNothing();
        peer.sends(". 1:1(0) ack 11 win 65535").expects("P. 11:41(30) ack 1").expectsNothing();
        peer.leavesNothing();
    }

    @Test
    void withoutNagleEachGoesAtOnce() {
        Peer peer = established(65535);
        peer.connection.noDelay(true);
        peer.writes(10).expects("P. 1:11(10) ack 1").writes(20).expects("P. 11:31(20) ack 1");
        peer.leavesNothing();
    }

    @Test
    void aSmallWindowMakesNoSillySegments() {
        Peer peer = established(5000).writes(5000).forget().writes(3000);
        peer.sends(". 1:1(0) ack 5001 win 100").expectsNothing();
        peer.sends(". 1:1(0) ack 5001 win 2500").expects(". 5001:6001(1000) ack 1");
        peer.expects(". 6001:7001(1000) ack 1").expectsNothing().leavesNothing();
    }

    @Test
    void aWindowThatStaysSmallIsUsedInTheEnd() {
        Peer peer = established(5000).writes(5000).forget().writes(3000);
        peer.sends(". 1:1(0) ack 5001 win 100").after(199).expectsNothing().after(1);
        peer.expects(". 5001:5101(100) ack 1").expectsNothing().leavesNothing();
    }

    @Test
    void halfOfTheLargestWindowIsWorthASegment() {
        Peer peer = established(600).writes(3000).expects(". 1:601(600) ack 1");
        peer.sends(". 1:1(0) ack 601 win 299").expectsNothing();
        peer.sends(". 1:1(0) ack 601 win 300").expects(". 601:901(300) ack 1").leavesNothing();
    }

    @Test
    void aShutWindowIsProbedWithBackoffForAsLongAsThePeerAnswers() {
        Peer peer = established(1000).writes(3000).forget();
        peer.sends(". 1:1(0) ack 1001 win 0").expectsNothing();
        double interval = 200;
        for (int i = 0; i < 4; i++) {
            peer.after(interval - 1).expectsNothing().after(1);
            peer.expects(". 1001:1002(1) ack 1").expectsNothing();
            peer.sends(". 1:1(0) ack 1001 win 0");
            interval *= 2;
        }
        for (int i = 0; i < 600; i++) {
            peer.after(60_000).forget().sends(". 1:1(0) ack 1001 win 0");
        }
        peer.expectsState(TcpState.ESTABLISHED);
        peer.sends(". 1:1(0) ack 1001 win 2000").expects(". 1001:2001(1000) ack 1");
        peer.expects("P. 2001:3001(1000) ack 1").expectsNothing().leavesNothing();
    }

    @Test
    void aProbeThatIsTakenCounts() {
        Peer peer = established(1000).writes(3000).forget();
        peer.sends(". 1:1(0) ack 1001 win 0").after(200).expects(". 1001:1002(1) ack 1");
        peer.sends(". 1:1(0) ack 1002 win 1000").expects(". 1002:2002(1000) ack 1");
        peer.expectsNothing().leavesNothing();
    }

    @Test
    void whatFollowsAProbeThatWasTakenIsRepeatedRight() {
        Peer peer = established(1000).writes(3000).forget();
        peer.sends(". 1:1(0) ack 1001 win 0").after(200).expects(". 1001:1002(1) ack 1");
        peer.sends(". 1:1(0) ack 1002 win 1000").expects(". 1002:2002(1000) ack 1");
        peer.after(200).expects(". 1002:2002(1000) ack 1").expectsNothing();
        assertThat(peer.connection.info().inFlight()).isEqualTo(1000);
        peer.leavesNothing();
    }

    @Test
    void aWindowThatOpensALittleIsUsedSoonHoweverLongItWasShut() {
        Peer peer = established(1000).writes(3000).forget();
        peer.sends(". 1:1(0) ack 1001 win 0");
        for (int i = 0; i < 10; i++) {
            peer.after(60_000).sends(". 1:1(0) ack 1001 win 0").forget();
        }
        peer.sends(". 1:1(0) ack 1001 win 100").after(200).expects(". 1001:1101(100) ack 1");
        peer.expectsNothing().leavesNothing();
    }

    @Test
    void aPeerThatNeverAnswersProbesIsGivenUp() {
        Peer peer = established(1000).writes(3000).forget();
        peer.sends(". 1:1(0) ack 1001 win 0").after(299_999).forget();
        peer.expectsState(TcpState.ESTABLISHED).after(1).expectsEvents("closed TIMED_OUT");
        peer.leavesNothing();
    }

    @Test
    void nobodyWaitsForEverForAPeerWhoseWindowStaysShutAfterClose() {
        Peer peer = established(1000).writes(3000).forget();
        peer.sends(". 1:1(0) ack 1001 win 0");
        peer.connection.close(peer.now());
        for (int i = 0; i < 400 && peer.connection.state() != TcpState.CLOSED; i++) {
            peer.after(1_000).forget().sends(". 1:1(0) ack 1001 win 0");
        }
        peer.forget().expectsEvents("closed TIMED_OUT").leavesNothing();
    }

    @Test
    void anOldSegmentDoesNotMoveTheWindow() {
        Peer peer = established(65535);
        peer.sends("P. 11:21(10) ack 1 win 5000").sends("P. 1:11(10) ack 1 win 9000");
        assertThat(peer.connection.info().sendWindow()).isEqualTo(5000);
        peer.leavesNothing();
    }

    @Test
    void aShrunkWindowStopsNewDataButNotRepetition() {
        Peer peer = established(5000).writes(9000);
        assertThat(peer.pending()).isEqualTo(5);
        peer.forget().sends(". 1:1(0) ack 1001 win 1000").expectsNothing();
        peer.after(200).expects(". 1001:2001(1000) ack 1").expectsNothing().leavesNothing();
    }

    @Test
    void dataUnacknowledgedForTheUserTimeoutEndsIt() {
        Peer peer = established(65535);
        peer.connection.userTimeout(10_000 * Peer.MILLIS);
        peer.writes(100).after(9_999).expectsState(TcpState.ESTABLISHED).after(1);
        peer.expectsEvents("closed TIMED_OUT").leavesNothing();
    }

    @Test
    void progressStartsTheUserTimeoutAnew() {
        Peer peer = established(65535);
        peer.connection.userTimeout(10_000 * Peer.MILLIS);
        peer.writes(2000).after(9_000).sends(". 1:1(0) ack 1001 win 65535").after(9_000);
        peer.expectsState(TcpState.ESTABLISHED).after(1_000).expectsEvents("closed TIMED_OUT");
        peer.leavesNothing();
    }

    @Test
    void aFullBufferTellsWhenThereIsRoomAgain() {
        Peer peer = established(CONFIG.withBuffers(9000, 9000), 65535);
        peer.writes(8000).writes(2000);
        assertThat(peer.connection.room()).isZero();
        peer.sends(". 1:1(0) ack 2001 win 65535").expectsEvents();
        peer.sends(". 1:1(0) ack 3001 win 65535").expectsEvents("writable");
        assertThat(peer.connection.room()).isEqualTo(3000);
        peer.leavesNothing();
    }

    @Test
    void tellsWhenAllIsAcknowledgedIfAsked() {
        Peer peer = established(65535).writes(2000);
        peer.connection.tellWhenDrained();
        peer.sends(". 1:1(0) ack 1001 win 65535").expectsEvents();
        peer.sends(". 1:1(0) ack 2001 win 65535").expectsEvents("drained").leavesNothing();
    }

    @Test
    void afterAnIdleTimeTheWindowBeginsAgainWithTheFirstOne() {
        Peer peer = established(65535).writes(10_000).after(10).forget();
        peer.sends(". 1:1(0) ack 10001 win 65535").writes(20_000).after(10);
        peer.forget().sends(". 1:1(0) ack 30001 win 65535");
        int grown = peer.connection.info().cwnd();
        assertThat(grown).isGreaterThan(30_000);
        peer.after(60_000).writes(60_000);
        assertThat(peer.pending()).as("RFC 5681 4.1, RFC 2861").isEqualTo(10);
        peer.leavesNothing();
    }

    @Test
    void superSegmentsAreMultiplesOfAFullOne() {
        Peer peer = established(CONFIG.withOffload(TcpConfig.MAX_SUPER_SEGMENT, true), 65535);
        peer.writes(60_500).expects(". 1:10001(10000) ack 1").expectsNothing();
        peer.sends(". 1:1(0) ack 10001 win 65535").expects(". 10001:30001(20000) ack 1");
        peer.sends(". 1:1(0) ack 30001 win 65535").expects(". 30001:60001(30000) ack 1");
        peer.expectsNothing().sends(". 1:1(0) ack 60001 win 65535");
        peer.expects("P. 60001:60501(500) ack 1").leavesNothing();
    }
}
