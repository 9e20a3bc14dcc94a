package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/**
 * The reading half of {@link Packet}: takes a frame apart once, and knows ever after where everything is.
 */
abstract sealed class PacketView permits Packet {
    private static final int MAX_EXTENSIONS = 8;
    static final int NO_PROTOCOL = 255;

    ByteBuf frame;
    int base;
    int l3;
    int l4;
    int payload;
    int end;
    int etherType;
    int protocol;
    boolean ipv6;
    boolean fragment;
    int fragmentOffset;
    long srcHi;
    long srcLo;
    long dstHi;
    long dstLo;
    int srcPort;
    int dstPort;

    /** Reads a frame (see {@link Frames}) into this view, which forgets the one before. Never throws on any bytes. */
    public Packet.Parse parse(ByteBuf newFrame) {
        Packet.Parse result = read(newFrame);
        if (result != Packet.Parse.OK) {
            // Nothing half-read stays behind, so that a log line about a bad frame cannot read past
            // it.
            protocol = NO_PROTOCOL;
            fragment = false;
            fragmentOffset = 0;
            l4 = l3;
            payload = l3;
            end = newFrame.writerIndex();
        }
        return result;
    }

    private Packet.Parse read(ByteBuf newFrame) {
        frame = newFrame;
        base = newFrame.readerIndex();
        int limit = newFrame.writerIndex();
        protocol = NO_PROTOCOL;
        fragment = false;
        fragmentOffset = 0;
        srcPort = 0;
        dstPort = 0;
        ipv6 = false;
        int eth = base + VirtioNet.BYTES;
        l3 = eth + Ethernet.BYTES;
        l4 = l3;
        payload = l3;
        end = limit;
        etherType = 0;
        if (limit < l3) {
            return Packet.Parse.TRUNCATED;
        }
        etherType = Ethernet.type(frame, eth);
        for (int tags = 0;
                tags < 2 && (etherType == Ethernet.TYPE_VLAN || etherType == Ethernet.TYPE_QINQ);
                tags++) {
            if (limit < l3 + 4) {
                return Packet.Parse.TRUNCATED;
            }
            etherType = frame.getUnsignedShort(l3 + 2);
            l3 += 4;
        }
        return switch (etherType) {
            case Ethernet.TYPE_IPV4 -> parseIpv4(limit);
            case Ethernet.TYPE_IPV6 -> parseIpv6(limit);
            default -> Packet.Parse.NOT_IP;
        };
    }

    private Packet.Parse parseIpv4(int limit) {
        if (limit < l3 + Ipv4.MIN_BYTES) {
            return Packet.Parse.TRUNCATED;
        }
        if (Ipv4.version(frame, l3) != 4) {
            return Packet.Parse.BAD_IP_VERSION;
        }
        int headerLength = Ipv4.headerLength(frame, l3);
        int totalLength = Ipv4.totalLength(frame, l3);
        if (headerLength < Ipv4.MIN_BYTES || totalLength < headerLength) {
            return Packet.Parse.BAD_IP_HEADER_LENGTH;
        }
        end = l3 + totalLength;
        if (end > limit) {
            return Packet.Parse.TRUNCATED;
        }
        if (Checksum.fold(Checksum.sum(frame, l3, l3 + headerLength)) != 0xFFFF) {
            return Packet.Parse.BAD_IP_CHECKSUM;
        }
        l4 = l3 + headerLength;
        protocol = Ipv4.protocol(frame, l3);
        srcHi = 0;
        dstHi = 0;
        srcLo = IpAddress.mapped(Ipv4.source(frame, l3));
        dstLo = IpAddress.mapped(Ipv4.destination(frame, l3));
        int fragmentField = Ipv4.fragmentField(frame, l3);
        fragmentOffset = (fragmentField & 0x1FFF) << 3;
        fragment = (fragmentField & (Ipv4.MORE_FRAGMENTS | 0x1FFF)) != 0;
        return parseTransport();
    }

