package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/** The IPv6 header (RFC 8200 §3) and the extension headers that {@link Packet} steps over (§4). */
public final class Ipv6 {
    public static final int BYTES = 40;
    public static final int PAYLOAD_LENGTH_OFFSET = 4;
    public static final int NEXT_HEADER_OFFSET = 6;
    public static final int HOP_LIMIT_OFFSET = 7;
    public static final int SOURCE_OFFSET = 8;
    public static final int DESTINATION_OFFSET = 24;

    /** Length of a fragment header. */
    public static final int FRAGMENT_BYTES = 8;

    /** Every link takes datagrams of this length (RFC 8200 §5). */
    public static final int MIN_MTU = 1280;

    public static final int HOP_BY_HOP = 0;
    public static final int ROUTING = 43;
    public static final int FRAGMENT = 44;
    public static final int DESTINATION_OPTIONS = 60;

    private Ipv6() {}

    public static int version(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at) >>> 4;
    }

    public static int trafficClass(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at) >>> 4 & 0xFF;
    }

    public static int payloadLength(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + PAYLOAD_LENGTH_OFFSET);
    }

    public static int nextHeader(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + NEXT_HEADER_OFFSET);
    }

    public static int hopLimit(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + HOP_LIMIT_OFFSET);
    }

    /** Whether a next-header value is an extension header that can be stepped over (RFC 8200 §4.1). */
    public static boolean isExtension(int nextHeader) {
        return nextHeader == HOP_BY_HOP
                || nextHeader == ROUTING
                || nextHeader == FRAGMENT
                || nextHeader == DESTINATION_OPTIONS;
    }

    /** Length in bytes of the extension header of type {@code nextHeader} at {@code at}. */
    public static int extensionLength(ByteBuf buf, int at, int nextHeader) {
        return nextHeader == FRAGMENT ? 8 : 8 + (buf.getUnsignedByte(at + 1) << 3);
    }

    /** Where the fragment header of the packet at {@code l3} is, or -1 if there is none before {@code end}. */
    public static int fragmentHeader(ByteBuf buf, int l3, int end) {
        int type = nextHeader(buf, l3);
        int at = l3 + BYTES;
        while (isExtension(type) && at + 8 <= end) {
            if (type == FRAGMENT) {
                return at;
            }
            int length = extensionLength(buf, at, type);
            type = buf.getUnsignedByte(at);
            at += length;
        }
        return -1;
    }

    /** Nodes still to be visited, of the routing header at {@code at} (RFC 8200 §4.4). */
    public static int segmentsLeft(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + 3);
    }

    /** Where this fragment belongs in the datagram, in bytes, of the fragment header at {@code at} (RFC 8200 §4.5). */
    public static int fragmentOffset(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + 2) & 0xFFF8;
    }

    public static boolean moreFragments(ByteBuf buf, int at) {
        return (buf.getByte(at + 3) & 1) != 0;
    }

    /** The identification of the fragment header at {@code at}. */
    public static int fragmentId(ByteBuf buf, int at) {
        return buf.getInt(at + 4);
    }

    /** Writes the fixed header at {@code at}; flow label zero. */
    public static void write(
            ByteBuf buf,
            int at,
            int trafficClass,
            int payloadLength,
            int nextHeader,
            int hopLimit,
            long srcHi,
            long srcLo,
            long dstHi,
            long dstLo) {
        buf.setInt(at, 0x6000_0000 | trafficClass << 20);
        buf.setShort(at + PAYLOAD_LENGTH_OFFSET, payloadLength);
        buf.setByte(at + NEXT_HEADER_OFFSET, nextHeader);
        buf.setByte(at + HOP_LIMIT_OFFSET, hopLimit);
        buf.setLong(at + SOURCE_OFFSET, srcHi);
        buf.setLong(at + SOURCE_OFFSET + 8, srcLo);
        buf.setLong(at + DESTINATION_OFFSET, dstHi);
        buf.setLong(at + DESTINATION_OFFSET + 8, dstLo);
    }
}
