package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptions;

/**
 * The half of a session toward one server: an attempt until it has won, and one entry of the incoming index all the time
 * (P04). A leg that has lost stays in the index as a tombstone, so that a late SYN+ACK is answered by RST and reaches
 * nobody (P40).
 */
final class ServerLeg extends Flow {
    final Session session;
    final Server server;

    /** Of our SYN: one before the first byte that this server gets. */
    final int isn;

    /** What this leg's client end, played by us, is in. */
    LegState state = LegState.SYN_SENT;

    /** SYNs, or datagrams that nothing has answered, sent; for Karn's rule. */
    int syns;

    /** What its two ends agreed on; null before its handshake is done, and while nobody wants to know. */
    LegOptions options;

    /** Whether we are its receiver: what comes on it is not the client's (yet). */
    boolean ours;

    /** What we have received on it ourselves, and acknowledge while it is {@link #ours}. */
    int received;

    /** One past the last byte that we have sent on it ourselves. */
    int sent;

    /** The server's window as its handshake gave it, in bytes, and its clock as a whole segment of it said last. */
    int window;

    int tsVal;

    long openedAt;

    /** How long the server took to answer our only SYN; -1 if it has not, or there were several. */
    long roundTripNanos = -1;

    /** It has had a session: segments of it may be under way for as long as any live. */
    boolean won;

    /** We have said FIN on it: it is closing, and its server's FIN is to be acknowledged. */
    boolean departing;

    /** Its session has gone on without it. */
    boolean tombstone;

    /** When a tombstone may go. */
    long expiresAt;

    ServerLeg(
            Session session,
            Server server,
            long localHi,
            long localLo,
            int localPort,
            long serverHi,
            long serverLo,
            int serverPort,
            int isn) {
        super(session.protocol, localHi, localLo, localPort, serverHi, serverLo, serverPort);
        this.session = session;
        this.server = server;
        this.isn = isn;
        this.sent = isn + 1;
    }

    /** Whether a segment acknowledges what we have sent ourselves: an off-path attacker does not know that (RFC 5961 §5). */
    boolean acknowledgesOurs(Packet packet) {
        return packet.has(Tcp.ACK)
                ? SeqNum.within(packet.ack(), isn + 1, sent + 1)
                : packet.has(Tcp.RST);
    }

    /**
     * Notes what a whole segment says of its server's clock: to be echoed where we speak for the client.
     *
     * @param offset what has been added to it already, for the client
     */
    void noteClock(TcpOptions heard, int offset) {
        if (heard.hasTimestamps()) {
            tsVal = SeqNum.max(tsVal, heard.tsVal() - offset);
        }
    }

    /** Our end, as a value for screens. */
    Endpoint local() {
        return Endpoint.of(nearHi, nearLo, nearPort);
    }

    /** Where the server is, as a value for events and screens. */
    Endpoint endpoint() {
        return Endpoint.of(farHi, farLo, farPort);
    }
}
