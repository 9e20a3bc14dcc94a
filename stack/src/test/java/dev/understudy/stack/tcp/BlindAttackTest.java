package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Icmp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 5961 and RFC 5927: who does not see the traffic moves nothing. The window in these tests is 1..10,000. */
class BlindAttackTest {
    private static final TcpConfig CONFIG =
            TcpConfig.DEFAULT
                    .withOffload(0, false)
                    .withBuffers(100_000, 10_000)
                    .withOptions(false, false, false);

    private static Peer established() {
        return new Peer(CONFIG).listening().established("win 65535 mss 1000");
    }

    @ParameterizedTest
    @CsvSource({
        "0, silence",
        "1, reset",
        "2, challenge",
        "10000, challenge",
        "10001, silence",
        "10002, silence",
    })
    void aResetMustHitTheNextNumberExactly(int seq, String answer) {
        Peer peer = established();
        peer.sends("R " + seq + ":" + seq + "(0)");
        if (answer.equals("reset")) {
            peer.expectsEvents("closed RESET").expectsNothing().leavesNothing();
            return;
        }
        if (answer.equals("challenge")) {
            peer.expects(". 1:1(0) ack 1");
        }
        peer.expectsNothing().expectsState(TcpState.ESTABLISHED).leavesNothing();
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "5000", "20000"})
    void aSynIsChallengedWhereverItIs(int seq) {
        Peer peer = established();
        peer.sends("S " + seq + ":" + seq + "(0) win 1000").expects(". 1:1(0) ack 1");
        peer.expectsNothing().expectsState(TcpState.ESTABLISHED).leavesNothing();
    }

    @ParameterizedTest
    @CsvSource({"2, false", "70000, false", "1, true", "0, true", "-65534, true", "-65535, false"})
    void anAcknowledgementMustBeOfWhatWasSentLately(int ack, boolean taken) {
        Peer peer = established();
        peer.sends("P. 1:11(10) ack " + ack + " win 65535");
        if (!taken) {
            peer.expects(". 1:1(0) ack 1");
        }
        peer.expectsNothing();
        assertThat(peer.connection.readable()).isEqualTo(taken ? 10 : 0);
        peer.leavesNothing();
    }

    @Test
    void challengesAreLimitedForEachConnection() {
        Peer peer = established();
        for (int i = 0; i < 1000; i++) {
            peer.sends("S 5000:5000(0) win 1000");
        }
        assertThat(peer.pending()).isEqualTo(10);
        peer.forget().after(1000).sends("S 5000:5000(0) win 1000").expects(". 1:1(0) ack 1");
        peer.leavesNothing();
    }

    @Test
    void challengesAreLimitedForAllTogether() {
        TcpLimits limits = new TcpLimits(100, 100, 100, 3, 32768, 60999);
        Peer peer = new Peer(CONFIG, limits, false).listening().established("win 1000");
        for (int i = 0; i < 10; i++) {
            peer.sends("S 5000:5000(0) win 1000");
        }
        assertThat(peer.pending()).isBetween(3, 6);
        peer.leavesNothing();
    }

    @Test
    void twoEndsThatDisagreeDoNotAcknowledgeEachOtherForEver() {
        Peer peer = established();
        for (int i = 0; i < 1000; i++) {
            peer.sends(". 30000:30000(0) ack 1 win 1000");
        }
        assertThat(peer.pending()).isEqualTo(10);
        peer.leavesNothing();
    }

    @Test
    void icmpIsHeardOnlyOfBytesInFlight() {
        Peer peer = established().writes(1000).forget();
        int before = peer.connection.info().mss();
        peer.routerSays(Icmp.UNREACHABLE, Icmp.CODE_FRAGMENTATION_NEEDED, 600, 5000);
        assertThat(peer.connection.info().mss()).isEqualTo(before);
        assertThat(peer.stack.counted(TcpCounter.DROPPED_BAD_ICMP)).isEqualTo(1);
        peer.leavesNothing();
    }

    @Test
    void icmpNeverEndsAnEstablishedConnection() {
        Peer peer = established().writes(1000).forget();
        for (int code = 0; code < 16; code++) {
            peer.routerSays(Icmp.UNREACHABLE, code, 0, 1);
        }
        peer.expectsState(TcpState.ESTABLISHED).leavesNothing();
    }

    @Test
    void icmpEndsAConnectionThatIsBeingOpened() {
        Peer peer = new Peer(CONFIG).connecting().forget();
        peer.routerSays(Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, 0, 0);
        peer.expectsState(TcpState.SYN_SENT);
        peer.routerSays(Icmp.UNREACHABLE, Icmp.CODE_PORT_UNREACHABLE, 0, 1);
        peer.expectsState(TcpState.SYN_SENT);
        peer.routerSays(Icmp.UNREACHABLE, Icmp.CODE_PORT_UNREACHABLE, 0, 0);
        peer.expectsEvents("closed REFUSED").leavesNothing();
    }

    @Test
    void aNarrowerPathIsBelievedDownToAFloorAndItsSegmentsGoAgain() {
        Peer peer = new Peer(CONFIG).listening().established("win 65535 mss 1460");
        peer.writes(1460).expects("P. 1:1461(1460) ack 1");
        peer.routerSays(Icmp.UNREACHABLE, Icmp.CODE_FRAGMENTATION_NEEDED, 1000, 1);
        peer.expects(". 1:961(960) ack 1").expects("P. 961:1461(500) ack 1").expectsNothing();
        peer.routerSays(Icmp.UNREACHABLE, Icmp.CODE_FRAGMENTATION_NEEDED, 68, 1).forget();
        assertThat(peer.connection.info().mss()).isEqualTo(552 - 40);
        peer.routerSays(Icmp.UNREACHABLE, Icmp.CODE_FRAGMENTATION_NEEDED, 1400, 1);
        assertThat(peer.connection.info().mss()).isEqualTo(552 - 40);
        peer.leavesNothing();
    }
}
