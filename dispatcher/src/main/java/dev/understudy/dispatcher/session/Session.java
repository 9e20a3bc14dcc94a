package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.recover.MoveBudget;
import dev.understudy.dispatcher.recover.Store;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.dispatcher.translate.Translation;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import java.util.List;

/**
 * One connection of a client, with all that is known of it (FIG. 10): an entry of the outgoing index {client, original},
 * its phase, its server leg, what was kept for replay, and what the two legs do not have in common.
 *
 * <p>Sequence numbers here are the client leg's. A session in {@link Relaying} must stay small: what only opening or
 * moving needs hangs on references that are null in steady state.
 */
final class Session extends Flow {
    /**
     * Bytes in a row that may be lost on the client's own side, or come late: as many as kernels let be under way. What is
     * lost comes again this way, so that a greater loss is caught up with.
     */
    private static final int CLIENT_AHEAD = 1 << 23;

    /** Bytes in a row that may be lost on a server's path before a segment. */
    static final int SERVER_AHEAD = 1 << 18;

    final long id;
    final Service service;
    final long openedAt;

    Phase phase;

    /** The only server that it may have: it was announced on another session; null if it may choose. */
    Server pinned;

    /** Reads what other connections are announced on it; null where none are. */
    Announcing announcing;

    /** The leg that has the session; null while none has won. */
    ServerLeg leg;

    /** What differs between the legs beyond address and port; null if nothing does. */
    Translation translation;

    /** What the client sent, while it may have to be replayed; null once it can not. */
    Store store;

    /** What is said on it, while somebody reads along; else null. */
    Conversation conversation;

    /** Who may serve it, if that was chosen by what cannot be asked again; null if any server of the service may. */
    List<Server> holders;

    /** Whether bytes of the client's have been taken over by us, up to {@link #ownedUp}. */
    private boolean owning;

    private int ownedUp;

    /** Bytes of the client that we owe to the server; null if there are none. */
    Delivery delivery;

    /** Bytes of an answer that we owe to the client, for its server believes them delivered; null if there are none. */
    ClientDelivery clientDelivery;

    /** What the client leg negotiated; kept as long as the store, or what is owed to the client. */
    LegOptions clientOptions;

    LegState clientState = LegState.SYN_SENT;
    int clientIsn;

    /** The server's ISN as the client saw it. */
    int serverIsn;

    /** The first byte of the oldest request that is not answered: where another server would have to begin. */
    int upBase;

    /** The first byte of the answer to it. */
    int downBase;

    /** One past the highest sequence number that the client sent. */
    int upNxt;

    /** One past the highest sequence number that was delivered to the client. */
    int downNxt;

    /** The client's highest acknowledgement. */
    int clientAck;

    /** The highest acknowledgement that was delivered to the client. */
    int serverAck;

    /** TSval that the client saw last, while {@link #clientOptions} is kept. */
    int lastTsVal;

    /** Whether the client leg has agreed on congestion notification (RFC 3168 §6.1.1). */
    boolean ecn;

    boolean clientAnswered;
    boolean clientFin;
    boolean serverFin;
    boolean clientFinAcked;
    boolean serverFinAcked;
    int clientFinSeq;
    int serverFinSeq;
    byte probes;

    /** How often its oldest request has been moved. */
    byte moves;

    /** What it draws on because that was more than once; null if it was not. */
    MoveBudget drawn;

    int hidden;

    long lastPacketAt;

    /** Since when request bytes wait for the server's first acknowledgement; 0 if none do. */
    long unansweredSince;

    /** When the client has last said something that its server has not answered; 0 if it has answered. */
    long askedAt;

    long bytesUp;
    long bytesDown;
    long packets;

    /** Owned by {@link Deadlines}. */
    long deadline;

    int heapIndex = -1;

    Session(
            long id,
            Service service,
            long now,
            long clientHi,
            long clientLo,
            int clientPort,
            long originalHi,
            long originalLo,
            int originalPort) {
        this(
                id,
                service,
                service.config().protocol().transport(),
                now,
                clientHi,
                clientLo,
                clientPort,
                originalHi,
                originalLo,
                originalPort);
    }

    /** A session whose transport protocol need not be its service's: flows that were announced on another session. */
    Session(
            long id,
            Service service,
            int protocol,
            long now,
            long clientHi,
            long clientLo,
            int clientPort,
            long originalHi,
            long originalLo,
            int originalPort) {
        super(protocol, clientHi, clientLo, clientPort, originalHi, originalLo, originalPort);
        this.id = id;
        this.service = service;
        this.openedAt = now;
        this.lastPacketAt = now;
    }

    /** How far the server's sequence numbers are ahead of those that the client sees. */
    int delta() {
        return translation == null ? 0 : translation.serverToClient().delta();
    }

    /** How far the server's clock is moved for the client, in its own ticks. */
    int clockOffset() {
        return translation == null ? 0 : translation.timestampOffset();
    }

    /** A sequence number of the client's as its server knows it. */
    int mapUp(int seq) {
        return translation == null ? seq : translation.clientToServer().map(seq);
    }

    /** A number that the client acknowledges as its server knows it. */
    int unmapDown(int ack) {
        return translation == null ? ack : translation.serverToClient().unmap(ack);
    }

    Endpoint client() {
        return Endpoint.of(nearHi, nearLo, nearPort);
    }

    Endpoint original() {
        return Endpoint.of(farHi, farLo, farPort);
    }

    /** Whether it says FIN before bytes that its sender has sent. */
    private static boolean endsTooEarly(Packet packet, int next) {
        return packet.has(Tcp.FIN) && SeqNum.lt(packet.seq() + packet.segmentLength(), next);
    }

