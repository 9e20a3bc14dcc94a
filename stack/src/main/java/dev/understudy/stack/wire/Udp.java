package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/** The UDP header (RFC 768). A checksum of zero means that the sender computed none (IPv4 only). */
public final class Udp {
    public static final int BYTES = 8;
    public static final int PROTOCOL = 17;
    public static final int SOURCE_PORT_OFFSET = 0;
    public static final int DESTINATION_PORT_OFFSET = 2;
    public static final int LENGTH_OFFSET = 4;
    public static final int CHECKSUM_OFFSET = 6;

    private Udp() {}

    public static int sourcePort(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + SOURCE_PORT_OFFSET);
    }

    public static int destinationPort(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + DESTINATION_PORT_OFFSET);
    }

    /** Length of header and payload, in bytes. */
    public static int length(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + LENGTH_OFFSET);
    }

    public static int checksum(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + CHECKSUM_OFFSET);
    }
}
