package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Backlog and cookies: a full queue drops and never resets. */
class TcpListenerTest {
    private static final TcpConfig CONFIG = TcpConfig.DEFAULT.withOffload(0, false);

    private static Peer from(Peer peer, int port) {
        peer.theirPort = port;
        return peer;
    }

    private static String stamp(String segment) {
        return segment.substring(segment.indexOf("TS ") + 3).split(" ", -1)[0];
    }

    @Test
    void connectionsWaitToBeAccepted() {
        Peer peer = new Peer(CONFIG).listening(4);
        peer.sends("S 0:0(0) win 1000").forget().sends(". 1:1(0) ack 1 win 1000");
        peer.expectsEvents("acceptable");
        assertThat(peer.listener.waiting()).isEqualTo(1);
        peer.sends("P. 1:11(10) ack 1 win 1000");
        peer.connection = peer.listener.accept();
        assertThat(peer.connection.readable()).isEqualTo(10);
        assertThat(peer.listener.accept()).isNull();
        peer.leavesNothing();
    }

    @Test
    void aFullAcceptQueueDropsTheHandshakesLastSegment() {
        Peer peer = new Peer(CONFIG).listening(1);
        from(peer, 4001).sends("S 0:0(0) win 1000");
        int isn = ackOf(peer);
        from(peer, 4002).sends("S 0:0(0) win 1000").forget();
        assertThat(peer.stack.counted(TcpCounter.SYN_COOKIES_SENT)).isEqualTo(1);
        from(peer, 4001).sends(". 1:1(0) ack " + isn + " win 1000").expectsNothing();
        assertThat(peer.listener.waiting()).isEqualTo(1);
        from(peer, 4003).sends("S 0:0(0) win 1000").expectsNothing();
        assertThat(peer.stack.counted(TcpCounter.DROPPED_BACKLOG_FULL)).isEqualTo(1);
        peer.leavesNothing();
    }

    private static int ackOf(Peer peer) {
        String text = peer.peek();
        peer.forget();
        return Integer.parseInt(text.split(" ", -1)[1].split(":", -1)[0]) + 1;
    }

    @Test
    void withTheSynQueueFullACookieStandsInForIt() {
        Peer peer = new Peer(CONFIG).listening(1);
        from(peer, 4001).sends("S 0:0(0) win 1000").forget();
        from(peer, 4002).sends("S 0:0(0) win 1000 mss 1000 sackOK ws 3 TS 7 0");
        String cookie = peer.peek();
        assertThat(cookie).contains(" ack 1 ").contains("sackOK").contains(" ws 5");
        int ack = ackOf(peer);
        assertThat(peer.stack.connectionCount()).as("nothing is kept").isEqualTo(1);
        peer.after(1000).forget();
        peer.sends("P. 1:11(10) ack " + ack + " win 1000 TS 8 " + stamp(cookie));
        peer.expectsEvents("acceptable");
        peer.connection = peer.listener.accept();
        TcpInfo info = peer.connection.info();
        assertThat(info.state()).isEqualTo(TcpState.ESTABLISHED);
        assertThat(info.mss()).isEqualTo(940);
        assertThat(info.sendScale()).isEqualTo(3);
        assertThat(info.sendWindow()).isEqualTo(8000);
        assertThat(info.sack()).isTrue();
        assertThat(info.timestamps()).isTrue();
        assertThat(info.receiveQueue()).isEqualTo(10);
        peer.leavesNothing();
    }

    @Test
    void aCookieIsGoodForTwoMinutesAtMostAndOnlyForItsOwnEnds() {
        Peer peer = new Peer(CONFIG).listening(1);
        from(peer, 4001).sends("S 0:0(0) win 1000").forget();
        from(peer, 4002).sends("S 0:0(0) win 1000");
        int ack = ackOf(peer);
        from(peer, 4003).sends(". 1:1(0) ack " + ack + " win 1000");
        assertThat(peer.peek()).as("another port").startsWith("R ");
        peer.forget();
        from(peer, 4002).sends(". 2:2(0) ack " + ack + " win 1000");
        assertThat(peer.peek()).as("another ISN").startsWith("R ");
        peer.forget().after(130_000).forget();
        peer.sends(". 1:1(0) ack " + ack + " win 1000");
        assertThat(peer.peek()).as("too late").startsWith("R ");
        peer.leavesNothing();
    }

    @Test
    void aCookieThatFindsNoRoomIsDroppedAndNotReset() {
        Peer peer = new Peer(CONFIG).listening(1);
        from(peer, 4001).sends("S 0:0(0) win 1000");
        int first = ackOf(peer);
        from(peer, 4002).sends("S 0:0(0) win 1000");
        int cookie = ackOf(peer);
        from(peer, 4001).sends(". 1:1(0) ack " + first + " win 1000");
        from(peer, 4002).sends(". 1:1(0) ack " + cookie + " win 1000").expectsNothing();
        assertThat(peer.stack.counted(TcpCounter.DROPPED_ACCEPT_QUEUE_FULL)).isEqualTo(1);
        peer.connection = peer.listener.accept();
        peer.sends(". 1:1(0) ack " + cookie + " win 1000").expectsNothing();
        assertThat(peer.listener.waiting()).isEqualTo(1);
        peer.leavesNothing();
    }

    @Test
    void aListenerWhoseQueueWasNeverFullBelievesNoCookie() {
        Peer peer = new Peer(CONFIG).listening(8).sends(". 1:1(0) ack 77 win 1000");
        peer.expects("R 77:77(0)").expectsNothing().leavesNothing();
    }

    @Test
    void aFloodOfSynsCostsNoMemoryAndLegitimateOnesGetThrough() {
        Peer peer = new Peer(CONFIG).listening(16);
        for (int i = 0; i < 20_000; i++) {
            from(peer, 1 + i % 65535).sends("S " + i + ":" + i + "(0) win 1000").forget();
        }
        assertThat(peer.stack.connectionCount()).isEqualTo(16);
        from(peer, 65535).sends("S 0:0(0) win 1000");
        int ack = ackOf(peer);
        peer.sends(". 1:1(0) ack " + ack + " win 1000");
        assertThat(peer.listener.waiting()).isEqualTo(1);
        peer.leavesNothing();
    }

    @Test
    void closingAbortsWhatIsInItsQueues() {
        Peer peer = new Peer(CONFIG).listening(4);
        peer.sends("S 0:0(0) win 1000").forget().sends(". 1:1(0) ack 1 win 1000");
        peer.listener.close(peer.now());
        peer.expects("R. 1:1(0) ack 1").expectsNothing();
        peer.sends("S 9:9(0) win 1000");
        assertThat(peer.peek()).startsWith("R. 2:2(0)");
        peer.leavesNothing();
    }
}