    private Packet.Parse parseIpv6(int limit) {
        ipv6 = true;
        if (limit < l3 + Ipv6.BYTES) {
            return Packet.Parse.TRUNCATED;
        }
        if (Ipv6.version(frame, l3) != 6) {
            return Packet.Parse.BAD_IP_VERSION;
        }
        end = l3 + Ipv6.BYTES + Ipv6.payloadLength(frame, l3);
        if (end > limit) {
            return Packet.Parse.TRUNCATED;
        }
        srcHi = frame.getLong(l3 + Ipv6.SOURCE_OFFSET);
        srcLo = frame.getLong(l3 + Ipv6.SOURCE_OFFSET + 8);
        dstHi = frame.getLong(l3 + Ipv6.DESTINATION_OFFSET);
        dstLo = frame.getLong(l3 + Ipv6.DESTINATION_OFFSET + 8);
        if (IpAddress.isMapped(srcHi, srcLo) || IpAddress.isMapped(dstHi, dstLo)) {
            return Packet.Parse.MAPPED_ADDRESS;
        }
        l4 = l3 + Ipv6.BYTES;
        protocol = Ipv6.nextHeader(frame, l3);
        return parseExtensions();
    }

    private Packet.Parse parseExtensions() {
        boolean fragmentSeen = false;
        for (int seen = 0; fragmentOffset == 0 && Ipv6.isExtension(protocol); seen++) {
            if (seen == MAX_EXTENSIONS) {
                return Packet.Parse.TOO_MANY_EXTENSIONS;
            }
            if (end < l4 + 8) {
                return Packet.Parse.TRUNCATED;
            }
            if (protocol == Ipv6.ROUTING && Ipv6.segmentsLeft(frame, l4) != 0) {
                // On its way through a list of nodes: the checksum covers another destination than
                // the header's.
                break;
            }
            if (protocol == Ipv6.FRAGMENT) {
                if (fragmentSeen) {
                    return Packet.Parse.TOO_MANY_EXTENSIONS;
                }
                fragmentSeen = true;
                fragmentOffset = Ipv6.fragmentOffset(frame, l4);
                fragment = fragmentOffset != 0 || Ipv6.moreFragments(frame, l4);
            }
            int length = Ipv6.extensionLength(frame, l4, protocol);
            protocol = frame.getUnsignedByte(l4);
            l4 += length;
            if (l4 > end) {
                return Packet.Parse.TRUNCATED;
            }
        }
        return parseTransport();
    }

    private Packet.Parse parseTransport() {
        payload = l4;
        if (fragmentOffset != 0) {
            return Packet.Parse.OK;
        }
        return switch (protocol) {
            case Tcp.PROTOCOL -> parseTcp();
            case Udp.PROTOCOL -> parseUdp();
            case Icmp.PROTOCOL -> ipv6 ? Packet.Parse.OK : parseIcmp();
            case Icmp.PROTOCOL_V6 -> ipv6 ? parseIcmp() : Packet.Parse.OK;
            default -> Packet.Parse.OK;
        };
    }

    private Packet.Parse parseTcp() {
        if (end < l4 + Tcp.MIN_BYTES) {
            return Packet.Parse.TRUNCATED;
        }
        int headerLength = Tcp.headerLength(frame, l4);
        if (headerLength < Tcp.MIN_BYTES || l4 + headerLength > end) {
            return Packet.Parse.BAD_TCP_HEADER_LENGTH;
        }
        srcPort = Tcp.sourcePort(frame, l4);
        dstPort = Tcp.destinationPort(frame, l4);
        payload = l4 + headerLength;
        return Packet.Parse.OK;
    }

    private Packet.Parse parseUdp() {
        if (end < l4 + Udp.BYTES) {
            return Packet.Parse.TRUNCATED;
        }
        int length = Udp.length(frame, l4);
        if (length < Udp.BYTES || !fragment && l4 + length > end) {
            return Packet.Parse.BAD_UDP_LENGTH;
        }
        srcPort = Udp.sourcePort(frame, l4);
        dstPort = Udp.destinationPort(frame, l4);
        payload = l4 + Udp.BYTES;
        return Packet.Parse.OK;
    }

    private Packet.Parse parseIcmp() {
        if (end < l4 + Icmp.BYTES) {
            return Packet.Parse.TRUNCATED;
        }
        payload = l4 + Icmp.BYTES;
        return Packet.Parse.OK;
    }

    // ---- the view

    /** The frame of the last {@link #parse}; not owned. */
    public ByteBuf frame() {
        return frame;
    }

    /** Where the virtio header begins. */
    public int base() {
        return base;
    }

    /** Where the Ethernet header begins. */
    public int eth() {
        return base + VirtioNet.BYTES;
    }

