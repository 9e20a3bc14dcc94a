package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** RFC 5681, 6582, 6675, 8985, 6298, 3522: what is lost is sent again, once, and soon. A full segment has 1,000 bytes. */
class RepairTest {
    private static final TcpConfig CONFIG =
            TcpConfig.DEFAULT.withOffload(0, false).withCongestionControl(NewReno::new);
    private static final TcpConfig NO_SACK = CONFIG.withOptions(false, false, false);
    private static final TcpConfig SACK = CONFIG.withOptions(false, false, true);

    /** Ten segments in flight, a round trip of 100 ms known. */
    private static Peer tenInFlight(TcpConfig config) {
        String offer = "win 65535 mss 1000 sackOK";
        Peer peer = new Peer(config).listening().established(offer, 100);
        peer.connection.noDelay(true);
        peer.writes(100).after(100).sends(". 1:1(0) ack 101 win 65535");
        return peer.forget().writes(60_000);
    }

    private static int cwnd(Peer peer) {
        return peer.connection.info().cwnd();
    }

    @Test
    void threeDuplicatesRepeatTheFirstSegmentAndHalveTheWindow() {
        Peer peer = tenInFlight(NO_SACK);
        int flight = 1000 * peer.pending();
        peer.forget().after(100);
        peer.sends(". 1:1(0) ack 101 win 65535").forget();
        peer.sends(". 1:1(0) ack 101 win 65535").forget();
        peer.sends(". 1:1(0) ack 101 win 65535").expects(". 101:1101(1000) ack 1");
        assertThat(peer.connection.info().ssthresh()).isBetween(flight / 2, flight / 2 + 1000);
        peer.leavesNothing();
    }

    @Test
    void theFirstTwoDuplicatesSendNewSegments() {
        Peer peer = tenInFlight(NO_SACK);
        int next = 101 + 1000 * peer.pending();
        peer.forget().sends(". 1:1(0) ack 101 win 65535");
        peer.expects(". " + next + ":" + (next + 1000) + "(1000) ack 1").expectsNothing();
        peer.sends(". 1:1(0) ack 101 win 65535");
        peer.expects(". " + (next + 1000) + ":" + (next + 2000) + "(1000) ack 1");
        peer.expectsNothing().leavesNothing();
    }

    @Test
    void aPartialAcknowledgementRepeatsTheNextHole() {
        Peer peer = tenInFlight(NO_SACK).forget();
        for (int i = 0; i < 3; i++) {
            peer.sends(". 1:1(0) ack 101 win 65535");
        }
        peer.forget().sends(". 1:1(0) ack 3101 win 65535").expects(". 3101:4101(1000) ack 1");
        assertThat(peer.connection.sender.inRecovery()).isTrue();
        int end = peer.connection.sender.nextSeq() - Peer.OUR_ISN;
        peer.forget().sends(". 1:1(0) ack " + end + " win 65535");
        assertThat(peer.connection.sender.inRecovery()).isFalse();
        assertThat(cwnd(peer)).isEqualTo(peer.connection.info().ssthresh());
        peer.leavesNothing();
    }

    @Test
    void segmentsWithDataOrANewWindowAreNoDuplicates() {
        Peer peer = tenInFlight(NO_SACK).forget();
        for (int i = 0; i < 5; i++) {
            peer.sends("P. " + (1 + 10 * i) + ":" + (11 + 10 * i) + "(10) ack 101 win 65535");
            peer.sends(
                    ". " + (11 + 10 * i) + ":" + (11 + 10 * i) + "(0) ack 101 win " + (60000 - i));
        }
        assertThat(peer.connection.info().retransmits()).isZero();
        peer.leavesNothing();
    }

    @Test
    void threeSackedSegmentsRepeatTheHoleAtOnce() {
        Peer peer = tenInFlight(SACK).forget().after(100);
        peer.sends(". 1:1(0) ack 101 win 65535 sack 1101:2101").forget();
        peer.sends(". 1:1(0) ack 101 win 65535 sack 1101:3101").forget();
        peer.sends(". 1:1(0) ack 101 win 65535 sack 1101:4101");
        peer.expects(". 101:1101(1000) ack 1").leavesNothing();
    }

