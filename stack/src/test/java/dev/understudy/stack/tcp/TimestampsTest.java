package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** RFC 7323: timestamps, and what they protect from. The peer's clock begins just before it wraps. */
class TimestampsTest {
    private static final TcpConfig CONFIG = TcpConfig.DEFAULT.withOffload(0, false);
    private static final int FIRST = -2;

    private static Peer established() {
        Peer peer = new Peer(CONFIG).listening();
        peer.sends("S 0:0(0) win 65535 mss 1000 TS " + FIRST + " 0").forget();
        peer.sends(". 1:1(0) ack 1 win 65535 TS " + FIRST + " 0");
        assertThat(peer.connection).isNotNull();
        return peer;
    }

    private static String echo(Peer peer) {
        String text = peer.peek();
        return text.substring(text.indexOf("TS ") + 3).split(" ", -1)[1];
    }

    @Test
    void theEchoIsOfTheFirstUnacknowledgedSegment() {
        Peer peer = established();
        peer.sends("P. 1:101(100) ack 1 win 1000 TS 1 0");
        peer.sends("P. 101:201(100) ack 1 win 1000 TS 5 0").after(40);
        assertThat(echo(peer)).as("RFC 7323 4.3 (A)").isEqualTo("1");
        peer.leavesNothing();
    }

    @Test
    void aSegmentBehindAHoleDoesNotChangeTheEcho() {
        Peer peer = established();
        peer.sends("P. 101:201(100) ack 1 win 1000 TS 9 0");
        assertThat(echo(peer)).as("RFC 7323 4.3 (B)").isEqualTo("" + FIRST);
        peer.forget().sends("P. 1:101(100) ack 1 win 1000 TS 11 0");
        assertThat(echo(peer)).as("(C)").isEqualTo("11");
        peer.leavesNothing();
    }

    @Test
    void anOldTimestampIsDroppedAndAcknowledged() {
        Peer peer = established();
        peer.sends("P. 1:101(100) ack 1 win 1000 TS 100 0").after(40).forget();
        peer.sends("P. 101:201(100) ack 1 win 1000 TS 99 0").expects(". 1:1(0) ack 101");
        assertThat(peer.connection.readable()).isEqualTo(100);
        assertThat(peer.stack.counted(TcpCounter.DROPPED_PAWS)).isEqualTo(1);
        peer.leavesNothing();
    }

    @Test
    void aResetNeedsNoTimestamp() {
        Peer peer = established().sends("R 1:1(0)").expectsEvents("closed RESET");
        peer.leavesNothing();
    }

    @Test
    void aSegmentWithoutTimestampIsDropped() {
        Peer peer = established().sends("P. 1:101(100) ack 1 win 1000").forget();
        assertThat(peer.connection.readable()).as("RFC 7323 3.2").isZero();
        peer.leavesNothing();
    }

    @Test
    void after24DaysOfSilenceAnyTimestampWillDo() {
        Peer peer = established();
        peer.after(25 * 24 * 3600 * 1000.0);
        peer.sends("P. 1:101(100) ack 1 win 1000 TS " + (FIRST - 1000) + " 0");
        assertThat(peer.connection.readable()).as("RFC 7323 5.5").isEqualTo(100);
        peer.leavesNothing();
    }

    @Test
    void aFullSegmentMakesRoomForItsOptions() {
        Peer peer = established().writes(5000);
        peer.expects(". 1:989(988) ack 1").leavesNothing();
    }

    @Test
    void aLaterTimestampOpensTimeWaitAnew() {
        Peer peer = established();
        peer.connection.close(peer.now());
        peer.forget().sends("F. 1:1(0) ack 2 win 1000 TS 10 0").expects(". 2:2(0) ack 2");
        peer.sends("S -9:-9(0) win 1000 TS 9 0").expects(". 2:2(0) ack 2");
        peer.sends("S -9:-9(0) win 1000 TS 11 0");
        assertThat(peer.peek()).as("RFC 6191").startsWith("S. ");
        peer.leavesNothing();
    }
}
