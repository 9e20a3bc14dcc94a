package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/** The IPv4 header (RFC 791 §3.1). */
public final class Ipv4 {
    /** Length without options. */
    public static final int MIN_BYTES = 20;

    public static final int VERSION_IHL_OFFSET = 0;
    public static final int TOS_OFFSET = 1;
    public static final int TOTAL_LENGTH_OFFSET = 2;
    public static final int IDENTIFICATION_OFFSET = 4;
    public static final int FRAGMENT_OFFSET = 6;
    public static final int TTL_OFFSET = 8;
    public static final int PROTOCOL_OFFSET = 9;
    public static final int CHECKSUM_OFFSET = 10;
    public static final int SOURCE_OFFSET = 12;
    public static final int DESTINATION_OFFSET = 16;

    public static final int DONT_FRAGMENT = 0x4000;
    public static final int MORE_FRAGMENTS = 0x2000;

    private Ipv4() {}

    public static int version(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at) >>> 4;
    }

    /** Length of the header with its options, in bytes. */
    public static int headerLength(ByteBuf buf, int at) {
        return (buf.getByte(at) & 0xF) << 2;
    }

    public static int tos(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + TOS_OFFSET);
    }

    public static int totalLength(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + TOTAL_LENGTH_OFFSET);
    }

    public static int identification(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + IDENTIFICATION_OFFSET);
    }

    /** Flags and fragment offset as they stand in the header. */
    public static int fragmentField(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + FRAGMENT_OFFSET);
    }

    /** Where this fragment belongs in the datagram, in bytes. */
    public static int fragmentOffset(ByteBuf buf, int at) {
        return (fragmentField(buf, at) & 0x1FFF) << 3;
    }

    public static boolean moreFragments(ByteBuf buf, int at) {
        return (fragmentField(buf, at) & MORE_FRAGMENTS) != 0;
    }

    public static boolean dontFragment(ByteBuf buf, int at) {
        return (fragmentField(buf, at) & DONT_FRAGMENT) != 0;
    }

    public static int ttl(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + TTL_OFFSET);
    }

    public static int protocol(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + PROTOCOL_OFFSET);
    }

    public static int checksum(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + CHECKSUM_OFFSET);
    }

    public static int source(ByteBuf buf, int at) {
        return buf.getInt(at + SOURCE_OFFSET);
    }

    public static int destination(ByteBuf buf, int at) {
        return buf.getInt(at + DESTINATION_OFFSET);
    }

    /** Writes a 20-byte header with its checksum at {@code at}; {@code fragment} holds flags and offset. */
    public static void write(
            ByteBuf buf,
            int at,
            int tos,
            int totalLength,
            int id,
            int fragment,
            int ttl,
            int protocol,
            int src,
            int dst) {
        buf.setShort(at, 0x4500 | tos);
        buf.setShort(at + TOTAL_LENGTH_OFFSET, totalLength);
        buf.setShort(at + IDENTIFICATION_OFFSET, id);
        buf.setShort(at + FRAGMENT_OFFSET, fragment);
        buf.setShort(at + TTL_OFFSET, ttl << 8 | protocol);
        buf.setInt(at + SOURCE_OFFSET, src);
        buf.setInt(at + DESTINATION_OFFSET, dst);
        fixChecksum(buf, at);
    }

    /** Computes the header checksum anew. */
    public static void fixChecksum(ByteBuf buf, int at) {
        buf.setShort(at + CHECKSUM_OFFSET, 0);
        buf.setShort(
                at + CHECKSUM_OFFSET,
                Checksum.finish(Checksum.sum(buf, at, at + headerLength(buf, at))));
    }
}
