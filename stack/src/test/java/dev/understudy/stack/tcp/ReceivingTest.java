package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9293 §3.8.6 and §3.10.7.4, RFC 2018, RFC 2883: what is taken, acknowledged and offered. */
class ReceivingTest {
    private static final TcpConfig CONFIG =
            TcpConfig.DEFAULT
                    .withOffload(0, false)
                    .withBuffers(100_000, 10_000)
                    .withOptions(false, false, true);

    private static Peer established() {
        return new Peer(CONFIG).listening().established("win 65535 mss 1000 sackOK");
    }

    private static void expectsBytes(Peer peer, int from, int to) {
        int at = from;
        for (ByteBuf buf = peer.connection.read(); buf != null; buf = peer.connection.read()) {
            while (buf.isReadable()) {
                assertThat(buf.readByte()).as("byte %d", at).isEqualTo((byte) (at - 1));
                at++;
            }
            buf.release();
        }
        assertThat(at).isEqualTo(to);
    }

    @Test
    void aSingleSegmentIsAcknowledgedAfterADelay() {
        Peer peer = established().sends("P. 1:101(100) ack 1 win 1000").expectsNothing();
        peer.after(39).expectsNothing().after(1).expects(". 1:1(0) ack 101").expectsNothing();
        expectsBytes(peer, 1, 101);
        peer.leavesNothing();
    }

    @Test
    void everySecondFullSegmentIsAcknowledgedAtOnce() {
        Peer peer = established();
        peer.sends(". 1:1001(1000) ack 1 win 1000").expectsNothing();
        peer.sends(". 1001:2001(1000) ack 1 win 1000").expects(". 1:1(0) ack 2001");
        peer.sends(". 2001:3001(1000) ack 1 win 1000").expectsNothing().leavesNothing();
    }

    @Test
    void anAnswerCarriesTheAcknowledgement() {
        Peer peer = established().sends("P. 1:101(100) ack 1 win 1000");
        peer.writes(50).expects("P. 1:51(50) ack 101").after(100).expectsNothing();
        peer.leavesNothing();
    }

    @Test
    void aHoleIsReportedAtOnceAndItsFillingToo() {
        Peer peer = established();
        peer.sends("P. 101:201(100) ack 1 win 1000").expects(". 1:1(0) ack 1 sack 101:201");
        peer.sends("P. 301:401(100) ack 1 win 1000").expects(". 1:1(0) ack 1 sack 301:401 101:201");
        peer.sends("P. 201:301(100) ack 1 win 1000").expects(". 1:1(0) ack 1 sack 101:401");
        peer.sends("P. 1:101(100) ack 1 win 1000");
        assertThat(peer.peek()).isEqualTo(". 1:1(0) ack 401 win 9600");
        expectsBytes(peer, 1, 401);
        peer.leavesNothing();
    }

    @Test
    void theNewestBlockComesFirst() {
        Peer peer = established();
        for (int i : new int[] {9, 3, 7, 5, 1}) {
            peer.forget().sends("P. " + i + "01:" + i + "50(49) ack 1 win 1000");
        }
        peer.expects(". 1:1(0) ack 1 sack 101:150 501:550 701:750 301:350").leavesNothing();
    }

    @Test
    void aDuplicateIsReportedOnce() {
        Peer peer = established().sends("P. 1:101(100) ack 1 win 1000");
        peer.sends("P. 1:101(100) ack 1 win 1000").expects(". 1:1(0) ack 101 sack 1:101");
        peer.sends("P. 101:201(100) ack 1 win 1000").after(40);
        assertThat(peer.peek()).as("RFC 2883").doesNotContain("sack");
        peer.forget().sends("P. 301:401(100) ack 1 win 1000").forget();
        peer.sends("P. 301:401(100) ack 1 win 1000");
        peer.expects(". 1:1(0) ack 201 sack 301:401 301:401").leavesNothing();
    }

    @Test
    void withoutSackNothingIsReported() {
        Peer peer = new Peer(CONFIG).listening().established("win 65535 mss 1000");
        peer.sends("P. 101:201(100) ack 1 win 1000");
        assertThat(peer.peek()).doesNotContain("sack");
        peer.leavesNothing();
    }

    @ParameterizedTest
    @CsvSource({
        // from, to, bytes that are new, with 201:301 and 401:501 kept
        "1, 201, 300",
        "1, 101, 100",
        "51, 251, 0",
        "1, 251, 300",
        "1, 601, 600",
        "1, 401, 500",
    })
    void overlapsGiveOnlyWhatIsMissing(int from, int to, int readable) {
        Peer peer = established();
        peer.sends("P. 201:301(100) ack 1 win 1000").sends("P. 401:501(100) ack 1 win 1000");
        peer.sends("P. " + from + ":" + to + "(" + (to - from) + ") ack 1 win 1000");
        assertThat(peer.connection.readable()).isEqualTo(readable);
        expectsBytes(peer, 1, 1 + readable);
        peer.leavesNothing();
    }

