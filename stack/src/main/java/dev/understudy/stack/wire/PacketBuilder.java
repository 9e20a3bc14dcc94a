package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Makes whole frames (see {@link Frames}) of our own: TCP and UDP for both families, ICMP echo and ICMP errors.
 *
 * <p>Each frame is a new buffer that the caller owns. Its Ethernet header has the type set and the MACs of {@link #macs},
 * zero unless given: the output below fills them in. Every checksum is full, the virtio header is zero. The family follows
 * the addresses: two v4-mapped ones make IPv4. TTL is 64; TCP has DF set and so no identification (RFC 6864 §4.1).
 * Payloads are copied from their readable bytes; their indexes and references stay as they were.
 *
 * <p>Arguments that cannot be a packet (mixed families, more than 65,535 bytes) are programming errors and throw
 * {@link IllegalArgumentException}.
 */
public final class PacketBuilder {
    public static final int TTL = 64;

    /** RFC 1812 §4.3.2.3: an ICMP error quotes as much as makes no more than 576 bytes. */
    public static final int MAX_ICMP_ERROR_BYTES = 576;

    /** RFC 4443 §2.4 (c): an ICMPv6 error quotes as much as fits the minimum IPv6 MTU. */
    public static final int MAX_ICMPV6_ERROR_BYTES = 1280;

    /** Precedence of ICMP errors: internetwork control (RFC 1812 §4.3.2.5). */
    private static final int ERROR_TOS = 0xC0;

    private final ByteBufAllocator allocator;
    private long srcMac;
    private long dstMac;
    private int identification;

    public PacketBuilder(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** The MACs of the frames to come. */
    public PacketBuilder macs(long source, long destination) {
        srcMac = source;
        dstMac = destination;
        return this;
    }

    /**
     * A TCP segment.
     *
     * @param options null for none
     * @param payload its readable bytes are copied; null for none
     */
    public ByteBuf tcp(
            long srcHi,
            long srcLo,
            int srcPort,
            long dstHi,
            long dstLo,
            int dstPort,
            int seq,
            int ack,
            int flags,
            int window,
            TcpOptionWriter options,
            ByteBuf payload) {
        int from = payload == null ? 0 : payload.readerIndex();
        int length = payload == null ? 0 : payload.readableBytes();
        return tcp(
                srcHi, srcLo, srcPort, dstHi, dstLo, dstPort, seq, ack, flags, window, options,
                payload, from, length);
    }

    /** A TCP segment whose payload is {@code length} bytes of {@code payload} from the absolute index {@code from}. */
    public ByteBuf tcp(
            long srcHi,
            long srcLo,
            int srcPort,
            long dstHi,
            long dstLo,
            int dstPort,
            int seq,
            int ack,
            int flags,
            int window,
            TcpOptionWriter options,
            ByteBuf payload,
            int from,
            int length) {
        int optionBytes = options == null ? 0 : options.length();
        if (optionBytes > Tcp.MAX_OPTION_BYTES) {
            throw new IllegalArgumentException("TCP options of " + optionBytes + " bytes");
        }
        int header = Tcp.MIN_BYTES + optionBytes;
        ByteBuf frame =
                ip(
                        srcHi,
                        srcLo,
                        dstHi,
                        dstLo,
                        Tcp.PROTOCOL,
                        0,
                        Ipv4.DONT_FRAGMENT,
                        header + length);
        int at = frame.writerIndex() - header - length;
        frame.setShort(at + Tcp.SOURCE_PORT_OFFSET, srcPort);
        frame.setShort(at + Tcp.DESTINATION_PORT_OFFSET, dstPort);
        frame.setInt(at + Tcp.SEQ_OFFSET, seq);
        frame.setInt(at + Tcp.ACK_OFFSET, ack);
        frame.setShort(at + Tcp.DATA_OFFSET_OFFSET, header << 10 | flags & 0xFF);
        frame.setShort(at + Tcp.WINDOW_OFFSET, window);
        frame.setInt(at + Tcp.CHECKSUM_OFFSET, 0);
        if (options != null) {
            options.write(frame, at + Tcp.MIN_BYTES);
        }
        if (length > 0) {
            frame.setBytes(at + header, payload, from, length);
        }
        long pseudo = pseudo(srcHi, srcLo, dstHi, dstLo, Tcp.PROTOCOL, header + length);
        checksum(frame, at, Tcp.CHECKSUM_OFFSET, pseudo);
        return frame;
    }

    /** A UDP datagram; {@code payload} null for none. Over IPv4 it may be fragmented on its way. */
    public ByteBuf udp(
            long srcHi,
            long srcLo,
            int srcPort,
            long dstHi,
            long dstLo,
            int dstPort,
            ByteBuf payload) {
        int length = Udp.BYTES + (payload == null ? 0 : payload.readableBytes());
        ByteBuf frame = ip(srcHi, srcLo, dstHi, dstLo, Udp.PROTOCOL, 0, 0, length);
        int at = frame.writerIndex() - length;
        frame.setShort(at + Udp.SOURCE_PORT_OFFSET, srcPort);
        frame.setShort(at + Udp.DESTINATION_PORT_OFFSET, dstPort);
        frame.setShort(at + Udp.LENGTH_OFFSET, length);
        frame.setShort(at + Udp.CHECKSUM_OFFSET, 0);
        copy(frame, at + Udp.BYTES, payload);
        long pseudo = pseudo(srcHi, srcLo, dstHi, dstLo, Udp.PROTOCOL, length);
        checksum(frame, at, Udp.CHECKSUM_OFFSET, pseudo);
        if (Udp.checksum(frame, at) == 0) {
            frame.setShort(at + Udp.CHECKSUM_OFFSET, 0xFFFF);
        }
        return frame;
    }

    /** An ICMP or ICMPv6 echo request or reply; {@code payload} null for none. */
    public ByteBuf icmpEcho(
            long srcHi,
            long srcLo,
            long dstHi,
            long dstLo,
            boolean reply,
            int id,
            int sequence,
            ByteBuf payload) {
        int type =
                IpAddress.isMapped(srcHi, srcLo)
                        ? reply ? Icmp.ECHO_REPLY : Icmp.ECHO_REQUEST
                        : reply ? Icmp.V6_ECHO_REPLY : Icmp.V6_ECHO_REQUEST;
        int length = payload == null ? 0 : payload.readableBytes();
        ByteBuf frame =
                icmp(srcHi, srcLo, dstHi, dstLo, 0, type, 0, id << 16 | sequence & 0xFFFF, length);
        int at = frame.writerIndex() - length - Icmp.BYTES;
        copy(frame, at + Icmp.BYTES, payload);
        icmpChecksum(frame, at, srcHi, srcLo, dstHi, dstLo);
        return frame;
    }

    /**
     * An ICMP error (RFC 792) to the source of a parsed IPv4 packet, which is quoted. Whether an error may be sent at all
     * (RFC 1122 §3.2.2) is the caller's to decide.
     *
     * @param src who says so
     * @param rest the four bytes behind the checksum: unused, or the MTU in the low half
     */
    public ByteBuf icmpError4(int src, int type, int code, int rest, Packet quoted) {
        return icmpError(0, IpAddress.mapped(src), type, code, rest, quoted);
    }

    /** An ICMPv6 error (RFC 4443) to the source of a parsed IPv6 packet, which is quoted; see {@link #icmpError4}. */
    public ByteBuf icmpError6(long srcHi, long srcLo, int type, int code, int rest, Packet quoted) {
        return icmpError(srcHi, srcLo, type, code, rest, quoted);
    }

    /** An ICMP or ICMPv6 error, as the quoted packet's family asks; see {@link #icmpError4}. */
    public ByteBuf icmpError(long srcHi, long srcLo, int type, int code, int rest, Packet quoted) {
        boolean ipv6 = quoted.isIpv6();
        int room =
                ipv6
                        ? MAX_ICMPV6_ERROR_BYTES - Ipv6.BYTES - Icmp.BYTES
                        : MAX_ICMP_ERROR_BYTES - Ipv4.MIN_BYTES - Icmp.BYTES;
        int length = Math.min(room, quoted.end() - quoted.l3());
        long dstHi = quoted.srcHi();
        long dstLo = quoted.srcLo();
        ByteBuf frame = icmp(srcHi, srcLo, dstHi, dstLo, ERROR_TOS, type, code, rest, length);
        int at = frame.writerIndex() - length - Icmp.BYTES;
        frame.setBytes(at + Icmp.BYTES, quoted.frame(), quoted.l3(), length);
        int field = quoted.transportChecksumAt() - quoted.l3();
        if (quoted.needsChecksum() && !quoted.isFragment() && field > 0 && field + 2 <= length) {
            // On the wire there are no partial sums: the quote shows what would have been sent.
            frame.setShort(at + Icmp.BYTES + field, quoted.fullChecksum());
        }
        icmpChecksum(frame, at, srcHi, srcLo, dstHi, dstLo);
        return frame;
    }

    private ByteBuf icmp(
            long srcHi,
            long srcLo,
            long dstHi,
            long dstLo,
            int tos,
            int type,
            int code,
            int rest,
            int length) {
        boolean ipv6 = !IpAddress.isMapped(srcHi, srcLo);
        int protocol = ipv6 ? Icmp.PROTOCOL_V6 : Icmp.PROTOCOL;
        ByteBuf frame = ip(srcHi, srcLo, dstHi, dstLo, protocol, tos, 0, Icmp.BYTES + length);
        int at = frame.writerIndex() - Icmp.BYTES - length;
        frame.setByte(at + Icmp.TYPE_OFFSET, type);
        frame.setByte(at + Icmp.CODE_OFFSET, code);
        frame.setShort(at + Icmp.CHECKSUM_OFFSET, 0);
        frame.setInt(at + Icmp.REST_OFFSET, rest);
        return frame;
    }

    private static void icmpChecksum(
            ByteBuf frame, int at, long srcHi, long srcLo, long dstHi, long dstLo) {
        long pseudo = 0;
        if (!IpAddress.isMapped(srcHi, srcLo)) {
            int length = frame.writerIndex() - at;
            pseudo = Checksum.pseudoHeader6(srcHi, srcLo, dstHi, dstLo, Icmp.PROTOCOL_V6, length);
        }
        checksum(frame, at, Icmp.CHECKSUM_OFFSET, pseudo);
    }

    /** A frame with its Ethernet and IP headers, the writer index behind the {@code length} bytes that the caller fills. */
    private ByteBuf ip(
            long srcHi,
            long srcLo,
            long dstHi,
            long dstLo,
            int protocol,
            int tos,
            int fragment,
            int length) {
        boolean ipv4 = IpAddress.isMapped(srcHi, srcLo);
        if (ipv4 != IpAddress.isMapped(dstHi, dstLo)) {
            throw new IllegalArgumentException(
                    "families differ: "
                            + new IpAddress(srcHi, srcLo)
                            + " > "
                            + new IpAddress(dstHi, dstLo));
        }
        int header = ipv4 ? Ipv4.MIN_BYTES : Ipv6.BYTES;
        if (length > 0xFFFF - (ipv4 ? header : 0)) {
            throw new IllegalArgumentException(length + " bytes do not fit an IP datagram");
        }
        ByteBuf frame = Frames.allocate(allocator, Ethernet.BYTES + header + length);
        int eth = frame.writerIndex();
        Ethernet.destination(frame, eth, dstMac);
        Ethernet.source(frame, eth, srcMac);
        Ethernet.type(frame, eth, ipv4 ? Ethernet.TYPE_IPV4 : Ethernet.TYPE_IPV6);
        int l3 = eth + Ethernet.BYTES;
        if (ipv4) {
            int id = (fragment & Ipv4.DONT_FRAGMENT) != 0 ? 0 : ++identification & 0xFFFF;
            Ipv4.write(
                    frame,
                    l3,
                    tos,
                    header + length,
                    id,
                    fragment,
                    TTL,
                    protocol,
                    (int) srcLo,
                    (int) dstLo);
        } else {
            Ipv6.write(frame, l3, tos, length, protocol, TTL, srcHi, srcLo, dstHi, dstLo);
        }
        frame.writerIndex(l3 + header + length);
        return frame;
    }

    private static void copy(ByteBuf frame, int at, ByteBuf payload) {
        if (payload != null) {
            frame.setBytes(at, payload, payload.readerIndex(), payload.readableBytes());
        }
    }

    private static long pseudo(
            long srcHi, long srcLo, long dstHi, long dstLo, int protocol, int length) {
        return IpAddress.isMapped(srcHi, srcLo)
                ? Checksum.pseudoHeader4((int) srcLo, (int) dstLo, protocol, length)
                : Checksum.pseudoHeader6(srcHi, srcLo, dstHi, dstLo, protocol, length);
    }

    private static void checksum(ByteBuf frame, int at, int offset, long pseudo) {
        long sum = pseudo + Checksum.sum(frame, at, frame.writerIndex());
        frame.setShort(at + offset, Checksum.finish(sum));
    }
}
