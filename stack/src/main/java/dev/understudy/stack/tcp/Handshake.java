package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.TcpOptions;

/**
 * The opening of one connection: sends SYN or SYN+ACK and repeats it (RFC 6298 with backoff), and settles which options
 * hold. Dropped when the connection is established.
 *
 * <p>An option holds only if both sent it (RFC 7323 §2.2, §3.2; RFC 2018 §2). A missing MSS means 536, over IPv6 1220
 * (RFC 9293 §3.7.1).
 */
final class Handshake {
    private static final int DEFAULT_MSS_V6 = 1220;

    private final TcpConnection connection;
    private final long since;
    private long sentAt;
    private long deadline;
    private boolean repeated;
    private boolean measured;
    private long rttSample;

    // What the peer's SYN said.
    private int peerMss;
    private int peerScale = -1;
    private boolean peerSack;
    private boolean peerTimestamps;

    // ECN-setup SYNs and SYN+ACKs, and plain ones, that have gone and come (RFC 3168 §6.1.1).
    private boolean setupSent;
    private boolean plainSent;
    private boolean setupHeard;
    private boolean plainHeard;

    /** TSval of a SYN+ACK that was a cookie, to be believed in again. */
    Handshake(TcpConnection connection, long now) {
        this.connection = connection;
        since = now;
        peerMss = connection.isIpv6() ? DEFAULT_MSS_V6 : TcpOptions.DEFAULT_MSS;
    }

    /** Active open (RFC 9293 §3.10.1): sends the SYN. */
    static void connect(TcpConnection c, long now) {
        c.move(TcpState.Event.ACTIVE_OPEN);
        c.heard(0, now);
        c.handshake = new Handshake(c, now);
        c.handshake.begin(now);
    }

    /** A SYN came to a listener (§3.10.7.2), or crosses ours: sends the SYN+ACK. */
    static void answer(TcpConnection c, Segment syn, long now) {
        if (c.state() == TcpState.CLOSED) {
            c.move(TcpState.Event.PASSIVE_OPEN);
            c.handshake = new Handshake(c, now);
        }
        c.move(TcpState.Event.SYN);
        c.heard(0, now);
        c.handshake.peerSyn(syn, now);
        c.handshake.startReceiver(syn.seq());
        // Data on a SYN may wait: the peer sends it again (§3.10.7.4 lets it be queued or not).
        c.handshake.begin(now);
    }

    /** What a SYN cookie stands for: a connection in SYN-RECEIVED that is about to hear {@code ack}, its acknowledgement. */
    static void resume(
            TcpConnection c, int peerIsn, int mss, int scale, boolean sack, Segment ack, long now) {
        c.move(TcpState.Event.PASSIVE_OPEN);
        c.move(TcpState.Event.SYN);
        c.handshake = new Handshake(c, now);
        c.handshake.peerSyn(mss, scale, sack, ack.hasTimestamps(), ack.tsVal(), now);
        c.handshake.startReceiver(peerIsn);
    }

    /**
     * Our SYN is acknowledged and the peer's known: tells the connection what was agreed on.
     *
     * @param event SYN_ACK or ACK_OF_SYN
     * @return what the sender works with
     */
    SenderSetup complete(TcpState.Event event, Segment segment, long now) {
        boolean active = event == TcpState.Event.SYN_ACK;
        if (active) {
            peerSyn(segment, now);
            startReceiver(segment.seq());
        }
        if (!repeated && !measured) {
            measured = true;
            rttSample = now - sentAt;
        }
        // The window of a SYN is never scaled (RFC 7323 §2.2).
        SenderSetup setup = senderSetup(segment.window() << (active ? 0 : sendScale()));
        connection.timestamps = peerTimestamps;
        connection.sack = peerSack;
        connection.sendScale = (byte) sendScale();
        connection.receiveScale = (byte) receiveScale();
        connection.peerMss = peerMss;
        if (ecnAgreed()) {
            connection.owner.count(TcpCounter.ECN_AGREED);
            connection.ecn = new Ecn();
            connection.sender.ecn(connection.ecn);
        }
        settleRtt();
        return setup;
    }

    private void startReceiver(int peerIsn) {
        connection.irs = peerIsn;
        connection.output.lastAckSent = peerIsn + 1;
        connection.receiver = new TcpReceiver(receiverSetup(), connection.owner.receiveBudget());
    }

    /** Sends SYN or, in SYN-RECEIVED, SYN+ACK for the first time. */
    private void begin(long now) {
        sentAt = now;
        deadline = now + connection.rtt.rto();
        send(now);
    }

    /** Sends it again without touching the timer: the peer's own came again. */
    void repeat(Segment syn, long now) {
        repeated = true;
        readEcn(syn);
        send(now);
    }

