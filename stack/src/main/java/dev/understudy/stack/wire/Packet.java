package dev.understudy.stack.wire;

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
public final class Packet extends PacketView {
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