    @ParameterizedTest
    @CsvSource({
        // a segment of 100 bytes in a window of 1..10,000: taken, and the answer
        "1, 100, ''",
        "-98, 1, . 1:1(0) ack 2",
        "-99, 0, . 1:1(0) ack 1",
        "9902, 0, . 1:1(0) ack 1",
        "10001, 0, . 1:1(0) ack 1",
        "10002, 0, . 1:1(0) ack 1",
    })
    void onlyTheWindowIsTaken(int seq, int taken, String answer) {
        Peer peer = established();
        peer.sends("P. " + seq + ":" + (seq + 100) + "(100) ack 1 win 1000");
        assertThat(peer.connection.readable()).isEqualTo(taken);
        if (!answer.isEmpty()) {
            peer.expects(answer);
        }
        peer.expectsNothing().leavesNothing();
    }

    @Test
    void theWindowShutsAndOpensByAtLeastASegment() {
        Peer peer = established();
        for (int i = 0; i < 10; i++) {
            peer.sends(". " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1 win 1000");
        }
        peer.expects(". 1:1(0) ack 2001 win 8000").expects(". 1:1(0) ack 4001 win 6000");
        peer.forget();
        assertThat(peer.connection.info().receiveWindow()).isZero();
        peer.connection.read(1000).release();
        peer.connection.flush(peer.now());
        peer.expectsNothing();
        peer.connection.read(460).release();
        peer.connection.flush(peer.now());
        peer.expects(". 1:1(0) ack 10001 win 1460").expectsNothing().leavesNothing();
    }

    @Test
    void theRightEdgeNeverMovesBack() {
        Peer peer = established();
        peer.connection.receiveBuffer(100);
        peer.sends(". 1:1001(1000) ack 1 win 1000").after(40);
        peer.expects(". 1:1(0) ack 1001 win 9000").leavesNothing();
    }

    @Test
    void aProbeOfAShutWindowIsAnsweredAndItsAcknowledgementHeard() {
        Peer peer = established();
        for (int i = 0; i < 10; i++) {
            peer.sends(". " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1 win 1000");
        }
        peer.forget().writes(100).expects("P. 1:101(100) ack 10001 win 0");
        peer.sends(". 10001:10002(1) ack 101 win 1000").expects(". 101:101(0) ack 10001 win 0");
        assertThat(peer.connection.info().unacked()).isZero();
        peer.leavesNothing();
    }

    @Test
    void aLostAcknowledgementIsRepeatedForRepeatedData() {
        Peer peer = established().sends("P. 1:101(100) ack 1 win 1000").after(40).forget();
        peer.sends("P. 1:101(100) ack 1 win 1000").expects(". 1:1(0) ack 101").leavesNothing();
    }

    @Test
    void urgentDataIsInLine() {
        Peer peer = established().sends("P.U 1:101(100) ack 1 win 1000");
        assertThat(peer.connection.readable()).isEqualTo(100);
        peer.leavesNothing();
    }

    @Test
    void aSegmentWithoutAckIsDropped() {
        Peer peer = established().sends("P 1:101(100)").expectsNothing();
        assertThat(peer.connection.readable()).isZero();
        peer.leavesNothing();
    }

    @Test
    void tooManyPiecesAreDroppedAndCounted() {
        TcpConfig few =
                new TcpConfig(
                        1500,
                        0,
                        false,
                        10_000,
                        10_000,
                        false,
                        false,
                        true,
                        EcnMode.OFF,
                        false,
                        0,
                        3,
                        TcpTimes.DEFAULT,
                        NewReno::new);
        Peer peer = new Peer(few).listening().established("win 65535 mss 1000 sackOK");
        for (int i = 1; i <= 5; i++) {
            peer.sends("P. " + i + "01:" + i + "02(1) ack 1 win 1000");
        }
        assertThat(peer.connection.info().outOfOrder()).isEqualTo(3);
        assertThat(peer.stack.counted(TcpCounter.DROPPED_OUT_OF_ORDER)).isEqualTo(2);
        peer.leavesNothing();
    }

    @Test
    void manySmallSegmentsDoNotPinManyBuffers() {
        Peer peer = established();
        int before = peer.allocator.live();
        for (int i = 0; i < 1000; i++) {
            peer.sends("P. " + (1 + i) + ":" + (2 + i) + "(1) ack 1 win 1000").forget();
        }
        assertThat(peer.allocator.live() - before).isLessThanOrEqualTo(2);
        expectsBytes(peer, 1, 1001);
        peer.leavesNothing();
    }
}
