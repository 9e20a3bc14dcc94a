package dev.understudy.dispatcher.translate;

import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptions;
import io.netty.buffer.ByteBuf;

/**
 * Alters the options of handshake segments, so that what two ends agree on through us is what both can live with.
 *
 * <p>A stored SYN that goes to another server than the one it was made for offers no more than the client leg has agreed to
 * if that leg already stands; what is switched on there and not offered here could never be used, and what is offered here
 * and not switched on there would have to be emulated. Options bound to one server or to numbers that we change are
 * never offered to another: TCP Fast Open cookies (RFC 7413), MPTCP (RFC 8684), TCP-AO and MD5 (RFC 5925, RFC 2385).
 * A SYN to the original needs no shaping and should leave as it came.
 *
 * <p>Packets are rewritten in place; a dropped option becomes NOPs, so no byte moves. Afterwards {@link LegOptions#fromSyn}
 * of the same packet says what is offered.
 */
public final class SynShaper {
    private static final int MD5_SIGNATURE = 19;
    private static final int TCP_AO = 29;
    private static final int MPTCP = 30;
    private static final int FAST_OPEN = 34;

    /** AE (RFC 9768), CWR and ECE, in the 16 bits with the data offset. */
    private static final int ECN_FLAGS = 0x100 | Tcp.CWR | Tcp.ECE;

    private SynShaper() {}

    /**
     * Shapes a stored SYN for a server while the client leg does not stand yet: everything that the client offers stays on
     * offer.
     *
     * @param maxMss the MSS is clamped to this; see {@link LegOptions#mssForMtu}
     */
    public static void toServer(Packet syn, TcpOptions scratch, int maxMss) {
        shape(syn, scratch, true, true, true, maxMss);
    }

    /** Shapes a stored SYN for a server when the client leg has already agreed on {@code clientLeg}. */
    public static void toServer(Packet syn, TcpOptions scratch, LegOptions clientLeg, int maxMss) {
        shape(
                syn,
                scratch,
                clientLeg.scaled(),
                clientLeg.sackPermitted(),
                clientLeg.timestamps(),
                maxMss);
    }

    /**
     * Takes the offer of congestion notification out of a SYN (RFC 3168 §6.1.1, and its successor's third flag): a server that
     * agreed to what its client does not do would mark packets, and nobody would tell it of congestion.
     */
    public static void withoutEcn(Packet syn) {
        int at = syn.l4() + Tcp.DATA_OFFSET_OFFSET;
        syn.tcpShort(at, syn.frame().getUnsignedShort(at) & ~ECN_FLAGS);
    }

    /**
     * Shapes a SYN+ACK on its way to the client.
     *
     * @param allowed what may be agreed on: the client's own offer, or less where later servers are known to do less
     */
    public static void toClient(Packet synAck, TcpOptions scratch, LegOptions allowed, int maxMss) {
        shape(
                synAck,
                scratch,
                allowed.clientShift() != LegOptions.NO_SCALE,
                allowed.sackPermitted(),
                allowed.timestamps(),
                maxMss);
    }

    private static void shape(
            Packet packet,
            TcpOptions scratch,
            boolean windowScale,
            boolean sackPermitted,
            boolean timestamps,
            int maxMss) {
        ByteBuf frame = packet.frame();
        int to = packet.payload();
        int at = packet.l4() + Tcp.MIN_BYTES;
        while (at < to) {
            int kind = frame.getUnsignedByte(at);
            if (kind == TcpOptions.END) {
                break;
            }
            if (kind == TcpOptions.NOP) {
                at++;
                continue;
            }
            if (at + 1 >= to) {
                break;
            }
            int length = frame.getUnsignedByte(at + 1);
            if (length < 2 || at + length > to) {
                break;
            }
            boolean keep =
                    switch (kind) {
                        case TcpOptions.WINDOW_SCALE -> windowScale;
                        case TcpOptions.SACK_PERMITTED -> sackPermitted;
                        case TcpOptions.TIMESTAMPS -> timestamps;
                        case MD5_SIGNATURE, TCP_AO, MPTCP, FAST_OPEN -> false;
                        default -> true;
                    };
            if (!keep) {
                OptionEdit.blank(packet, at, length);
            } else if (kind == TcpOptions.MSS
                    && length == 4
                    && frame.getUnsignedShort(at + 2) > maxMss) {
                packet.tcpShort(at + 2, maxMss);
            }
            at += length;
        }
        scratch.parse(packet);
    }
}
