package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.stack.wire.Packet;

/**
 * What a session is doing (DESIGN 7.2): each phase says what becomes of a packet or a deadline. A phase that keeps state
 * is an object of its session; the others are shared.
 */
sealed interface Phase
        permits Opening,
                Binding,
                Relaying,
                Conversing,
                Relocating,
                Resuming,
                Answering,
                Closing,
                TimeWait,
                Asking,
                Exchanging,
                Called {
    /** A packet of the client. */
    void fromClient(Session session, Packet packet, long now);

    /** A packet on one of the session's server legs that is no tombstone. */
    void fromServer(Session session, ServerLeg leg, Packet packet, long now);

    /**
     * An ICMP error, of which {@code failure} says what it means, quoted a segment that we sent on this leg.
     *
     * @param icmp the error itself, to be translated and delivered if nothing is to be hidden
     * @param quotedSeq the quoted segment's sequence number, in the server leg's space; of a datagram, its length
     */
    void icmpError(
            Session session, ServerLeg leg, Packet icmp, Failure failure, int quotedSeq, long now);

    /** The session's deadline has come; it has none until the phase sets one. */
    void deadline(Session session, long now);

    /** Resets whatever this phase has open toward servers: the session ends. */
    void leaveServers(Session session, long now);

    /**
     * Whether a client's SYN is that of another connection than the session's. In the middle of one that the client has
     * answered it is not, yet: its phase challenges it (RFC 5961 §4.2).
     */
    default boolean yieldsTo(Session session, Packet syn) {
        return !session.clientAnswered && syn.seq() != session.clientIsn;
    }

    /** Tells the client that the session is over, as far as this phase has let it know of it. */
    void tellClient(Session session, long now);

    /** The word for screens. */
    String label();
}
