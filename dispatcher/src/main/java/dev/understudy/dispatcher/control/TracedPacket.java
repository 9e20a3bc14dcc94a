package dev.understudy.dispatcher.control;

import dev.understudy.stack.wire.Endpoint;
import java.util.Arrays;

/**
 * One packet of a watched session as it came and as it left (the monitor's ladder and packet view). What came and was not
 * passed on has no {@code after}; what we made ourselves has no {@code before}.
 *
 * <p>Sequence and acknowledgement numbers are relative, as Wireshark shows them: in the client leg's numbers to the two ISNs
 * that the client knows, in a server leg's to that leg's own. The ISNs themselves are in the bytes.
 *
 * @param number counts from 1 within the session, without gaps
 * @param nanos the loop's ticker
 * @param up whether it goes from the client toward the servers
 * @param server the server of the leg that it came from or goes to; null if it touched no server leg
 * @param flags TCP's flags as on the wire; 0 for a datagram of UDP and an ICMP error
 * @param seq relative sequence number on the client leg, or on the server leg if it did not touch the client leg
 * @param ack relative acknowledgement there, 0 without ACK
 * @param serverSeq relative sequence number on the server leg, or as {@code seq} if it did not touch one
 * @param serverAck relative acknowledgement there
 * @param window the window field where {@code seq} was read
 * @param length bytes of data
 * @param delta what translation added to the server's sequence numbers (server minus client), 0 if nothing
 * @param retransmission whether all its data, or its SYN or FIN, had been seen in this direction on this leg before
 * @param icmp whether it is an ICMP error about the session
 * @param before what came, from its IP header on, cut to the watch's snap length; empty if we made it
 * @param after what left, likewise; empty if nothing did
 * @param lengthBefore whole length of what came, 0 if we made it
 * @param lengthAfter whole length of what left, 0 if nothing did
 */
@SuppressWarnings("ArrayRecordComponent") // bytes as they were; equality is by content below
public record TracedPacket(
        long number,
        long nanos,
        long session,
        boolean up,
        Endpoint server,
        int flags,
        long seq,
        long ack,
        long serverSeq,
        long serverAck,
        int window,
        int length,
        int delta,
        boolean retransmission,
        boolean icmp,
        byte[] before,
        byte[] after,
        int lengthBefore,
        int lengthAfter) {

    /** Where a packet came from and went to. */
    public enum Way {
        /** Came in and went out on the other side. */
        PASSED,
        /** Came in, and was kept, answered or dropped: the other side has not seen it. */
        HELD,
        /** Made by us: the other side has not sent it (a replay, an opening SYN, a RST, a faked answer). */
        MADE
    }

    public Way way() {
        if (lengthBefore == 0) {
            return Way.MADE;
        }
        return lengthAfter == 0 ? Way.HELD : Way.PASSED;
    }

    /** Whether the client sent or got it. */
    public boolean touchesClient() {
        return way() == Way.PASSED || up == (way() == Way.HELD);
    }

    /** Whether a server sent or got it. */
    public boolean touchesServer() {
        return way() == Way.PASSED || up == (way() == Way.MADE);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TracedPacket packet
                && number == packet.number
                && session == packet.session
                && nanos == packet.nanos
                && Arrays.equals(before, packet.before)
                && Arrays.equals(after, packet.after);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(session * 31 + number);
    }

    @Override
    public String toString() {
        return "packet " + number + " of #" + session + " (" + way() + ")";
    }
}
