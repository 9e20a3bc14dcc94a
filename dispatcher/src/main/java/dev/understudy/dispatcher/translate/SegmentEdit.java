package dev.understudy.dispatcher.translate;

import dev.understudy.stack.wire.Checksum;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;

/**
 * Edits of a whole TCP segment in place: cut it short, or have the link slice it (virtio 1.2 §5.1.6.2). A link whose far
 * side does not slice does so itself, so a super-segment is right for every link.
 */
public final class SegmentEdit {
    /** Linux's own lower limit of an MSS (its {@code tcp_min_snd_mss}): a tiny one multiplies packets. */
    static final int MIN_SLICE = 48;

    private SegmentEdit() {}

    /**
     * Sees to it that no packet on the wire carries more than {@code mss} allows, options deducted from it (RFC 6691): a
     * super-segment gets smaller slices, a plain segment that is too long becomes a super-segment. A SYN is never sliced.
     *
     * @return false, with nothing changed, if the segment is damaged: slices get checksums of their own, and would pass for
     *     intact
     */
    static boolean fit(Packet packet, int mss) {
        int limit = Math.max(MIN_SLICE, mss + Tcp.MIN_BYTES - packet.tcpHeaderLength());
        if (packet.payloadLength() <= limit || packet.has(Tcp.SYN)) {
            return true;
        }
        if (!packet.isGso()) {
            if (!packet.checksumValid()) {
                return false;
            }
            makeSuperSegment(packet, limit);
        } else if (packet.gsoSize() > limit) {
            VirtioNet.gsoSize(packet.frame(), packet.base(), limit);
        }
        return true;
    }

    private static void makeSuperSegment(Packet packet, int size) {
        ByteBuf frame = packet.frame();
        int base = packet.base();
        int type = packet.isIpv6() ? VirtioNet.GSO_TCPV6 : VirtioNet.GSO_TCPV4;
        VirtioNet.flags(frame, base, VirtioNet.NEEDS_CSUM);
        VirtioNet.gsoType(frame, base, packet.has(Tcp.CWR) ? type | VirtioNet.GSO_ECN : type);
        VirtioNet.hdrLen(frame, base, packet.payload() - packet.eth());
        VirtioNet.gsoSize(frame, base, size);
        VirtioNet.csumStart(frame, base, packet.l4() - packet.eth());
        VirtioNet.csumOffset(frame, base, Tcp.CHECKSUM_OFFSET);
        writePartialChecksum(packet);
    }

    /**
     * Leaves the first {@code length} bytes of the payload of an intact segment; what is cut off takes a FIN with it. The
     * checksum is made anew.
     */
    public static void truncate(Packet packet, int length) {
        ByteBuf frame = packet.frame();
        int l3 = packet.l3();
        int cut = packet.payloadLength() - length;
        if (packet.isIpv6()) {
            frame.setShort(l3 + Ipv6.PAYLOAD_LENGTH_OFFSET, Ipv6.payloadLength(frame, l3) - cut);
        } else {
            frame.setShort(l3 + Ipv4.TOTAL_LENGTH_OFFSET, Ipv4.totalLength(frame, l3) - cut);
            Ipv4.fixChecksum(frame, l3);
        }
        frame.setByte(packet.l4() + Tcp.FLAGS_OFFSET, packet.flags() & ~Tcp.FIN);
        frame.writerIndex(packet.payload() + length);
        packet.parse(frame);
        if (packet.isGso() && length <= packet.gsoSize()) {
            VirtioNet.gsoType(frame, packet.base(), VirtioNet.GSO_NONE);
            VirtioNet.gsoSize(frame, packet.base(), 0);
        }
        if (packet.needsChecksum()) {
            writePartialChecksum(packet);
        } else {
            packet.fillChecksum();
        }
    }

    /** Takes the first {@code length} bytes off the payload of an intact segment. The checksum is made anew. */
    public static void behead(Packet packet, int length) {
        if (length == 0) {
            return;
        }
        ByteBuf frame = packet.frame();
        int l3 = packet.l3();
        int headers = packet.payload() - frame.readerIndex();
        if (packet.isIpv6()) {
            frame.setShort(l3 + Ipv6.PAYLOAD_LENGTH_OFFSET, Ipv6.payloadLength(frame, l3) - length);
        } else {
            frame.setShort(l3 + Ipv4.TOTAL_LENGTH_OFFSET, Ipv4.totalLength(frame, l3) - length);
            Ipv4.fixChecksum(frame, l3);
        }
        byte[] kept = new byte[headers];
        frame.getBytes(frame.readerIndex(), kept);
        frame.readerIndex(frame.readerIndex() + length);
        frame.setBytes(frame.readerIndex(), kept);
        packet.parse(frame);
        frame.setInt(packet.l4() + Tcp.SEQ_OFFSET, packet.seq() + length);
        pointBack(packet, length);
        if (packet.isGso() && packet.payloadLength() <= packet.gsoSize()) {
            VirtioNet.gsoType(frame, packet.base(), VirtioNet.GSO_NONE);
            VirtioNet.gsoSize(frame, packet.base(), 0);
        }
        if (packet.needsChecksum()) {
            writePartialChecksum(packet);
        } else {
            packet.fillChecksum();
        }
    }

    /** The urgent pointer is counted from SEQ (RFC 9293 §3.8.5); what it points at may have gone. */
    private static void pointBack(Packet packet, int length) {
        if (!packet.has(Tcp.URG)) {
            return;
        }
        ByteBuf frame = packet.frame();
        int at = packet.l4() + Tcp.URGENT_OFFSET;
        int rest = frame.getUnsignedShort(at) - length;
        frame.setShort(at, Math.max(0, rest));
        if (rest <= 0) {
            frame.setByte(packet.l4() + Tcp.FLAGS_OFFSET, packet.flags() & ~Tcp.URG);
        }
    }

    private static void writePartialChecksum(Packet packet) {
        int length = packet.end() - packet.l4();
        long sum =
                packet.isIpv6()
                        ? Checksum.pseudoHeader6(
                                packet.srcHi(),
                                packet.srcLo(),
                                packet.dstHi(),
                                packet.dstLo(),
                                Tcp.PROTOCOL,
                                length)
                        : Checksum.pseudoHeader4(
                                (int) packet.srcLo(), (int) packet.dstLo(), Tcp.PROTOCOL, length);
        packet.frame().setShort(packet.l4() + Tcp.CHECKSUM_OFFSET, Checksum.fold(sum));
    }
}
