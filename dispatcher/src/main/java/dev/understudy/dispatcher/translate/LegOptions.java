package dev.understudy.dispatcher.translate;

import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptions;

/**
 * What the two ends of one leg agreed on in their handshake (RFC 9293 §3.7.1, RFC 7323, RFC 2018).
 *
 * <p>"Client" is the end that sent the SYN, "server" the one that answered, on either leg. Window scale and timestamps count
 * only if both ends sent them; until the answer is known, {@link #fromSyn} holds the offer.
 *
 * @param clientMss the largest payload that the client takes, options deducted from it (RFC 6691); 536 or 1220 if unsaid
 * @param serverMss the same for the server
 * @param clientShift by how much the client's window fields are shifted, or {@link #NO_SCALE}
 * @param serverShift the same for the server's
 * @param timestamps every segment carries timestamps
 * @param sackPermitted either end may send SACK blocks
 */
public record LegOptions(
        int clientMss,
        int serverMss,
        int clientShift,
        int serverShift,
        boolean timestamps,
        boolean sackPermitted) {
    /** The window scale option was not sent. */
    public static final int NO_SCALE = -1;

    /** What an absent MSS option means over IPv6 (RFC 9293 §3.7.1). */
    public static final int DEFAULT_MSS_IPV6 = 1220;

    /** What a SYN offers. The server's half is filled as if the server were to send no options. */
    public static LegOptions fromSyn(Packet syn, TcpOptions scratch) {
        scratch.parse(syn);
        int unsaid = unsaidMss(syn);
        return new LegOptions(
                scratch.mss() < 0 ? unsaid : scratch.mss(),
                unsaid,
                scratch.windowScale(),
                NO_SCALE,
                scratch.hasTimestamps(),
                scratch.sackPermitted());
    }

    /** What this offer comes to with that answer: an option holds if both sent it. */
    public LegOptions fromSynAck(Packet synAck, TcpOptions scratch) {
        scratch.parse(synAck);
        int mss = scratch.mss() < 0 ? unsaidMss(synAck) : scratch.mss();
        boolean scaled = clientShift != NO_SCALE && scratch.windowScale() >= 0;
        return new LegOptions(
                clientMss,
                mss,
                scaled ? clientShift : NO_SCALE,
                scaled ? scratch.windowScale() : NO_SCALE,
                timestamps && scratch.hasTimestamps(),
                sackPermitted && scratch.sackPermitted());
    }

    /** The client's shift as arithmetic wants it: none is 0. */
    public int clientShiftOrZero() {
        return Math.max(0, clientShift);
    }

    /** The server's shift as arithmetic wants it: none is 0. */
    public int serverShiftOrZero() {
        return Math.max(0, serverShift);
    }

    /** Whether both ends scale their windows. */
    public boolean scaled() {
        return clientShift != NO_SCALE && serverShift != NO_SCALE;
    }

    private static int unsaidMss(Packet packet) {
        return packet.isIpv6() ? DEFAULT_MSS_IPV6 : TcpOptions.DEFAULT_MSS;
    }

    /** The largest segment that fits a path: its MTU without the fixed headers (RFC 9293 §3.7.1). */
    public static int mssForMtu(int mtu, boolean ipv6) {
        return mtu - (ipv6 ? 40 : 20) - Tcp.MIN_BYTES;
    }
}