    @Test
    void oneAcknowledgementWithThreeSackedSegmentsIsEnough() {
        Peer peer = tenInFlight(SACK).forget().after(100);
        peer.sends(". 1:1(0) ack 101 win 65535 sack 1101:4101");
        peer.expects(". 101:1101(1000) ack 1").leavesNothing();
    }

    @Test
    void everyHoleIsRepeatedInOrderAndNothingElse() {
        Peer peer = tenInFlight(SACK).forget().after(100);
        peer.sends(". 1:1(0) ack 101 win 65535 sack 5101:10101 3101:4101 1101:2101");
        peer.expects(". 101:1101(1000) ack 1").expects(". 2101:3101(1000) ack 1");
        peer.expects(". 4101:5101(1000) ack 1").leavesNothing();
    }

    @Test
    void aLostRepetitionIsFoundByWhatWasSentAfterIt() {
        Peer peer = tenInFlight(SACK);
        int next = 101 + 1000 * peer.pending();
        peer.forget().after(100);
        peer.sends(". 1:1(0) ack 101 win 65535 sack 1101:" + next);
        peer.expects(". 101:1101(1000) ack 1");
        String fresh = peer.peek();
        assertThat(fresh).as("new data goes on").startsWith(". " + next + ":");
        peer.forget().after(110);
        peer.sends(". 1:1(0) ack 101 win 65535 sack 1101:" + (next + 3000));
        peer.expects(". 101:1101(1000) ack 1").leavesNothing();
    }

    @Test
    void reorderingOnceSeenIsWaitedFor() {
        Peer peer = tenInFlight(SACK).forget().after(100);
        peer.sends(". 1:1(0) ack 101 win 65535 sack 1101:2101");
        peer.sends(". 1:1(0) ack 2101 win 65535").forget();
        assertThat(peer.connection.info().retransmits()).isZero();
        peer.sends(". 1:1(0) ack 2101 win 65535 sack 3101:7101").forget();
        assertThat(peer.connection.info().retransmits()).as("RFC 8985 6.2").isZero();
        peer.after(30);
        assertThat(peer.connection.info().retransmits()).isEqualTo(1);
        peer.leavesNothing();
    }

    @Test
    void theWaitForReorderingIsNotPutOffByWhatTheApplicationDoes() {
        Peer peer = tenInFlight(SACK).forget().after(100);
        peer.sends(". 1:1(0) ack 101 win 65535 sack 1101:2101");
        peer.sends(". 1:1(0) ack 2101 win 65535").forget();
        peer.sends(". 1:1(0) ack 2101 win 65535 sack 3101:7101").forget();
        for (int i = 0; i < 30; i++) {
            peer.after(1).connection.flush(peer.now());
        }
        assertThat(peer.connection.info().retransmits()).isEqualTo(1);
        peer.leavesNothing();
    }

    @Test
    void theTimeoutRepeatsTheFirstWithAWindowOfOne() {
        Peer peer = tenInFlight(NO_SACK);
        int flight = 1000 * peer.pending();
        peer.forget();
        double rto = peer.connection.info().rto() / 1e6;
        peer.after(rto - 1).expectsNothing().after(1).expects(". 101:1101(1000) ack 1");
        peer.expectsNothing();
        assertThat(cwnd(peer)).isEqualTo(1000);
        assertThat(peer.connection.info().ssthresh()).isEqualTo(flight / 2);
        peer.after(2 * rto - 1).expectsNothing().after(1).expects(". 101:1101(1000) ack 1");
        assertThat(peer.connection.info().ssthresh()).as("not lowered twice").isEqualTo(flight / 2);
        peer.sends(". 1:1(0) ack 1101 win 65535").expects(". 1101:2101(1000) ack 1");
        peer.expects(". 2101:3101(1000) ack 1").expectsNothing().leavesNothing();
    }

