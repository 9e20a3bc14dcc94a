package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Icmp;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 1191 §6.3, RFC 8201 §4: what a router said of a path holds for ten minutes. */
class PathMtuTest {
    private static final double MINUTES = 60_000;
    private static final TcpConfig CONFIG =
            TcpConfig.DEFAULT.withOffload(0, false).withOptions(false, false, false);

    private static Peer listening(boolean ipv6) {
        return new Peer(CONFIG, ipv6).listening();
    }

    private static Peer established(boolean ipv6) {
        return listening(ipv6).established("win 65535 mss " + full(ipv6));
    }

    private static int full(boolean ipv6) {
        return 1500 - headers(ipv6);
    }

    private static int headers(boolean ipv6) {
        return ipv6 ? 60 : 40;
    }

    private static void tellsMtu(Peer peer, boolean ipv6, int mtu, int seq) {
        peer.routerSays(
                ipv6 ? Icmp.V6_PACKET_TOO_BIG : Icmp.UNREACHABLE,
                ipv6 ? 0 : Icmp.CODE_FRAGMENTATION_NEEDED,
                mtu,
                seq);
    }

    /** Sends one byte, is told of the MTU, and has the byte acknowledged: {@code seq} is its number. */
    private static void narrows(Peer peer, boolean ipv6, int mtu, int seq) {
        peer.writes(1).forget();
        tellsMtu(peer, ipv6, mtu, seq);
        peer.forget().sends(". 1:1(0) ack " + (seq + 1) + " win 65535");
        assertThat(mss(peer)).isEqualTo(mtu - headers(ipv6));
    }

    private static int mss(Peer peer) {
        return peer.connection.info().mss();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLiveConnectionTriesTheFullSizeAnewAfterTenMinutes(boolean ipv6) {
        Peer peer = established(ipv6);
        int full = full(ipv6);
        narrows(peer, ipv6, 1300, 1);

        peer.after(10 * MINUTES - 1);
        assertThat(mss(peer)).isEqualTo(1300 - headers(ipv6));
        peer.after(1);
        assertThat(mss(peer)).isEqualTo(full);
        peer.writes(full).expects("P. 2:" + (2 + full) + "(" + full + ") ack 1").expectsNothing();

        assertThat(peer.stack.counted(TcpCounter.PATH_MTU_TRIED_ANEW)).isEqualTo(1);
        peer.leavesNothing();
    }

    /** Small segments are in flight when the ten minutes are over. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void dataThatIsUnderWayDoesNotMind(boolean ipv6) {
        Peer peer = established(ipv6);
        int full = full(ipv6);
        narrows(peer, ipv6, 1300, 1);
        int small = 1300 - headers(ipv6);

        peer.after(10 * MINUTES - 100);
        peer.writes(2 * small + full);
        peer.expects(". 2:%d(%d) ack 1".formatted(2 + small, small));
        peer.expects(". %d:%d(%d) ack 1".formatted(2 + small, 2 + 2 * small, small));
        peer.expects(". %d:%d(%d) ack 1".formatted(2 + 2 * small, 2 + 3 * small, small));
        peer.expectsNothing().after(100).forget();
        peer.sends(". 1:1(0) ack " + (2 + 3 * small) + " win 65535").forget();
        peer.sends(". 1:1(0) ack " + (2 + 2 * small + full) + " win 65535").expectsNothing();
        peer.writes(full);
        int next = 2 + 2 * small + full;
        peer.expects("P. %d:%d(%d) ack 1".formatted(next, next + full, full));
        peer.leavesNothing();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPathThatIsStillNarrowCostsOneSegmentAndTenMoreMinutes(boolean ipv6) {
        Peer peer = established(ipv6);
        int full = full(ipv6);
        int small = 1300 - headers(ipv6);
        narrows(peer, ipv6, 1300, 1);
        peer.after(10 * MINUTES);

        peer.writes(full).expects("P. 2:" + (2 + full) + "(" + full + ") ack 1");
        tellsMtu(peer, ipv6, 1300, 2);
        peer.expects(". 2:" + (2 + small) + "(" + small + ") ack 1");
        peer.expects("P. %d:%d(%d) ack 1".formatted(2 + small, 2 + full, full - small));
        peer.sends(". 1:1(0) ack " + (2 + full) + " win 65535").expectsNothing();

        peer.after(10 * MINUTES - 1);
        assertThat(mss(peer)).isEqualTo(small);
        peer.after(1);
        assertThat(mss(peer)).isEqualTo(full);
        peer.leavesNothing();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theTenMinutesCountFromTheLastNews(boolean ipv6) {
        Peer peer = established(ipv6);
        narrows(peer, ipv6, 1400, 1);
        peer.after(9 * MINUTES);
        narrows(peer, ipv6, 1300, 2);
        peer.after(9 * MINUTES);
        assertThat(mss(peer)).isEqualTo(1300 - headers(ipv6));
        peer.after(1 * MINUTES);
        assertThat(mss(peer)).isEqualTo(full(ipv6));
        peer.leavesNothing();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thePeersOwnLimitIsKept(boolean ipv6) {
        Peer peer = listening(ipv6).established("win 65535 mss 1350");
        narrows(peer, ipv6, 1300, 1);
        peer.after(10 * MINUTES);
        assertThat(mss(peer)).isEqualTo(1350);
        peer.leavesNothing();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNewConnectionTakesOverWhatIsKnownAndForHowLong(boolean ipv6) {
        Peer peer = established(ipv6);
        narrows(peer, ipv6, 1300, 1);
        peer.connection.abort(peer.now());
        peer.forget().after(4 * MINUTES);

        peer.ourPort = 6000;
        peer.connection =
                peer.stack.connect(peer.us, 6000, peer.them, 4000, TcpHandler.NONE, peer.now());
        int iss = Integer.parseInt(peer.peek().split("[ :]", -1)[1]);
        peer.forget().sends("S. 0:0(0) ack " + (iss + 1) + " win 65535 mss " + full(ipv6)).forget();
        assertThat(mss(peer)).isEqualTo(1300 - headers(ipv6));
        peer.after(6 * MINUTES - 1);
        assertThat(mss(peer)).isEqualTo(1300 - headers(ipv6));
        peer.after(1);
        assertThat(mss(peer)).isEqualTo(full(ipv6));
        peer.leavesNothing();
    }
}