    /**
     * Notes how far a packet of the client, in the client leg's numbers, takes the session. Nor does what an attacker makes
     * up get far here: it acknowledges, and lies where bytes can be under way. The client knows best what it
     * has got: its acknowledgement also mends what {@link #seenDown} did not believe.
     *
     * @return false if it says nothing credible: it is for its receiver to judge, and no decision rests on it
     */
    boolean seenUp(Packet packet) {
        int seq = packet.seq();
        int ack = packet.ack();
        boolean ahead = SeqNum.gt(seq, upNxt) || SeqNum.gt(ack, downNxt);
        if (!packet.has(Tcp.ACK)
                || !SeqNum.within(seq, serverAck - CLIENT_AHEAD, upNxt + CLIENT_AHEAD + 1)
                || !SeqNum.within(ack, clientAck - CLIENT_AHEAD, downNxt + CLIENT_AHEAD + 1)
                || ahead && !packet.checksumValid()
                || endsTooEarly(packet, upNxt)) {
            return false;
        }
        int end = seq + packet.segmentLength();
        if (SeqNum.gt(end, upNxt)) {
            bytesUp += end - upNxt - (packet.flags() & Tcp.FIN);
            upNxt = end;
        }
        clientAck = SeqNum.max(clientAck, ack);
        if (SeqNum.gt(ack, downNxt)) {
            bytesDown += ack - downNxt;
            downNxt = ack;
        }
        return true;
    }

    /**
     * Notes how far a packet of the server, translated to the client leg's numbers, takes the session. What an off-path
     * attacker makes up must not get so far (RFC 5961 §5): it begins no more than a few lost segments behind what was
     * seen last, nor before what may come once more, and acknowledges what was sent, and not something old.
     *
     * @return false if it says nothing credible: it is for its receiver to judge, and no decision rests on it
     */
    boolean seenDown(Packet packet) {
        if (!credibleDown(packet)) {
            return false;
        }
        int ack = packet.has(Tcp.ACK) ? packet.ack() : serverAck;
        int seq = packet.seq();
        int end = seq + packet.segmentLength();
        if (SeqNum.gt(end, downNxt)) {
            bytesDown += end - downNxt - (packet.flags() & Tcp.FIN);
            downNxt = end;
        }
        serverAck = SeqNum.max(serverAck, ack);
        return true;
    }

    /** The judgement of {@link #seenDown} alone: nothing is noted. */
    boolean credibleDown(Packet packet) {
        int seq = packet.seq();
        int ack = packet.has(Tcp.ACK) ? packet.ack() : serverAck;
        return SeqNum.within(seq, downNxt - CLIENT_AHEAD, downNxt + SERVER_AHEAD + 1)
                && SeqNum.within(ack, serverAck - SERVER_AHEAD, upNxt + 1)
                && (!SeqNum.gt(seq, downNxt) || packet.checksumValid())
                && (packet.flags() & (Tcp.ACK | Tcp.RST)) != 0
                && !endsTooEarly(packet, downNxt);
    }

    /** Notes the client's FIN in a segment that was found credible; false if it has none, or not the first. */
    boolean noteFin(Packet packet) {
        if (!packet.has(Tcp.FIN) || clientFin) {
            return false;
        }
        clientFin = true;
        clientFinSeq = packet.seq() + packet.payloadLength();
        clientState = clientState.finSent();
        return true;
    }

    /** Notes whether the server has acknowledged the client's FIN. */
    void noteFinAcknowledged() {
        if (clientFin && !clientFinAcked && SeqNum.gt(serverAck, clientFinSeq)) {
            clientFinAcked = true;
            clientState = clientState.finAcknowledged();
            leg.state = leg.state.finAcknowledged();
        }
    }

    /** We have taken over the client's bytes before {@code end}: they reach the server in another form. */
    void ownUp(int end) {
        owning = true;
        ownedUp = end;
    }

    /** One past the bytes that we have taken over. */
    int ownedUp() {
        return ownedUp;
    }

    /**
     * Whether a client's segment begins in bytes that we have taken over: what it repeats of them is not passed on. They
     * are forgotten once the client is so far past them that it can repeat none, long before its numbers come round.
     */
    boolean owns(int seq) {
        if (owning && SeqNum.gt(seq, ownedUp + (1 << 30))) {
            owning = false;
        }
        return owning && SeqNum.lt(seq, ownedUp);
    }

    /** Whether a RST of the client is exactly where its bytes end, or where the server expects them (RFC 5961 §3.2). */
    boolean clientResetIsExact(Packet rst) {
        return rst.seq() == upNxt || rst.seq() == serverAck;
    }

    /**
     * Whether a RST of the server, in the client leg's numbers, is exactly in sequence (RFC 5961 §3.2): where the server's
     * bytes end, or where the client's acknowledgement stands. An off-path RST must never move a session.
     */
    boolean resetIsExact(Packet rst) {
        return rst.seq() == downNxt || rst.seq() == clientAck;
    }

    /** Whether we can have sent this sequence number and still wait for its acknowledgement (RFC 5927 §4.1). */
    boolean sent(int seq) {
        return SeqNum.within(seq, serverAck, upNxt) || seq == upNxt - 1;
    }

    /** What was asked has got on: a failure from here on is the first one again. */
    void gotOn() {
        moves = 0;
        giveBack();
    }

    /** It does not draw on the budget of repeated moves any more. */
    void giveBack() {
        if (drawn != null) {
            drawn.give();
            drawn = null;
        }
    }

    /** Nothing will be replayed any more: the copies go. */
    void releaseStore() {
        if (store != null) {
            store.release();
            store = null;
        }
        if (clientDelivery == null) {
            clientOptions = null;
        }
        unansweredSince = 0;
    }
}
