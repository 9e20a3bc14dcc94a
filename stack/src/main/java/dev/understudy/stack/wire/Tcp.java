package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/** The TCP header (RFC 9293 §3.1). */
public final class Tcp {
    /** Length without options. */
    public static final int MIN_BYTES = 20;

    public static final int MAX_OPTION_BYTES = 40;
    public static final int PROTOCOL = 6;

    public static final int SOURCE_PORT_OFFSET = 0;
    public static final int DESTINATION_PORT_OFFSET = 2;
    public static final int SEQ_OFFSET = 4;
    public static final int ACK_OFFSET = 8;
    public static final int DATA_OFFSET_OFFSET = 12;
    public static final int FLAGS_OFFSET = 13;
    public static final int WINDOW_OFFSET = 14;
    public static final int CHECKSUM_OFFSET = 16;
    public static final int URGENT_OFFSET = 18;

    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;
    public static final int URG = 0x20;
    public static final int ECE = 0x40;
    public static final int CWR = 0x80;

    private Tcp() {}

    public static int sourcePort(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + SOURCE_PORT_OFFSET);
    }

    public static int destinationPort(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + DESTINATION_PORT_OFFSET);
    }

    public static int seq(ByteBuf buf, int at) {
        return buf.getInt(at + SEQ_OFFSET);
    }

    public static int ack(ByteBuf buf, int at) {
        return buf.getInt(at + ACK_OFFSET);
    }

    /** Length of the header with its options, in bytes. */
    public static int headerLength(ByteBuf buf, int at) {
        return (buf.getByte(at + DATA_OFFSET_OFFSET) & 0xF0) >>> 2;
    }

    /** The eight flags of RFC 9293, CWR to FIN. */
    public static int flags(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + FLAGS_OFFSET);
    }

    /** The window field as it stands, not scaled. */
    public static int window(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + WINDOW_OFFSET);
    }

    public static int checksum(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + CHECKSUM_OFFSET);
    }
}
