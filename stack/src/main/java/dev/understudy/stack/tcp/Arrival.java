package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.Tcp;

/**
 * SEGMENT ARRIVES (RFC 9293 §3.10.7) for a connection, in the RFC's own order of checks, with RFC 5961 against blind
 * attackers and RFC 7323 against old duplicates. Closed ports and listeners are {@link TcpStack}'s and {@link
 * TcpListener}'s, TIME-WAIT is {@link TimeWait}'s.
 *
 * <p><b>An attacker</b> who does not see the traffic must hit RCV.NXT exactly to reset a connection, can move no SND.UNA but
 * with an acknowledgement of what was sent lately, and gets challenge ACKs only as fast as a limit allows.
 */
final class Arrival {
    /** RFC 7323 §5.5: a timestamp older than this says nothing any more. */
    private static final long PAWS_NANOS = 24L * 24 * 3600 * 1_000_000_000L;

    private Arrival() {}

    /** Processes one segment; the connection is to {@link TcpConnection#settle} afterwards. */
    static void process(TcpConnection connection, Segment segment, long now) {
        switch (connection.state()) {
            case CLOSED, LISTEN, TIME_WAIT -> {
                // Not in the tables any more.
            }
            case SYN_SENT -> synSent(connection, segment, now);
            default -> otherwise(connection, segment, now);
        }
    }

    /** §3.10.7.3. */
    private static void synSent(TcpConnection c, Segment s, long now) {
        boolean ack = s.has(Tcp.ACK);
        if (ack && s.ack() != c.iss + 1) {
            // Nothing but our SYN can be acknowledged: an old duplicate, or a half-open peer
            // (§3.5.2).
            if (!s.has(Tcp.RST)) {
                c.owner.count(TcpCounter.RESETS_SENT);
                c.owner.send(c, s.ack(), 0, Tcp.RST, 0, c.owner.options(), 0, now);
            }
            c.owner.count(TcpCounter.DROPPED_BAD_ACK);
            return;
        }
        if (s.has(Tcp.RST)) {
            if (ack) {
                c.owner.count(TcpCounter.RESETS_TAKEN);
                c.end(TcpState.Event.RESET, CloseReason.REFUSED, now);
            } else {
                c.owner.count(TcpCounter.DROPPED_BLIND);
            }
            return;
        }
        if (!s.has(Tcp.SYN)) {
            c.owner.count(TcpCounter.DROPPED_NO_FLAGS);
            return;
        }
        c.heard(s.length(), now);
        if (!ack) {
            // Simultaneous open (§3.5, figure 7).
            c.synReceived(s, now);
            return;
        }
        c.established(TcpState.Event.SYN_ACK, s, now);
        c.receiver.owe();
        takeData(c, s, now);
        c.sender.flush(now);
    }

    /** §3.10.7.4. */
    private static void otherwise(TcpConnection c, Segment s, long now) {
        if (c.state() == TcpState.SYN_RECEIVED && repeatsSyn(c, s, now)) {
            return;
        }
        if (c.timestamps && !s.has(Tcp.RST)) {
            if (!s.hasTimestamps()) {
                // Lost on the way, or forged (RFC 7323 §3.2): not worth an answer.
                c.owner.count(TcpCounter.DROPPED_PAWS);
                return;
            }
            if (isOldDuplicate(c, s, now)) {
                c.owner.count(TcpCounter.DROPPED_PAWS);
                answerUnacceptable(c, s, now);
                return;
            }
        }
        // First: sequence number.
        boolean crossedSyn = isCrossedSyn(c, s);
        if (!c.receiver.acceptable(s) && !crossedSyn) {
            c.owner.count(TcpCounter.DROPPED_OUT_OF_WINDOW);
            if (!s.has(Tcp.RST)) {
                answerUnacceptable(c, s, now);
            }
            return;
        }
        // Second: RST (RFC 5961 §3.2).
        if (s.has(Tcp.RST)) {
            reset(c, s, now);
            return;
        }
        // Fourth: SYN (RFC 5961 §4.2).
        if (s.has(Tcp.SYN) && !crossedSyn) {
            c.owner.count(TcpCounter.DROPPED_BLIND);
            c.output.challenge(now);
            return;
        }
        // Fifth: ACK.
        if (!s.has(Tcp.ACK)) {
            c.owner.count(TcpCounter.DROPPED_NO_FLAGS);
            return;
        }
        if (!acknowledge(c, s, now)) {
            return;
        }
        c.heard(s.unit(), now);
        rememberTimestamp(c, s, now);
        // Seventh and eighth: text and FIN. Urgent data (sixth) is in line and no different.
        takeData(c, s, now);
    }

    /** SYN-RECEIVED, and the peer's SYN comes again: it did not hear our SYN+ACK. */
    private static boolean repeatsSyn(TcpConnection c, Segment s, long now) {
        if (s.has(Tcp.SYN) && !s.has(Tcp.ACK) && !s.has(Tcp.RST) && s.seq() == c.irs) {
            c.handshake.repeat(s, now);
            return true;
        }
        return false;
    }

