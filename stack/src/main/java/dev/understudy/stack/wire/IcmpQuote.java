package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/**
 * The packet that an ICMP error quotes (RFC 792, RFC 4443 §3), as a reused view inside the error's frame: who sent what to
 * whom, so that the error finds its session, and setters, so that the client sees its own packet quoted.
 *
 * <p>Only the IP header and 8 bytes behind it are certain to be there (RFC 792): the ports, and TCP's sequence number. A
 * quoted transport checksum is updated where it was not cut off. Setters keep the quoted IP header checksum and the
 * checksum of the error itself right. An extension structure (RFC 4884) ends the quote and is not touched.
 */
public final class IcmpQuote {
    private static final int MAX_EXTENSIONS = 8;

    /** What RFC 792 guarantees of the quoted transport header. */
    private static final int TRANSPORT_BYTES = 8;

    private Packet outer;
    private ByteBuf frame;
    private boolean ipv6;
    private int l3;
    private int l4;
    private int end;
    private int protocol;
    private boolean laterFragment;
    private long srcHi;
    private long srcLo;
    private long dstHi;
    private long dstLo;
    private int srcPort;
    private int dstPort;

    /**
     * Reads the quote of a parsed packet. Never throws on any bytes.
     *
     * @return false if the packet is no ICMP error, or its quote is not of its own family, cut off before the eighth byte
     *     behind the IP header, or malformed; the view is then not usable
     */
    public boolean parse(Packet error) {
        outer = error;
        frame = error.frame();
        srcPort = 0;
        dstPort = 0;
        laterFragment = false;
        if (!error.isIcmp()
                || !Icmp.isError(error.isIpv6(), Icmp.type(error.frame(), error.l4()))) {
            return false;
        }
        ipv6 = error.isIpv6();
        l3 = error.payload();
        end = error.end();
        int original = originalLength();
        if (original != 0) {
            end = Math.min(end, l3 + original);
        }
        if (!(ipv6 ? parseIpv6() : parseIpv4())) {
            return false;
        }
        if (laterFragment) {
            return true;
        }
        if (end < l4 + TRANSPORT_BYTES) {
            return false;
        }
        if (protocol == Tcp.PROTOCOL || protocol == Udp.PROTOCOL) {
            srcPort = frame.getUnsignedShort(l4 + Tcp.SOURCE_PORT_OFFSET);
            dstPort = frame.getUnsignedShort(l4 + Tcp.DESTINATION_PORT_OFFSET);
        }
        return true;
    }

    /** RFC 4884 §3: length of the quote in bytes where an extension structure follows it, else 0. */
    private int originalLength() {
        int type = Icmp.type(frame, outer.l4());
        if (ipv6) {
            return type == Icmp.V6_UNREACHABLE || type == Icmp.V6_TIME_EXCEEDED
                    ? frame.getUnsignedByte(outer.l4() + 4) << 3
                    : 0;
        }
        return type == Icmp.UNREACHABLE
                        || type == Icmp.TIME_EXCEEDED
                        || type == Icmp.PARAMETER_PROBLEM
                ? frame.getUnsignedByte(outer.l4() + 5) << 2
                : 0;
    }

    private boolean parseIpv4() {
        if (end < l3 + Ipv4.MIN_BYTES || Ipv4.version(frame, l3) != 4) {
            return false;
        }
        int headerLength = Ipv4.headerLength(frame, l3);
        int totalLength = Ipv4.totalLength(frame, l3);
        if (headerLength < Ipv4.MIN_BYTES
                || totalLength < headerLength
                || end < l3 + headerLength) {
            return false;
        }
        end = Math.min(end, l3 + totalLength);
        l4 = l3 + headerLength;
        protocol = Ipv4.protocol(frame, l3);
        laterFragment = Ipv4.fragmentOffset(frame, l3) != 0;
        srcHi = 0;
        dstHi = 0;
        srcLo = IpAddress.mapped(Ipv4.source(frame, l3));
        dstLo = IpAddress.mapped(Ipv4.destination(frame, l3));
        return true;
    }