    @Test
    void aRepeatedSegmentMeasuresNothing() {
        Peer peer = tenInFlight(NO_SACK).forget();
        long before = peer.connection.info().rtt();
        peer.after(peer.connection.info().rto() / 1e6).sends(". 1:1(0) ack 1101 win 65535");
        assertThat(peer.connection.info().rtt()).as("Karn").isEqualTo(before);
        assertThat(peer.connection.info().backoff()).isEqualTo(1);
        peer.leavesNothing();
    }

    @Test
    void afterATimeoutWhatIsSackedIsNotRepeated() {
        Peer peer = tenInFlight(SACK).forget().after(10);
        peer.sends(". 1:1(0) ack 101 win 65535 sack 1101:2101").forget();
        peer.after(5000).forget().sends(". 1:1(0) ack 1101 win 65535 sack 1101:2101");
        peer.expects(". 2101:3101(1000) ack 1").leavesNothing();
    }

    @Test
    void aPeerThatRenegedGetsEverythingAgain() {
        Peer peer = tenInFlight(SACK).forget().after(100);
        peer.sends(". 1:1(0) ack 101 win 65535 sack 1101:4101").forget();
        // All up to the first SACKed byte is acknowledged, but that one is not: it was thrown away.
        peer.sends(". 1:1(0) ack 1101 win 65535").forget().after(5000);
        assertThat(peer.peek()).as("RFC 2018 8").startsWith(". 1101:2101(1000)");
        peer.leavesNothing();
    }

    @Test
    void aLostTailIsProbedLongBeforeTheTimeout() {
        Peer peer = tenInFlight(SACK);
        peer.connection.sender.flush(peer.now());
        int last = 101 + 1000 * peer.pending();
        peer.forget().after(100).sends(". 1:1(0) ack " + last + " win 65535");
        while (peer.connection.sender.nextSeq() != peer.connection.sender.endSeq()) {
            int next = peer.connection.sender.nextSeq() - Peer.OUR_ISN;
            peer.forget().after(100).sends(". 1:1(0) ack " + next + " win 65535");
        }
        int end = peer.connection.sender.endSeq() - Peer.OUR_ISN;
        peer.forget().after(199).expectsNothing().after(2);
        assertThat(peer.peek()).as("the last segment").contains(":" + end + "(");
        assertThat(peer.pending()).isEqualTo(1);
        assertThat(peer.connection.sender.inRecovery()).isFalse();
        peer.leavesNothing();
    }

    @Test
    void aTailProbeSendsNewDataIfThereIsSome() {
        Peer peer = tenInFlight(SACK);
        int next = 101 + 1000 * peer.pending();
        peer.forget().after(199).expectsNothing().after(1);
        peer.expects(". " + next + ":" + (next + 1000) + "(1000) ack 1").expectsNothing();
        peer.leavesNothing();
    }

    @Test
    void aTimeoutThatWasNoneIsTakenBack() {
        TcpConfig config = CONFIG.withOptions(false, true, false);
        Peer peer = new Peer(config).listening().established("win 65535 mss 1012 TS 1 0");
        peer.writes(10_000);
        int before = cwnd(peer);
        String first = peer.peek();
        String stamp = first.substring(first.indexOf("TS ") + 3).split(" ", -1)[0];
        peer.forget().after(1100).forget();
        assertThat(cwnd(peer)).isEqualTo(1012);
        peer.sends(". 1:1(0) ack 1001 win 65535 TS 2 " + stamp);
        assertThat(cwnd(peer)).as("RFC 3522, RFC 4015").isGreaterThanOrEqualTo(before);
        peer.expectsNothing().leavesNothing();
    }

    @Test
    void aDuplicateReportStartsNoRecovery() {
        Peer peer = tenInFlight(SACK).forget();
        for (int i = 0; i < 5; i++) {
            peer.sends(". 1:1(0) ack 101 win 65535 sack 1:101");
        }
        assertThat(peer.connection.info().retransmits()).as("RFC 2883").isZero();
        peer.leavesNothing();
    }

    @Test
    void sackBlocksThatCannotBeAreIgnored() {
        Peer peer = tenInFlight(SACK).forget();
        peer.sends(". 1:1(0) ack 101 win 65535 sack 900000:901000 4101:3101 101:101");
        assertThat(peer.connection.info().sacked()).isZero();
        peer.leavesNothing();
    }
}
