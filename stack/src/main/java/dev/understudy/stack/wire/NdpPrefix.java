package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/**
 * The Prefix Information option of a router advertisement (RFC 4861 §4.6.2): which addresses are on the link, and which a
 * host may make for itself. Positions are those of the option, as {@link Ndp#option} finds it.
 *
 * <pre>
 *   │ type length prefix-length L A │ valid lifetime │ preferred lifetime │ reserved │ prefix
 *   0                               4                8                    12         16
 * </pre>
 */
public final class NdpPrefix {
    public static final int BYTES = 32;

    private static final int LENGTH_OFFSET = 2;
    private static final int FLAGS_OFFSET = 3;
    private static final int VALID_OFFSET = 4;
    private static final int PREFERRED_OFFSET = 8;
    private static final int PREFIX_OFFSET = 16;

    private NdpPrefix() {}

    /** Leading bits of the prefix that count. */
    public static int length(ByteBuf buf, int option) {
        return buf.getUnsignedByte(option + LENGTH_OFFSET);
    }

    /** Whether addresses of the prefix are on the link. */
    public static boolean onLink(ByteBuf buf, int option) {
        return (buf.getByte(option + FLAGS_OFFSET) & 0x80) != 0;
    }

    /** Whether hosts may make addresses of the prefix. */
    public static boolean autonomous(ByteBuf buf, int option) {
        return (buf.getByte(option + FLAGS_OFFSET) & 0x40) != 0;
    }

    /** Seconds for which the prefix is on the link, and its addresses may be used; 0xFFFFFFFF for ever. */
    public static long validSeconds(ByteBuf buf, int option) {
        return buf.getUnsignedInt(option + VALID_OFFSET);
    }

    /** Seconds for which addresses of the prefix are to be preferred; 0xFFFFFFFF for ever. */
    public static long preferredSeconds(ByteBuf buf, int option) {
        return buf.getUnsignedInt(option + PREFERRED_OFFSET);
    }

    public static long hi(ByteBuf buf, int option) {
        return buf.getLong(option + PREFIX_OFFSET);
    }

    public static long lo(ByteBuf buf, int option) {
        return buf.getLong(option + PREFIX_OFFSET + 8);
    }
}