    private boolean parseIpv6() {
        if (end < l3 + Ipv6.BYTES || Ipv6.version(frame, l3) != 6) {
            return false;
        }
        end = Math.min(end, l3 + Ipv6.BYTES + Ipv6.payloadLength(frame, l3));
        srcHi = frame.getLong(l3 + Ipv6.SOURCE_OFFSET);
        srcLo = frame.getLong(l3 + Ipv6.SOURCE_OFFSET + 8);
        dstHi = frame.getLong(l3 + Ipv6.DESTINATION_OFFSET);
        dstLo = frame.getLong(l3 + Ipv6.DESTINATION_OFFSET + 8);
        if (IpAddress.isMapped(srcHi, srcLo) || IpAddress.isMapped(dstHi, dstLo)) {
            return false;
        }
        l4 = l3 + Ipv6.BYTES;
        protocol = Ipv6.nextHeader(frame, l3);
        for (int seen = 0; !laterFragment && Ipv6.isExtension(protocol); seen++) {
            if (seen == MAX_EXTENSIONS || end < l4 + 8) {
                return false;
            }
            if (protocol == Ipv6.ROUTING && Ipv6.segmentsLeft(frame, l4) != 0) {
                break;
            }
            int length = Ipv6.extensionLength(frame, l4, protocol);
            laterFragment = protocol == Ipv6.FRAGMENT && Ipv6.fragmentOffset(frame, l4) != 0;
            protocol = frame.getUnsignedByte(l4);
            l4 += length;
            if (l4 > end) {
                return false;
            }
        }
        return true;
    }

    public boolean isIpv6() {
        return ipv6;
    }

    /** The quoted packet's transport protocol, behind any extension headers. */
    public int protocol() {
        return protocol;
    }

    /** Whether there are ports: TCP or UDP, and not a later fragment. */
    public boolean hasPorts() {
        return !laterFragment && (protocol == Tcp.PROTOCOL || protocol == Udp.PROTOCOL);
    }

    /** Whether there is a TCP sequence number. */
    public boolean hasSeq() {
        return !laterFragment && protocol == Tcp.PROTOCOL;
    }

    /** Whether an echo request of the quote's family is quoted. */
    public boolean isEchoRequest() {
        return !laterFragment
                && protocol == (ipv6 ? Icmp.PROTOCOL_V6 : Icmp.PROTOCOL)
                && Icmp.type(frame, l4) == (ipv6 ? Icmp.V6_ECHO_REQUEST : Icmp.ECHO_REQUEST);
    }

