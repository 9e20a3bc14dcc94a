package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/**
 * One frame, parsed once: a reused view that knows its family, where its headers begin, its addresses, ports and payload.
 *
 * <p>Setters keep every checksum right while they write, whether the transport checksum is full or partial ({@link
 * VirtioNet#NEEDS_CSUM}). A packet does not own its frame: whoever keeps the frame beyond the call retains it.
 *
 * <pre>
 *   base        eth (base+12)     l3            l4             payload          end
 *    │ virtio    │ Ethernet, tags  │ IP, options │ TCP/UDP/ICMP │ data            │ (padding)
 * </pre>
 *
 * A packet is usable only after {@link #parse} returned {@link Parse#OK}. Positions are absolute indexes into the frame.
 */
public final class Packet {
    /** What became of a frame. All but OK and NOT_IP are malformed: count them by name and drop. */
    public enum Parse {
        OK,
        /** ARP, or a protocol that is not ours to read; Ethernet fields are valid. */
        NOT_IP,
        /** Shorter than its headers claim. */
        TRUNCATED,
        BAD_IP_VERSION,
        BAD_IP_HEADER_LENGTH,
        BAD_IP_CHECKSUM,
        BAD_TCP_HEADER_LENGTH,
        BAD_UDP_LENGTH,
        /** More extension headers than anyone sends. */
        TOO_MANY_EXTENSIONS,
        /** A v4-mapped address in an IPv6 header, which would pass for IPv4 everywhere inside (RFC 4942 §2.2). */
        MAPPED_ADDRESS,
    }

    private static final int MAX_EXTENSIONS = 8;
    private static final int NO_PROTOCOL = 255;

    private ByteBuf frame;
    private int base;
    private int l3;
    private int l4;
    private int payload;
    private int end;
    private int etherType;
    private int protocol;
    private boolean ipv6;
    private boolean fragment;
    private int fragmentOffset;
    private long srcHi;
    private long srcLo;
    private long dstHi;
    private long dstLo;
    private int srcPort;
    private int dstPort;

