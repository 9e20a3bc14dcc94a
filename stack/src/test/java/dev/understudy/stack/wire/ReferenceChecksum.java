package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/**
 * The Internet checksum once more, as RFC 1071 §1 tells it and with no regard for speed: two bytes at a time, from the bytes
 * of the packet alone. What {@link Checksum} and {@link Packet} do is held against this.
 */
final class ReferenceChecksum {
    private ReferenceChecksum() {}

    /** One's complement sum of 16-bit words, folded. */
    static int sum(ByteBuf buf, int from, int to) {
        int sum = 0;
        for (int at = from; at < to; at += 2) {
            int low = at + 1 < to ? buf.getUnsignedByte(at + 1) : 0;
            sum += buf.getUnsignedByte(at) << 8 | low;
            if (sum > 0xFFFF) {
                sum = (sum & 0xFFFF) + 1;
            }
        }
        return sum;
    }

    static int add(int a, int b) {
        int sum = a + b;
        return sum > 0xFFFF ? (sum & 0xFFFF) + 1 : sum;
    }

    /** Folded pseudo-header sum of the packet whose IP header is at {@code l3}. */
    static int pseudoHeader(ByteBuf buf, int l3, boolean ipv6, int protocol, int length) {
        int sum =
                ipv6
                        ? sum(buf, l3 + Ipv6.SOURCE_OFFSET, l3 + Ipv6.BYTES)
                        : sum(buf, l3 + Ipv4.SOURCE_OFFSET, l3 + Ipv4.MIN_BYTES);
        return add(add(sum, protocol), length);
    }

    /** Whether the IPv4 header checksum at {@code l3} verifies. */
    static boolean ipv4HeaderValid(ByteBuf buf, int l3) {
        return sum(buf, l3, l3 + Ipv4.headerLength(buf, l3)) == 0xFFFF;
    }

    /** Whether the full transport checksum of {@code [l4, end)} verifies; a UDP checksum of zero over IPv4 does. */
    static boolean transportValid(
            ByteBuf buf, int l3, boolean ipv6, int protocol, int l4, int end) {
        if (protocol == Udp.PROTOCOL && !ipv6 && Udp.checksum(buf, l4) == 0) {
            return true;
        }
        int pseudo =
                protocol == Icmp.PROTOCOL ? 0 : pseudoHeader(buf, l3, ipv6, protocol, end - l4);
        return add(pseudo, sum(buf, l4, end)) == 0xFFFF;
    }
}