    /** Where the IP header begins; VLAN tags are behind it. */
    public int l3() {
        return l3;
    }

    /** Where the transport header begins, or the fragment's data if {@link #fragmentOffset} is not 0. */
    public int l4() {
        return l4;
    }

    /** Where the transport payload begins. */
    public int payload() {
        return payload;
    }

    /** Where the IP datagram ends; an Ethernet frame may be padded beyond. */
    public int end() {
        return end;
    }

    public int payloadLength() {
        return end - payload;
    }

    /** The type behind any VLAN tags. */
    public int etherType() {
        return etherType;
    }

    public boolean isIpv6() {
        return ipv6;
    }

    public boolean isIpv4() {
        return etherType == Ethernet.TYPE_IPV4;
    }

    /**
     * The transport protocol, behind any extension headers; 255 if the frame is not IP, 43 (routing) if an IPv6 packet has
     * still to visit other nodes.
     */
    public int protocol() {
        return protocol;
    }

    /** A TCP segment whose header is here (whole, or a first fragment). */
    public boolean isTcp() {
        return protocol == Tcp.PROTOCOL && fragmentOffset == 0;
    }

    public boolean isUdp() {
        return protocol == Udp.PROTOCOL && fragmentOffset == 0;
    }

    /** ICMP over IPv4 or ICMPv6 over IPv6, with its header here. */
    public boolean isIcmp() {
        return protocol == (ipv6 ? Icmp.PROTOCOL_V6 : Icmp.PROTOCOL) && fragmentOffset == 0;
    }

    /** Whether {@link #srcPort} and {@link #dstPort} are there: TCP or UDP, and not a later fragment. */
    public boolean hasPorts() {
        return fragmentOffset == 0 && (protocol == Tcp.PROTOCOL || protocol == Udp.PROTOCOL);
    }

    /** Part of a larger datagram. */
    public boolean isFragment() {
        return fragment;
    }

    /** Bytes of the datagram's data in front of this fragment. */
    public int fragmentOffset() {
        return fragmentOffset;
    }

    public long srcHi() {
        return srcHi;
    }

    public long srcLo() {
        return srcLo;
    }

    public long dstHi() {
        return dstHi;
    }

    public long dstLo() {
        return dstLo;
    }

    public int srcPort() {
        return srcPort;
    }

    public int dstPort() {
        return dstPort;
    }

    public int ttl() {
        return ipv6 ? frame.getUnsignedByte(l3 + Ipv6.HOP_LIMIT_OFFSET) : Ipv4.ttl(frame, l3);
    }

    public long srcMac() {
        return Ethernet.source(frame, eth());
    }

    public long dstMac() {
        return Ethernet.destination(frame, eth());
    }

    // ---- offload

    /**
     * Whether the transport checksum holds only the pseudo-header sum. A sender may also leave the checksum of a packet
     * within this one to be done (a tunnel's inner one); the transport checksum that this view speaks of is full then.
     */
    public boolean needsChecksum() {
        return (VirtioNet.flags(frame, base) & VirtioNet.NEEDS_CSUM) != 0
                && VirtioNet.csumStart(frame, base) == l4 - eth();
    }

    /** Whether this is a super-segment that a link with no offload must slice. */
    public boolean isGso() {
        return (VirtioNet.gsoType(frame, base) & ~VirtioNet.GSO_ECN) != VirtioNet.GSO_NONE;
    }

    /** Payload bytes per slice of a super-segment. */
    public int gsoSize() {
        return VirtioNet.gsoSize(frame, base);
    }

    // ---- TCP fields; only if isTcp()

    public int seq() {
        return Tcp.seq(frame, l4);
    }

    public int ack() {
        return Tcp.ack(frame, l4);
    }

    public int flags() {
        return Tcp.flags(frame, l4);
    }

    /** Whether all of {@code mask} are set. */
    public boolean has(int mask) {
        return (Tcp.flags(frame, l4) & mask) == mask;
    }

    public int window() {
        return Tcp.window(frame, l4);
    }

    public int tcpHeaderLength() {
        return payload - l4;
    }

    /** Sequence numbers that this segment takes: payload, SYN and FIN (SEG.LEN of RFC 9293 §3.3.1). */
    public int segmentLength() {
        int flags = Tcp.flags(frame, l4);
        return payloadLength() + (flags & Tcp.FIN) + (flags >>> 1 & 1);
    }
}
