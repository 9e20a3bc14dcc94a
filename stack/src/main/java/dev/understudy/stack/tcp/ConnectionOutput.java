package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;

/**
 * Puts segments of a connection together: what the sender wants to say, with the acknowledgement, window, SACK blocks and
 * timestamps that every segment carries.
 */
final class ConnectionOutput implements SegmentOutput {
    private static final int TIMESTAMP_BYTES = 12;

    /** With timestamps three SACK blocks fill the options up, without them four leave a word. */
    private static final int TIMESTAMP_AND_SACK_BYTES = 40;

    private static final int SACK_BYTES = 36;

    private final TcpConnection connection;
    private ChallengeLimit challenges;

    /** Last.ACK.sent of RFC 7323 §4.3. */
    int lastAckSent;

    ConnectionOutput(TcpConnection connection) {
        this.connection = connection;
    }

    @Override
    public int optionBytes() {
        boolean sacks = connection.receiver != null && connection.receiver.hasSacks();
        if (connection.timestamps) {
            return sacks ? TIMESTAMP_AND_SACK_BYTES : TIMESTAMP_BYTES;
        }
        return sacks ? SACK_BYTES : 0;
    }

    @Override
    public void transmit(TcpSender from, int seq, int length, int flags, boolean again, long now) {
        if (again) {
            connection.owner.count(TcpCounter.RETRANSMITTED);
        }
        if ((flags & Tcp.CWR) != 0) {
            connection.owner.count(TcpCounter.MARKS_HEEDED);
        }
        send(seq, flags | Tcp.ACK, length, now);
    }

    /** Sends an acknowledgement alone. */
    void sendAck(long now) {
        send(connection.sender.nextSeq(), Tcp.ACK, 0, now);
    }

    /** Sends what a peer that lives must answer (RFC 9293 §3.8.4): a number it has acknowledged, and no data. */
    void sendKeepAlive(long now) {
        send(connection.sender.nextSeq() - 1, Tcp.ACK, 0, now);
    }

    private void send(int seq, int flags, int length, long now) {
        TcpReceiver receiver = connection.receiver;
        TcpOptionWriter options = options(now);
        receiver.writeSacks(options);
        int ack = receiver.nextSeq();
        int window = receiver.advertise();
        receiver.ackSent();
        lastAckSent = ack;
        int echo = connection.ecn != null && connection.ecn.isEchoing() ? Tcp.ECE : 0;
        connection.owner.send(connection, seq, ack, flags | echo, window, options, length, now);
    }

    private TcpOptionWriter options(long now) {
        TcpOptionWriter options = connection.owner.options();
        if (connection.timestamps) {
            options.timestamps(
                    TimestampClock.value(now, connection.timestampOffset), connection.tsRecent);
        }
        return options;
    }

    /** Sends a RST that the peer will believe: at the number it expects next. */
    void sendReset(long now) {
        boolean opening = connection.handshake != null;
        int seq = opening ? connection.iss + 1 : connection.sender.nextSeq();
        int ack = connection.receiver.nextSeq();
        connection.owner.count(TcpCounter.RESETS_SENT);
        connection.owner.send(connection, seq, ack, Tcp.RST | Tcp.ACK, 0, options(now), 0, now);
    }

    /** A challenge ACK, or any answer to what is not acceptable, within the limits (RFC 5961 §7). */
    void challenge(long now) {
        if (challenges == null) {
            challenges = new ChallengeLimit();
        }
        if (challenges.mayChallenge(now) && connection.owner.mayChallenge(now)) {
            connection.owner.count(TcpCounter.CHALLENGES_SENT);
            sendAck(now);
        }
    }
}
