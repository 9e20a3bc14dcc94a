package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9293 §3.10.7.1 and what concerns all connections together. */
class TcpStackTest {
    private static final TcpConfig CONFIG = TcpConfig.DEFAULT.withOffload(0, false);

    @ParameterizedTest
    @CsvSource({
        // what comes to a closed port, and the answer; numbers without ACK count from the peer's
        "S 0:0(0), R. 2:2(0) ack 1",
        "F 5:5(0), R. 2:2(0) ack 6",
        "P 5:15(10), R. 2:2(0) ack 15",
        "S. 0:0(0) ack 9, R 9:9(0)",
        ". 0:0(0) ack 9, R 9:9(0)",
        "none 7:7(0), R. 2:2(0) ack 7",
    })
    void aClosedPortResets(String segment, String answer) {
        Peer peer = new Peer(CONFIG);
        peer.sends(segment).expects(answer).expectsNothing().leavesNothing();
    }

    @ParameterizedTest
    @ValueSource(strings = {"R 5:5(0)", "R. 5:5(0) ack 7"})
    void aResetIsNeverAnswered(String reset) {
        Peer peer = new Peer(CONFIG);
        peer.sends(reset).expectsNothing().leavesNothing();
    }

    @Test
    void resetsAreLimited() {
        Peer peer = new Peer(CONFIG, new TcpLimits(10, 10, 5, 5, 32768, 60999), false);
        for (int i = 0; i < 100; i++) {
            peer.sends("S 0:0(0)");
        }
        assertThat(peer.pending()).isEqualTo(5);
        assertThat(peer.stack.counted(TcpCounter.DROPPED_NO_CONNECTION)).isEqualTo(95);
        peer.leavesNothing();
    }

    @Test
    void initialNumbersOfDifferentEndsTellNothingOfEachOtherAndThoseOfTheSameRise() {
        Peer peer = new Peer(CONFIG);
        SipHash hash = new SipHash(1, 2);
        IsnGenerator isns = new IsnGenerator(hash);
        Set<Integer> differences = new HashSet<>();
        int last = isns.isn(0, 1, 80, 0, 2, 999, 0);
        for (int port = 1000; port < 2000; port++) {
            int next = isns.isn(0, 1, 80, 0, 2, port, 0);
            differences.add(next - last);
            last = next;
        }
        assertThat(differences).hasSizeGreaterThan(990);
        int early = isns.isn(0, 1, 80, 0, 2, 999, 5_000_000L);
        int late = isns.isn(0, 1, 80, 0, 2, 999, 9_000_000L);
        assertThat(late - early).as("RFC 6528: 4 microseconds").isEqualTo(1000);
        peer.leavesNothing();
    }

    @Test
    void pickedPortsAreFreeAndDiffer() {
        TcpLimits limits = new TcpLimits(100, 100, 100, 100, 40000, 40009);
        Peer peer = new Peer(CONFIG, limits, false);
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            ports.add(
                    peer.stack
                            .connect(peer.us, 0, peer.them, 80, TcpHandler.NONE, peer.now())
                            .local()
                            .port());
        }
        assertThat(ports).hasSize(10).allMatch(port -> port >= 40000 && port <= 40009);
        assertThatThrownBy(
                        () ->
                                peer.stack.connect(
                                        peer.us, 0, peer.them, 80, TcpHandler.NONE, peer.now()))
                .isInstanceOf(IllegalStateException.class);
        peer.leavesNothing();
    }

    @Test
    void connectionsAreLimited() {
        Peer peer = new Peer(CONFIG, new TcpLimits(3, 100, 100, 100, 40000, 49999), false);
        peer.listening(10);
        for (int i = 0; i < 5; i++) {
            peer.theirPort = 5000 + i;
            peer.sends("S 0:0(0) win 1000");
        }
        assertThat(peer.stack.connectionCount()).isEqualTo(3);
        assertThat(peer.stack.counted(TcpCounter.DROPPED_TABLE_FULL)).isEqualTo(2);
        peer.leavesNothing();
    }

    @Test
    void whatAllConnectionsKeepIsLimitedAndHalfOfItIsForDataInOrder() {
        TcpLimits limits = new TcpLimits(100, 100, 100, 100, 40000, 49999, 2000);
        Peer peer = new Peer(CONFIG, limits, false).listening().established("win 65535 mss 1000");
        peer.sends(". 1001:1801(800) ack 1 win 1000").sends(". 2001:2801(800) ack 1 win 1000");
        assertThat(peer.connection.info().outOfOrder()).isEqualTo(800);
        assertThat(peer.stack.counted(TcpCounter.DROPPED_OUT_OF_ORDER)).isEqualTo(1);
        peer.sends(". 1:1001(1000) ack 1 win 1000").forget();
        assertThat(peer.connection.readable()).isEqualTo(1800);
        peer.sends(". 1801:2801(1000) ack 1 win 1000").expects(". 1:1(0) ack 1801");
        assertThat(peer.reads()).isEqualTo(1800);
        peer.forget().sends(". 1801:2801(1000) ack 1 win 1000");
        assertThat(peer.reads()).isEqualTo(1000);
        peer.leavesNothing();
    }

    @Test
    void theOldestTimeWaitMakesRoom() {
        Peer peer = new Peer(CONFIG, new TcpLimits(100, 3, 100, 100, 40000, 49999), false);
        peer.listening(10);
        for (int i = 0; i < 5; i++) {
            peer.theirPort = 5000 + i;
            peer.sends("S 0:0(0) win 1000");
            int isn = Integer.parseInt(peer.peek().split(" ", -1)[1].split(":", -1)[0]);
            peer.sends(". 1:1(0) ack " + (isn + 1) + " win 1000");
            TcpConnection c = peer.listener.accept();
            c.close(peer.now());
            peer.sends("F. 1:1(0) ack " + (isn + 2) + " win 1000").forget();
            assertThat(c.state()).isEqualTo(TcpState.TIME_WAIT);
        }
        assertThat(peer.stack.timeWaitCount()).isEqualTo(3);
        assertThat(peer.stack.counted(TcpCounter.DROPPED_TIME_WAIT)).isEqualTo(2);
        peer.after(60_000);
        assertThat(peer.stack.timeWaitCount()).isZero();
        peer.leavesNothing();
    }

    @Test
    void aBrokenChecksumIsDropped() {
        Peer peer = new Peer(CONFIG).listening();
        peer.corrupt = true;
        peer.sends("S 0:0(0) win 1000").expectsNothing();
        assertThat(peer.stack.counted(TcpCounter.DROPPED_CHECKSUM)).isEqualTo(1);
        peer.leavesNothing();
    }

    @Test
    void twoListenersOnOnePortAreOneTooMany() {
        Peer peer = new Peer(CONFIG).listening();
        assertThatThrownBy(() -> peer.stack.listen(peer.us, 80, 1, (l, t) -> {}))
                .isInstanceOf(IllegalStateException.class);
        peer.leavesNothing();
    }

    @Test
    void sipHashIsSipHash() {
        // The key 00..0f of the reference vectors; the value was computed with OpenSSL's SIPHASH.
        long hash =
                new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L)
                        .hash(
                                0x0706050403020100L,
                                0x0f0e0d0c0b0a0908L,
                                0x1716,
                                0x1716151413121110L,
                                0x1f1e1d1c1b1a1918L,
                                0x1514,
                                0x2f2e2d2c2b2a2928L);
        assertThat(hash).isEqualTo(SIPHASH);
    }

    private static final long SIPHASH = 0xC25CE0DF6667C5F8L;
}
