package dev.understudy.stack.tcp;

import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.wire.Checksum;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Makes frames of segments: the one place where a connection's bytes are copied, straight from the application's buffers to
 * behind the headers. The transport checksum is left to the link (virtio's NEEDS_CSUM) where that is wanted, and a segment
 * longer than one may be on the wire is marked to be sliced.
 */
final class FrameWriter {
    private final ByteBufAllocator allocator;
    private final PacketOutput output;
    private final Packet packet = new Packet();

    FrameWriter(ByteBufAllocator allocator, PacketOutput output) {
        this.allocator = allocator;
        this.output = output;
    }

    /**
     * Sends one segment.
     *
     * @param source where the data comes from, null if there is none
     * @param unit most data in each segment on the wire
     * @param tos the IP header's type of service, or traffic class
     * @param partial whether the link completes the checksum
     */
    void send(
            SegmentEnds ends,
            int seq,
            int ack,
            int flags,
            int window,
            TcpOptionWriter options,
            TcpSender source,
            int length,
            int unit,
            int tos,
            boolean partial,
            long now) {
        boolean ipv6 = ends.isIpv6();
        int header = Tcp.MIN_BYTES + options.length();
        int ipHeader = ipv6 ? Ipv6.BYTES : Ipv4.MIN_BYTES;
        ByteBuf frame = Frames.allocate(allocator, Ethernet.BYTES + ipHeader + header + length);
        int base = frame.readerIndex();
        int eth = base + VirtioNet.BYTES;
        int l3 = eth + Ethernet.BYTES;
        int l4 = l3 + ipHeader;
        int end = l4 + header + length;
        frame.writerIndex(end);
        frame.setLong(eth, 0);
        frame.setInt(eth + 8, 0);
        Ethernet.type(frame, eth, ipv6 ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4);
        writeIp(frame, l3, ends, ipv6, tos, header + length);
        frame.setShort(l4 + Tcp.SOURCE_PORT_OFFSET, ends.localPort);
        frame.setShort(l4 + Tcp.DESTINATION_PORT_OFFSET, ends.remotePort);
        frame.setInt(l4 + Tcp.SEQ_OFFSET, seq);
        frame.setInt(l4 + Tcp.ACK_OFFSET, ack);
        frame.setShort(l4 + Tcp.DATA_OFFSET_OFFSET, header << 10 | flags & 0xFF);
        frame.setShort(l4 + Tcp.WINDOW_OFFSET, window);
        frame.setInt(l4 + Tcp.CHECKSUM_OFFSET, 0);
        options.write(frame, l4 + Tcp.MIN_BYTES);
        if (length > 0) {
            source.copy(seq, length, frame, l4 + header);
        }
        long pseudo =
                ipv6
                        ? Checksum.pseudoHeader6(
                                ends.localHi,
                                ends.localLo,
                                ends.remoteHi,
                                ends.remoteLo,
                                Tcp.PROTOCOL,
                                end - l4)
                        : Checksum.pseudoHeader4(
                                (int) ends.localLo, (int) ends.remoteLo, Tcp.PROTOCOL, end - l4);
        if (partial) {
            VirtioNet.flags(frame, base, VirtioNet.NEEDS_CSUM);
            VirtioNet.csumStart(frame, base, l4 - eth);
            VirtioNet.csumOffset(frame, base, Tcp.CHECKSUM_OFFSET);
            frame.setShort(l4 + Tcp.CHECKSUM_OFFSET, Checksum.fold(pseudo));
        } else {
            frame.setShort(
                    l4 + Tcp.CHECKSUM_OFFSET,
                    Checksum.finish(pseudo + Checksum.sum(frame, l4, end)));
        }
        if (length > unit) {
            int type = ipv6 ? VirtioNet.GSO_TCPV6 : VirtioNet.GSO_TCPV4;
            // Only the first slice may say CWR.
            boolean reduced = (flags & Tcp.CWR) != 0;
            VirtioNet.gsoType(frame, base, reduced ? type | VirtioNet.GSO_ECN : type);
            VirtioNet.gsoSize(frame, base, unit);
            VirtioNet.hdrLen(frame, base, l4 + header - eth);
        }
        try {
            packet.parse(frame);
            output.send(packet, now);
        } finally {
            frame.release();
        }
    }

    private static void writeIp(
            ByteBuf frame, int l3, SegmentEnds ends, boolean ipv6, int tos, int length) {
        if (ipv6) {
            Ipv6.write(
                    frame,
                    l3,
                    tos,
                    length,
                    Tcp.PROTOCOL,
                    PacketBuilder.TTL,
                    ends.localHi,
                    ends.localLo,
                    ends.remoteHi,
                    ends.remoteLo);
        } else {
            Ipv4.write(
                    frame,
                    l3,
                    tos,
                    Ipv4.MIN_BYTES + length,
                    0,
                    Ipv4.DONT_FRAGMENT,
                    PacketBuilder.TTL,
                    Tcp.PROTOCOL,
                    (int) ends.localLo,
                    (int) ends.remoteLo);
        }
    }
}