    private void send(long now) {
        TcpConfig config = connection.config;
        boolean reply = connection.state() == TcpState.SYN_RECEIVED;
        TcpOptionWriter options = connection.owner.options();
        options.mss(connection.pathMss());
        if (config.windowScaling() && (!reply || peerScale >= 0)) {
            options.windowScale(connection.offeredScale());
        }
        if (config.sack() && (!reply || peerSack)) {
            options.sackPermitted(true);
        }
        if (config.timestamps() && (!reply || peerTimestamps)) {
            options.timestamps(
                    TimestampClock.value(now, connection.timestampOffset),
                    reply ? connection.tsRecent : 0);
        }
        int window = Math.min(0xFFFF, connection.receiveBuffer());
        int flags = (reply ? Tcp.SYN | Tcp.ACK : Tcp.SYN) | ecnFlags(reply);
        int ack = reply ? connection.irs + 1 : 0;
        if (reply) {
            connection.output.lastAckSent = ack;
        }
        connection.owner.send(connection, connection.iss, ack, flags, window, options, 0, now);
    }

    /**
     * ECE and CWR in a SYN ask for ECN, ECE alone in the answer agrees (RFC 3168 §6.1.1). A SYN that was not answered may
     * have met somebody who drops what asks, and goes again without.
     */
    private int ecnFlags(boolean reply) {
        boolean setup =
                reply
                        ? connection.config.ecn() != EcnMode.OFF
                                && setupHeard
                                && !plainHeard
                                && !plainSent
                        : connection.config.ecn() == EcnMode.REQUEST && !repeated;
        setupSent |= setup;
        plainSent |= !setup;
        return !setup ? 0 : reply ? Tcp.ECE : Tcp.ECE | Tcp.CWR;
    }

    private void readEcn(Segment syn) {
        boolean reply = syn.has(Tcp.ACK);
        boolean setup = syn.has(Tcp.ECE) && syn.has(Tcp.CWR) != reply;
        setupHeard |= setup;
        plainHeard |= !setup;
    }

    private boolean ecnAgreed() {
        return setupSent && setupHeard && !plainSent && !plainHeard;
    }

    /** Reads the options of the peer's SYN. */
    private void peerSyn(Segment segment, long now) {
        readEcn(segment);
        if (segment.mss() >= 0) {
            peerMss = Math.max(SenderSetup.MIN_MSS, segment.mss());
        }
        peerScale = connection.config.windowScaling() ? segment.windowScale() : -1;
        peerSack = connection.config.sack() && segment.sackPermitted();
        peerTimestamps = connection.config.timestamps() && segment.hasTimestamps();
        if (peerTimestamps) {
            connection.tsRecent = segment.tsVal();
            connection.tsRecentAt = now;
        }
    }

    /** What a cookie remembered stands in for the peer's SYN. */
    private void peerSyn(
            int mss, int scale, boolean sack, boolean timestamps, int tsVal, long now) {
        peerMss = mss;
        peerScale = scale;
        peerSack = sack;
        peerTimestamps = timestamps;
        connection.tsRecent = tsVal;
        connection.tsRecentAt = now;
        repeated = true;
    }

    /** What the receiver works with, once the peer's SYN is known. */
    private ReceiverSetup receiverSetup() {
        TcpConfig config = connection.config;
        return new ReceiverSetup(
                connection.irs + 1,
                peerScale >= 0 ? connection.offeredScale() : 0,
                connection.receiveBuffer(),
                connection.pathMss(),
                peerSack,
                config.times().ackDelay(),
                config.pieces());
    }

    /** What the sender works with; {@code window} is the peer's, scaled. */
    private SenderSetup senderSetup(int window) {
        int mss = Math.min(peerMss, connection.pathMss());
        // RFC 5681 §3.1: a lost SYN is a sign of congestion.
        int initial = repeated && rttBackedOff() ? mss : connection.config.initialWindow();
        return new SenderSetup(
                connection.iss + 1,
                mss,
                Math.max(0, peerScale),
                window,
                peerSack,
                peerTimestamps,
                connection.timestampOffset,
                connection.config.superSegmentBytes(),
                connection.sendBuffer(),
                initial);
    }

    private boolean rttBackedOff() {
        return connection.rtt.backoff() > 0;
    }

    /** Hands the measured round trip to the estimator (RFC 6298 §2.2), or what its absence means (§5.7). */
    private void settleRtt() {
        if (measured) {
            connection.rtt.sample(rttSample, rttSample);
        } else if (rttBackedOff()) {
            connection.rtt.synWasRetransmitted();
        }
    }

    private int sendScale() {
        return Math.max(0, peerScale);
    }

    private int receiveScale() {
        return peerScale >= 0 ? connection.offeredScale() : 0;
    }

    long deadline() {
        return deadline;
    }

    /** Repeats the SYN, or returns false when the time for it is over. */
    boolean onDeadline(long now) {
        if (now < deadline) {
            return true;
        }
        if (now - since >= connection.config.times().connect()) {
            return false;
        }
        connection.rtt.backOff();
        repeated = true;
        deadline =
                Math.min(
                        now + connection.rtt.rto(),
                        Math.max(now + 1, since + connection.config.times().connect()));
        send(now);
        connection.owner.count(TcpCounter.RETRANSMITTED);
        return true;
    }
}