    /** Reads a frame (see {@link Frames}) into this view, which forgets the one before. Never throws on any bytes. */
    public Parse parse(ByteBuf newFrame) {
        Parse result = read(newFrame);
        if (result != Parse.OK) {
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

    private Parse read(ByteBuf newFrame) {
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
            return Parse.TRUNCATED;
        }
        etherType = Ethernet.type(frame, eth);
        for (int tags = 0;
                tags < 2 && (etherType == Ethernet.TYPE_VLAN || etherType == Ethernet.TYPE_QINQ);
                tags++) {
            if (limit < l3 + 4) {
                return Parse.TRUNCATED;
            }
            etherType = frame.getUnsignedShort(l3 + 2);
            l3 += 4;
        }
        return switch (etherType) {
            case Ethernet.TYPE_IPV4 -> parseIpv4(limit);
            case Ethernet.TYPE_IPV6 -> parseIpv6(limit);
            default -> Parse.NOT_IP;
        };
    }

    private Parse parseIpv4(int limit) {
        if (limit < l3 + Ipv4.MIN_BYTES) {
            return Parse.TRUNCATED;
        }
        if (Ipv4.version(frame, l3) != 4) {
            return Parse.BAD_IP_VERSION;
        }
        int headerLength = Ipv4.headerLength(frame, l3);
        int totalLength = Ipv4.totalLength(frame, l3);
        if (headerLength < Ipv4.MIN_BYTES || totalLength < headerLength) {
            return Parse.BAD_IP_HEADER_LENGTH;
        }
        end = l3 + totalLength;
        if (end > limit) {
            return Parse.TRUNCATED;
        }
        if (Checksum.fold(Checksum.sum(frame, l3, l3 + headerLength)) != 0xFFFF) {
            return Parse.BAD_IP_CHECKSUM;
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

    private Parse parseIpv6(int limit) {
        ipv6 = true;
        if (limit < l3 + Ipv6.BYTES) {
            return Parse.TRUNCATED;
        }
        if (Ipv6.version(frame, l3) != 6) {
            return Parse.BAD_IP_VERSION;
        }
        end = l3 + Ipv6.BYTES + Ipv6.payloadLength(frame, l3);
        if (end > limit) {
            return Parse.TRUNCATED;
        }
        srcHi = frame.getLong(l3 + Ipv6.SOURCE_OFFSET);
        srcLo = frame.getLong(l3 + Ipv6.SOURCE_OFFSET + 8);
        dstHi = frame.getLong(l3 + Ipv6.DESTINATION_OFFSET);
        dstLo = frame.getLong(l3 + Ipv6.DESTINATION_OFFSET + 8);
        if (IpAddress.isMapped(srcHi, srcLo) || IpAddress.isMapped(dstHi, dstLo)) {
            return Parse.MAPPED_ADDRESS;
        }
        l4 = l3 + Ipv6.BYTES;
        protocol = Ipv6.nextHeader(frame, l3);
        return parseExtensions();
    }

    private Parse parseExtensions() {
        boolean fragmentSeen = false;
        for (int seen = 0; fragmentOffset == 0 && Ipv6.isExtension(protocol); seen++) {
            if (seen == MAX_EXTENSIONS) {
                return Parse.TOO_MANY_EXTENSIONS;
            }
            if (end < l4 + 8) {
                return Parse.TRUNCATED;
            }
            if (protocol == Ipv6.ROUTING && Ipv6.segmentsLeft(frame, l4) != 0) {
                // On its way through a list of nodes: the checksum covers another destination than
                // the header's.
                break;
            }
            if (protocol == Ipv6.FRAGMENT) {
                if (fragmentSeen) {
                    return Parse.TOO_MANY_EXTENSIONS;
                }
                fragmentSeen = true;
                fragmentOffset = Ipv6.fragmentOffset(frame, l4);
                fragment = fragmentOffset != 0 || Ipv6.moreFragments(frame, l4);
            }
            int length = Ipv6.extensionLength(frame, l4, protocol);
            protocol = frame.getUnsignedByte(l4);
            l4 += length;
            if (l4 > end) {
                return Parse.TRUNCATED;
            }
        }
        return parseTransport();
    }

    private Parse parseTransport() {
        payload = l4;
        if (fragmentOffset != 0) {
            return Parse.OK;
        }
        return switch (protocol) {
            case Tcp.PROTOCOL -> parseTcp();
            case Udp.PROTOCOL -> parseUdp();
            case Icmp.PROTOCOL -> ipv6 ? Parse.OK : parseIcmp();
            case Icmp.PROTOCOL_V6 -> ipv6 ? parseIcmp() : Parse.OK;
            default -> Parse.OK;
        };
    }

    private Parse parseTcp() {
        if (end < l4 + Tcp.MIN_BYTES) {
            return Parse.TRUNCATED;
        }
        int headerLength = Tcp.headerLength(frame, l4);
        if (headerLength < Tcp.MIN_BYTES || l4 + headerLength > end) {
            return Parse.BAD_TCP_HEADER_LENGTH;
        }
        srcPort = Tcp.sourcePort(frame, l4);
        dstPort = Tcp.destinationPort(frame, l4);
        payload = l4 + headerLength;
        return Parse.OK;
    }

    private Parse parseUdp() {
        if (end < l4 + Udp.BYTES) {
            return Parse.TRUNCATED;
        }
        int length = Udp.length(frame, l4);
        if (length < Udp.BYTES || !fragment && l4 + length > end) {
            return Parse.BAD_UDP_LENGTH;
        }
        srcPort = Udp.sourcePort(frame, l4);
        dstPort = Udp.destinationPort(frame, l4);
        payload = l4 + Udp.BYTES;
        return Parse.OK;
    }

    private Parse parseIcmp() {
        if (end < l4 + Icmp.BYTES) {
            return Parse.TRUNCATED;
        }
        payload = l4 + Icmp.BYTES;
        return Parse.OK;
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

    // ---- checksums

    /**
     * Whether the transport checksum verifies. True for partial sums and frames that the kernel vouches for, for UDP over
     * IPv4 without one, for fragments, which cannot tell, and for protocols that have none here. Costs a pass over the
     * payload: for decisions, not for forwarding.
     */
    public boolean checksumValid() {
        int at = transportChecksumAt();
        if (at < 0
                || fragment
                || needsChecksum()
                || (VirtioNet.flags(frame, base) & VirtioNet.DATA_VALID) != 0
                || protocol == Udp.PROTOCOL && !ipv6 && frame.getUnsignedShort(at) == 0) {
            return true;
        }
        return Checksum.fold(pseudoHeaderSum() + Checksum.sum(frame, l4, transportEnd())) == 0xFFFF;
    }

    /**
     * Computes the transport checksum anew, and does what the virtio header says is left to do: the frame is whole
     * afterwards. A fragment's checksum covers bytes that are elsewhere and stays as it is.
     */
    public void fillChecksum() {
        if (eth() + VirtioNet.csumStart(frame, base) >= payload && !needsChecksum()) {
            // A tunnel's inner checksum. One that would lie in the headers is nobody's and is not
            // done.
            VirtioNet.completeChecksum(frame, base);
        }
        VirtioNet.flags(frame, base, VirtioNet.flags(frame, base) & ~VirtioNet.NEEDS_CSUM);
        int at = transportChecksumAt();
        if (at >= 0 && !fragment) {
            frame.setShort(at, fullChecksum());
        }
    }

    /** What the transport checksum would be in full; only if {@link #transportChecksumAt} is not -1. */
    int fullChecksum() {
        int at = transportChecksumAt();
        long sum =
                pseudoHeaderSum()
                        + Checksum.sum(frame, l4, at)
                        + Checksum.sum(frame, at + 2, transportEnd());
        int field = Checksum.finish(sum);
        return field == 0 && protocol == Udp.PROTOCOL ? 0xFFFF : field;
    }

    private int transportEnd() {
        return protocol == Udp.PROTOCOL ? Math.min(end, l4 + Udp.length(frame, l4)) : end;
    }

    private long pseudoHeaderSum() {
        if (protocol == Icmp.PROTOCOL) {
            return 0;
        }
        int length = transportEnd() - l4;
        return ipv6
                ? Checksum.pseudoHeader6(srcHi, srcLo, dstHi, dstLo, protocol, length)
                : Checksum.pseudoHeader4((int) srcLo, (int) dstLo, protocol, length);
    }

    /** Where the transport checksum is, or -1. */
    int transportChecksumAt() {
        if (fragmentOffset != 0) {
            return -1;
        }
        return switch (protocol) {
            case Tcp.PROTOCOL -> l4 + Tcp.CHECKSUM_OFFSET;
            case Udp.PROTOCOL -> l4 + Udp.CHECKSUM_OFFSET;
            case Icmp.PROTOCOL -> ipv6 ? -1 : l4 + Icmp.CHECKSUM_OFFSET;
            case Icmp.PROTOCOL_V6 -> ipv6 ? l4 + Icmp.CHECKSUM_OFFSET : -1;
            default -> -1;
        };
    }

    /** Bytes that the transport checksum covers as part of the pseudo-header changed. */
    private void pseudoHeaderChanged(long oldSum, long newSum) {
        if (protocol == Icmp.PROTOCOL) {
            return;
        }
        int at = transportChecksumAt();
        if (at < 0) {
            return;
        }
        int field = frame.getUnsignedShort(at);
        if (needsChecksum()) {
            frame.setShort(at, Checksum.updatePartial(field, oldSum, newSum));
        } else {
            writeFull(at, field, oldSum, newSum);
        }
    }

    /** Bytes that the transport checksum covers as data changed; a partial sum does not cover them. */
    private void transportChanged(long oldSum, long newSum) {
        int at = transportChecksumAt();
        if (at >= 0 && !needsChecksum()) {
            writeFull(at, frame.getUnsignedShort(at), oldSum, newSum);
        }
    }

    private void writeFull(int at, int field, long oldSum, long newSum) {
        if (protocol == Udp.PROTOCOL) {
            if (field == 0) {
                return;
            }
            int updated = Checksum.update(field, oldSum, newSum);
            frame.setShort(at, updated == 0 ? 0xFFFF : updated);
        } else {
            frame.setShort(at, Checksum.update(field, oldSum, newSum));
        }
    }

    // ---- setters: each keeps the checksums right

    /** Writes source address and, if there are ports, port. The address is of the packet's own family. */
    public void source(long hi, long lo, int port) {
        address(hi, lo, srcHi, srcLo, ipv6 ? Ipv6.SOURCE_OFFSET : Ipv4.SOURCE_OFFSET);
        srcHi = hi;
        srcLo = lo;
        if (port != srcPort && hasPorts()) {
            transportChanged(srcPort, port);
            frame.setShort(l4 + Tcp.SOURCE_PORT_OFFSET, port);
            srcPort = port;
        }
    }

    /** Writes destination address and, if there are ports, port. The address is of the packet's own family. */
    public void destination(long hi, long lo, int port) {
        address(hi, lo, dstHi, dstLo, ipv6 ? Ipv6.DESTINATION_OFFSET : Ipv4.DESTINATION_OFFSET);
        dstHi = hi;
        dstLo = lo;
        if (port != dstPort && hasPorts()) {
            transportChanged(dstPort, port);
            frame.setShort(l4 + Tcp.DESTINATION_PORT_OFFSET, port);
            dstPort = port;
        }
    }

    private void address(long hi, long lo, long oldHi, long oldLo, int offset) {
        if (hi == oldHi && lo == oldLo) {
            return;
        }
        if (ipv6) {
            frame.setLong(l3 + offset, hi);
            frame.setLong(l3 + offset + 8, lo);
            pseudoHeaderChanged(
                    Checksum.words(oldHi) + Checksum.words(oldLo),
                    Checksum.words(hi) + Checksum.words(lo));
        } else {
            long oldSum = oldLo & 0xFFFFFFFFL;
            long newSum = lo & 0xFFFFFFFFL;
            frame.setInt(l3 + offset, (int) lo);
            ipv4Changed(oldSum, newSum);
            pseudoHeaderChanged(oldSum, newSum);
        }
    }

    /** Writes a 32-bit field of the TCP header or its options; {@code at} may be odd. */
    public void tcpInt(int at, int value) {
        transportInt(at, value);
    }

    /** Writes a 16-bit field of the TCP header or its options; {@code at} may be odd. */
    public void tcpShort(int at, int value) {
        transportShort(at, value);
    }

    /** Writes 32 bits that the transport checksum covers as data; {@code at} may be odd. */
    void transportInt(int at, int value) {
        int old = frame.getInt(at);
        if (old == value) {
            return;
        }
        frame.setInt(at, value);
        if ((at - l4 & 1) == 0) {
            transportChanged(old & 0xFFFFFFFFL, value & 0xFFFFFFFFL);
        } else {
            transportChanged(odd(old), odd(value));
        }
    }

    /** Writes 16 bits that the transport checksum covers as data; {@code at} may be odd. */
    void transportShort(int at, int value) {
        int old = frame.getUnsignedShort(at);
        if (old == (value & 0xFFFF)) {
            return;
        }
        frame.setShort(at, value);
        if ((at - l4 & 1) == 0) {
            transportChanged(old, value & 0xFFFF);
        } else {
            transportChanged(odd(old << 16), odd(value << 16));
        }
    }

    /** What four bytes that begin on an odd position add to a sum: the same value with its bytes rotated by one. */
    private static long odd(int value) {
        return Integer.rotateRight(value, 8) & 0xFFFFFFFFL;
    }

    public void seq(int value) {
        transportInt(l4 + Tcp.SEQ_OFFSET, value);
    }

    public void ack(int value) {
        transportInt(l4 + Tcp.ACK_OFFSET, value);
    }

    public void window(int value) {
        transportShort(l4 + Tcp.WINDOW_OFFSET, value);
    }

    /** Writes the eight flags. */
    public void flags(int value) {
        int word = frame.getUnsignedShort(l4 + Tcp.DATA_OFFSET_OFFSET);
        transportShort(l4 + Tcp.DATA_OFFSET_OFFSET, word & 0xFF00 | value & 0xFF);
    }

    /** Writes TTL or hop limit, 0..255. */
    public void ttl(int value) {
        if (ipv6) {
            frame.setByte(l3 + Ipv6.HOP_LIMIT_OFFSET, value);
            return;
        }
        int old = frame.getUnsignedShort(l3 + Ipv4.TTL_OFFSET);
        int word = value << 8 | old & 0xFF;
        frame.setShort(l3 + Ipv4.TTL_OFFSET, word);
        ipv4Changed(old, word);
    }

    /**
     * Makes the TCP header longer or shorter by {@code delta} bytes (a multiple of 4) at its end, moving the headers and
     * not the payload. The new option bytes are NOPs. The frame's reader index, lengths and checksums follow. Whether
     * what goes out still fits the MTU is decided when the MSS is agreed on, not here.
     *
     * @return false, with nothing changed, if this is no whole TCP segment, or the header would leave 20..60 bytes, the
     *     datagram its 65,535, or the frame its headroom
     */
    public boolean resizeTcpHeader(int delta) {
        if (!isTcp() || fragment || (delta & 3) != 0) {
            return false;
        }
        int headerLength = tcpHeaderLength() + delta;
        int ipLength = end - l3 - (ipv6 ? Ipv6.BYTES : 0) + delta;
        if (headerLength < Tcp.MIN_BYTES
                || headerLength > Tcp.MIN_BYTES + Tcp.MAX_OPTION_BYTES
                || ipLength > 0xFFFF
                || base < delta) {
            return false;
        }
        int oldSegment = end - l4;
        int keep = delta > 0 ? payload - base : payload - base + delta;
        if (delta < 0) {
            // Data that leaves the segment leaves the sum first, while it can still be read.
            transportChanged(Checksum.sum(frame, payload + delta, payload), 0);
        }
        move(base, base - delta, keep);
        base -= delta;
        l3 -= delta;
        l4 -= delta;
        frame.readerIndex(base);
        if (delta > 0) {
            for (int at = payload - delta; at < payload; at++) {
                frame.setByte(at, TcpOptions.NOP);
            }
            transportChanged(0, Checksum.sum(frame, payload - delta, payload));
        }
        int word = frame.getUnsignedShort(l4 + Tcp.DATA_OFFSET_OFFSET);
        transportShort(l4 + Tcp.DATA_OFFSET_OFFSET, word & 0x0FFF | headerLength << 10);
        pseudoHeaderChanged(oldSegment, oldSegment + delta);
        ipLengthChanged(delta);
        if (isGso()) {
            VirtioNet.hdrLen(frame, base, payload - eth());
        }
        return true;
    }

    private void ipLengthChanged(int delta) {
        if (ipv6) {
            frame.setShort(l3 + Ipv6.PAYLOAD_LENGTH_OFFSET, Ipv6.payloadLength(frame, l3) + delta);
        } else {
            int old = Ipv4.totalLength(frame, l3);
            frame.setShort(l3 + Ipv4.TOTAL_LENGTH_OFFSET, old + delta);
            ipv4Changed(old, old + delta);
        }
    }

    private void ipv4Changed(long oldSum, long newSum) {
        int field = Ipv4.checksum(frame, l3);
        frame.setShort(l3 + Ipv4.CHECKSUM_OFFSET, Checksum.update(field, oldSum, newSum));
    }

    /** Copies bytes within the frame; the two ranges may overlap, which ByteBuf's own copies do not promise to allow. */
    private void move(int from, int to, int length) {
        int longs = length & ~7;
        if (to < from) {
            for (int i = 0; i < longs; i += 8) {
                frame.setLong(to + i, frame.getLong(from + i));
            }
            for (int i = longs; i < length; i++) {
                frame.setByte(to + i, frame.getByte(from + i));
            }
        } else {
            for (int i = length - 1; i >= longs; i--) {
                frame.setByte(to + i, frame.getByte(from + i));
            }
            for (int i = longs - 8; i >= 0; i -= 8) {
                frame.setLong(to + i, frame.getLong(from + i));
            }
        }
    }

    /** One line as tcpdump prints it, for logs and test failures. */
    @Override
    public String toString() {
        if (frame == null) {
            return "(no frame)";
        }
        if (protocol == NO_PROTOCOL) {
            return String.format(
                    "ethertype 0x%04x, %d bytes", etherType, end - base - VirtioNet.BYTES);
        }
        String ends =
                Endpoint.of(srcHi, srcLo, srcPort) + " > " + Endpoint.of(dstHi, dstLo, dstPort);
        if (!isTcp()) {
            return ends + " protocol " + protocol + ", " + (end - l4) + " bytes";
        }
        return ends
                + " "
                + TcpFlags.toString(flags())
                + " seq "
                + Integer.toUnsignedString(seq())
                + " ack "
                + Integer.toUnsignedString(ack())
                + " win "
                + window()
                + " len "
                + payloadLength();
    }
}
