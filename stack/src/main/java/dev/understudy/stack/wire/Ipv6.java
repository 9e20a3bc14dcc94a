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