    /** In a simultaneous open, which is one of ours, the peer's SYN+ACK acknowledges our SYN with its own, which we know (figure 7). */
    private static boolean isCrossedSyn(TcpConnection c, Segment s) {
        return c.state() == TcpState.SYN_RECEIVED
                && c.listener == null
                && s.has(Tcp.SYN | Tcp.ACK)
                && !s.has(Tcp.RST)
                && s.seq() == c.irs
                && s.ack() == c.iss + 1;
    }

    /** PAWS (RFC 7323 §5.3). */
    private static boolean isOldDuplicate(TcpConnection c, Segment s, long now) {
        return SeqNum.lt(s.tsVal(), c.tsRecent) && now - c.tsRecentAt < PAWS_NANOS;
    }

    /** RFC 7323 §4.3: only a segment that covers what was acknowledged last may set it. */
    private static void rememberTimestamp(TcpConnection c, Segment s, long now) {
        if (c.timestamps
                && s.hasTimestamps()
                && SeqNum.le(s.seq(), c.output.lastAckSent)
                && SeqNum.ge(s.tsVal(), c.tsRecent)) {
            c.tsRecent = s.tsVal();
            c.tsRecentAt = now;
        }
    }

    /**
     * The acknowledgement that an unacceptable segment deserves. One with data is the peer's retransmission, whose
     * acknowledgement was lost; one without could be an answer to ours, and two such could go on for ever.
     */
    private static void answerUnacceptable(TcpConnection c, Segment s, long now) {
        if (s.length() > 0 && SeqNum.le(s.end(), c.receiver.nextSeq())) {
            c.receiver.reportOld(s);
            c.output.sendAck(now);
        } else {
            c.output.challenge(now);
        }
    }

    private static void reset(TcpConnection c, Segment s, long now) {
        if (s.seq() != c.receiver.nextSeq()) {
            c.owner.count(TcpCounter.DROPPED_BLIND);
            // On the right edge it lies outside already, where RFC 5961 §3.2 wants silence.
            if (s.seq() != c.receiver.windowEdge()) {
                c.output.challenge(now);
            }
            return;
        }
        c.owner.count(TcpCounter.RESETS_TAKEN);
        boolean refused = c.state() == TcpState.SYN_RECEIVED && c.listener == null;
        c.end(TcpState.Event.RESET, refused ? CloseReason.REFUSED : CloseReason.RESET, now);
    }

    /** The fifth check. Returns whether the segment is to be read on. */
    private static boolean acknowledge(TcpConnection c, Segment s, long now) {
        if (c.state() == TcpState.SYN_RECEIVED && !completeOpening(c, s, now)) {
            return false;
        }
        if (SeqNum.gt(s.ack(), c.sender.maxSent())
                || SeqNum.lt(s.ack(), c.sender.unacknowledged() - c.sender.maxWindow())) {
            c.owner.count(TcpCounter.DROPPED_BAD_ACK);
            c.output.challenge(now);
            return false;
        }
        c.sender.onAck(s, now);
        c.acknowledged(now);
        return !c.isClosed();
    }

    private static boolean completeOpening(TcpConnection c, Segment s, long now) {
        if (s.ack() != c.iss + 1) {
            c.owner.count(TcpCounter.DROPPED_BAD_ACK);
            c.owner.count(TcpCounter.RESETS_SENT);
            c.owner.send(c, s.ack(), 0, Tcp.RST, 0, c.owner.options(), 0, now);
            return false;
        }
        if (!c.owner.mayEstablish(c)) {
            // The peer believes it is connected; our SYN+ACK goes on being repeated until there is
            // room.
            c.owner.count(TcpCounter.DROPPED_ACCEPT_QUEUE_FULL);
            return false;
        }
        c.established(TcpState.Event.ACK_OF_SYN, s, now);
        if (s.has(Tcp.SYN)) {
            c.receiver.owe();
        }
        return true;
    }

    /** The peer is told at once of the first mark: each round trip without it fills a queue. */
    private static void readMarks(TcpConnection c, Segment s) {
        if (s.isMarked()) {
            c.owner.count(TcpCounter.MARKS_RECEIVED);
        }
        if (c.ecn.received(s)) {
            c.receiver.owe();
        }
    }

    private static void takeData(TcpConnection c, Segment s, long now) {
        if (c.ecn != null && s.length() > 0) {
            readMarks(c, s);
        }
        if (s.length() == 0 && !s.has(Tcp.FIN)) {
            if (SeqNum.lt(s.seq(), c.receiver.nextSeq()) && !s.has(Tcp.SYN)) {
                c.receiver.owe();
            }
            return;
        }
        if (!c.state().mayReceive()) {
            // Behind the peer's FIN: it has come again and is acknowledged again.
            c.receiver.owe();
            return;
        }
        if (c.appClosed() && SeqNum.gt(s.seq() + s.length(), c.receiver.nextSeq())) {
            c.resetOrphan(now);
            return;
        }
        long dropped = c.receiver.dropped();
        boolean more = c.receiver.receive(s, now);
        if (c.receiver.dropped() != dropped) {
            c.owner.count(TcpCounter.DROPPED_OUT_OF_ORDER);
        }
        if (!more) {
            return;
        }
        if (c.receiver.readable() > 0) {
            c.toldReadable();
        }
        if (c.receiver.finReached()) {
            c.finReached(now);
        }
    }
}