    /** Identifier and sequence of the quoted echo request; only if {@link #isEchoRequest}. */
    public int echoRest() {
        return frame.getInt(l4 + Icmp.REST_OFFSET);
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

    /** The source port, or 0 if there are none. */
    public int srcPort() {
        return srcPort;
    }

    /** The destination port, or 0 if there are none. */
    public int dstPort() {
        return dstPort;
    }

    /** Length field of a quoted UDP datagram, header included; -1 if the quote is of something else or of its later part. */
    public int udpLength() {
        return protocol == Udp.PROTOCOL && !laterFragment ? Udp.length(frame, l4) : -1;
    }

    /** The quoted TCP sequence number; only if {@link #hasSeq}. */
    public int seq() {
        return Tcp.seq(frame, l4);
    }

    /**
     * The MTU that the error tells: fragmentation needed (RFC 1191 §4; 0 from a router older than that) or packet too big
     * (RFC 4443 §3.2, at most 2^31 - 1); -1 if the error is another one.
     */
    public int mtu() {
        int type = Icmp.type(frame, outer.l4());
        if (ipv6) {
            return type == Icmp.V6_PACKET_TOO_BIG
                    ? frame.getInt(outer.l4() + Icmp.REST_OFFSET) & Integer.MAX_VALUE
                    : -1;
        }
        return type == Icmp.UNREACHABLE
                        && Icmp.code(frame, outer.l4()) == Icmp.CODE_FRAGMENTATION_NEEDED
                ? frame.getUnsignedShort(outer.l4() + Icmp.MTU_OFFSET)
                : -1;
    }

    // ---- setters: each keeps the quoted checksums and the error's own right

    /** Writes the quoted source. The address is of the packet's own family; the port counts only if there are ports. */
    public void source(long hi, long lo, int port) {
        address(hi, lo, srcHi, srcLo, ipv6 ? Ipv6.SOURCE_OFFSET : Ipv4.SOURCE_OFFSET);
        srcHi = hi;
        srcLo = lo;
        if (hasPorts()) {
            port(l4 + Tcp.SOURCE_PORT_OFFSET, srcPort, port);
            srcPort = port;
        }
    }

    /** Writes the quoted destination; see {@link #source}. */
    public void destination(long hi, long lo, int port) {
        address(hi, lo, dstHi, dstLo, ipv6 ? Ipv6.DESTINATION_OFFSET : Ipv4.DESTINATION_OFFSET);
        dstHi = hi;
        dstLo = lo;
        if (hasPorts()) {
            port(l4 + Tcp.DESTINATION_PORT_OFFSET, dstPort, port);
            dstPort = port;
        }
    }

    /** Writes the quoted TCP sequence number; nothing if there is none. */
    public void seq(int value) {
        if (!hasSeq()) {
            return;
        }
        int old = seq();
        putInt(l4 + Tcp.SEQ_OFFSET, value);
        transportChanged(old & 0xFFFFFFFFL, value & 0xFFFFFFFFL);
    }

    private void port(int at, int old, int value) {
        putShort(at, value);
        transportChanged(old, value);
    }

    private void address(long hi, long lo, long oldHi, long oldLo, int offset) {
        if (hi == oldHi && lo == oldLo) {
            return;
        }
        long oldSum;
        long newSum;
        if (ipv6) {
            putInt(l3 + offset, (int) (hi >>> 32));
            putInt(l3 + offset + 4, (int) hi);
            putInt(l3 + offset + 8, (int) (lo >>> 32));
            putInt(l3 + offset + 12, (int) lo);
            oldSum = Checksum.words(oldHi) + Checksum.words(oldLo);
            newSum = Checksum.words(hi) + Checksum.words(lo);
        } else {
            putInt(l3 + offset, (int) lo);
            oldSum = oldLo & 0xFFFFFFFFL;
            newSum = lo & 0xFFFFFFFFL;
            putShort(
                    l3 + Ipv4.CHECKSUM_OFFSET,
                    Checksum.update(Ipv4.checksum(frame, l3), oldSum, newSum));
        }
        if (protocol != Icmp.PROTOCOL) {
            transportChanged(oldSum, newSum);
        }
    }

    /** Updates the quoted transport checksum, if the quote reaches that far. */
    private void transportChanged(long oldSum, long newSum) {
        int at = laterFragment ? -1 : checksumAt();
        if (at < 0 || at + 2 > end) {
            return;
        }
        int field = frame.getUnsignedShort(at);
        if (protocol == Udp.PROTOCOL && field == 0) {
            return;
        }
        int updated = Checksum.update(field, oldSum, newSum);
        putShort(at, protocol == Udp.PROTOCOL && updated == 0 ? 0xFFFF : updated);
    }

    private int checksumAt() {
        return switch (protocol) {
            case Tcp.PROTOCOL -> l4 + Tcp.CHECKSUM_OFFSET;
            case Udp.PROTOCOL -> l4 + Udp.CHECKSUM_OFFSET;
            case Icmp.PROTOCOL_V6 -> ipv6 ? l4 + Icmp.CHECKSUM_OFFSET : -1;
            default -> -1;
        };
    }

    /** The quote is data to the error: what changes in it changes the error's own checksum. */
    private void putShort(int at, int value) {
        outer.transportShort(at, value);
    }

    private void putInt(int at, int value) {
        outer.transportInt(at, value);
    }
}
