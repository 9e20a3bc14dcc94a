package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/** The Ethernet II header (IEEE 802.3 §3), with the tags of IEEE 802.1Q skipped by {@link Packet}. MACs are longs, 48 bits. */
public final class Ethernet {
    public static final int BYTES = 14;
    public static final int DESTINATION_OFFSET = 0;
    public static final int SOURCE_OFFSET = 6;
    public static final int TYPE_OFFSET = 12;

    public static final int TYPE_IPV4 = 0x0800;
    public static final int TYPE_ARP = 0x0806;
    public static final int TYPE_VLAN = 0x8100;
    public static final int TYPE_QINQ = 0x88A8;
    public static final int TYPE_IPV6 = 0x86DD;
    public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private Ethernet() {}

    public static long destination(ByteBuf buf, int at) {
        return mac(buf, at + DESTINATION_OFFSET);
    }

    public static void destination(ByteBuf buf, int at, long mac) {
        mac(buf, at + DESTINATION_OFFSET, mac);
    }

    public static long source(ByteBuf buf, int at) {
        return mac(buf, at + SOURCE_OFFSET);
    }

    public static void source(ByteBuf buf, int at, long mac) {
        mac(buf, at + SOURCE_OFFSET, mac);
    }

    public static int type(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + TYPE_OFFSET);
    }

    public static void type(ByteBuf buf, int at, int type) {
        buf.setShort(at + TYPE_OFFSET, type);
    }

    /** Whether the group bit is set: broadcast or multicast. */
    public static boolean isGroup(long mac) {
        return (mac >>> 40 & 1) != 0;
    }

    static long mac(ByteBuf buf, int at) {
        return (long) buf.getUnsignedShort(at) << 32 | buf.getUnsignedInt(at + 2);
    }

    static void mac(ByteBuf buf, int at, long mac) {
        buf.setShort(at, (int) (mac >>> 32));
        buf.setInt(at + 2, (int) mac);
    }
}
