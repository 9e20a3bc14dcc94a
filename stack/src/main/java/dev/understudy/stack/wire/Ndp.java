package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * The messages of Neighbour Discovery (RFC 4861 §4) for Ethernet: ICMPv6 with a fixed part and options of type, length in
 * eights and value. Positions are those of the ICMPv6 header, {@link Packet#l4}.
 *
 * <pre>
 *   │ type code checksum │ flags or reserved │ target (solicitation, advertisement) │ options
 *   0                    4                   8                                     24
 * </pre>
 */
public final class Ndp {
    public static final int ROUTER_SOLICITATION = 133;
    public static final int ROUTER_ADVERTISEMENT = 134;
    public static final int NEIGHBOUR_SOLICITATION = 135;
    public static final int NEIGHBOUR_ADVERTISEMENT = 136;
    public static final int REDIRECT = 137;

    public static final int TARGET_OFFSET = 8;
    public static final int ROUTER_LIFETIME_OFFSET = 6;

    /** Only a neighbour can send a packet that arrives with this hop limit (RFC 4861 §3.1). */
    public static final int HOP_LIMIT = 255;

    /** Flags of an advertisement: the sender is a router, answers a question, replaces what was known. */
    public static final int ROUTER = 0x80;

    public static final int SOLICITED = 0x40;
    public static final int OVERRIDE = 0x20;

    public static final int SOURCE_LINK_ADDRESS = 1;
    public static final int TARGET_LINK_ADDRESS = 2;
    public static final int PREFIX_INFORMATION = 3;
    public static final int MTU = 5;

    /** High half of ff02::/64. */
    public static final long LINK_SCOPE = 0xFF02L << 48;

    /** High half of fe80::/64. */
    public static final long LINK_LOCAL = 0xFE80L << 48;

    /** Low half of ff02::1, every node, and of ff02::2, every router. */
    public static final long ALL_NODES = 1;

    public static final long ALL_ROUTERS = 2;

    private static final int TARGETED_BYTES = 24;
    private static final int SOLICIT_ROUTER_BYTES = 8;
    private static final int ADVERTISE_ROUTER_BYTES = 16;
    private static final int REDIRECT_BYTES = 40;
    private static final int LINK_OPTION_BYTES = 8;

    private Ndp() {}

    /** Whether a packet is a message of this protocol, valid or not. */
    public static boolean isNdp(Packet packet) {
        if (!packet.isIpv6() || !packet.isIcmp()) {
            return false;
        }
        int type = Icmp.type(packet.frame(), packet.l4());
        return type >= ROUTER_SOLICITATION && type <= REDIRECT;
    }

    /**
     * Whether a message must be believed to come from a neighbour and to be well-formed (RFC 4861 §6.1, §7.1; RFC 6980 for
     * fragments). Anything else is dropped without a word.
     */
    public static boolean isValid(Packet packet) {
        ByteBuf frame = packet.frame();
        int at = packet.l4();
        int type = Icmp.type(frame, at);
        int options = optionsOffset(type);
        if (packet.ttl() != HOP_LIMIT
                || packet.isFragment()
                || Icmp.code(frame, at) != 0
                || packet.end() - at < options
                || !optionsValid(frame, at + options, packet.end())
                || !packet.checksumValid()) {
            return false;
        }
        boolean nobody = (packet.srcHi() | packet.srcLo()) == 0;
        if (packet.srcHi() >>> 56 == 0xFF) {
            return false;
        }
        return switch (type) {
            case ROUTER_SOLICITATION -> !nobody || linkAddress(packet, SOURCE_LINK_ADDRESS) == 0;
            case ROUTER_ADVERTISEMENT -> isLinkLocal(packet.srcHi());
            case NEIGHBOUR_SOLICITATION ->
                    !isMulticast(targetHi(frame, at))
                            && (!nobody
                                    || linkAddress(packet, SOURCE_LINK_ADDRESS) == 0
                                            && isSolicitedNode(packet.dstHi(), packet.dstLo()));
            case NEIGHBOUR_ADVERTISEMENT ->
                    !nobody
                            && !isMulticast(targetHi(frame, at))
                            && !(isMulticast(packet.dstHi())
                                    && (flags(frame, at) & SOLICITED) != 0);
            default -> isLinkLocal(packet.srcHi());
        };
    }

    private static int optionsOffset(int type) {
        return switch (type) {
            case ROUTER_SOLICITATION -> SOLICIT_ROUTER_BYTES;
            case ROUTER_ADVERTISEMENT -> ADVERTISE_ROUTER_BYTES;
            case REDIRECT -> REDIRECT_BYTES;
            default -> TARGETED_BYTES;
        };
    }

    private static boolean optionsValid(ByteBuf frame, int from, int end) {
        int at = from;
        while (at < end) {
            if (end - at < 2) {
                return false;
            }
            int length = optionLength(frame, at);
            if (length == 0 || at + length > end) {
                return false;
            }
            at += length;
        }
        return true;
    }

    public static boolean isMulticast(long hi) {
        return hi >>> 56 == 0xFF;
    }

    /** fe80::/10. */
    public static boolean isLinkLocal(long hi) {
        return hi >>> 54 == 0x3FA;
    }

    /** ff02::1:ff00:0/104. */
    public static boolean isSolicitedNode(long hi, long lo) {
        return hi == LINK_SCOPE && lo >>> 24 == 0x1FF;
    }

    /** Low half of the group, behind {@link #LINK_SCOPE}, that the owner of an address listens to (RFC 4291 §2.7.1). */
    public static long solicitedNode(long lo) {
        return 0x1_FF00_0000L | lo & 0xFF_FFFF;
    }

    /** The MAC that stands for an IPv6 group (RFC 2464 §7). */
    public static long groupMac(long groupLo) {
        return 0x3333_0000_0000L | groupLo & 0xFFFF_FFFFL;
    }

    /** The interface identifier of a MAC (RFC 4291 appendix A): the low half of a link-local or autoconfigured address. */
    public static long interfaceId(long mac) {
        return (mac ^ 0x0200_0000_0000L) >>> 24 << 40 | 0xFF_FE00_0000L | mac & 0xFF_FFFF;
    }

    // ---- fields

    public static int flags(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + Icmp.REST_OFFSET);
    }

    public static long targetHi(ByteBuf buf, int at) {
        return buf.getLong(at + TARGET_OFFSET);
    }

    public static long targetLo(ByteBuf buf, int at) {
        return buf.getLong(at + TARGET_OFFSET + 8);
    }

    /** Seconds for which the sender of a router advertisement is a default router; 0 if it is none. */
    public static int routerLifetime(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + ROUTER_LIFETIME_OFFSET);
    }

    /** The hop limit that a router advises, 0 if it does not. */
    public static int advisedHopLimit(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + Icmp.REST_OFFSET);
    }

    // ---- options

    /** The first option of a type in a valid message, from {@code after} on, or -1; begin with {@code after} 0. */
    public static int option(Packet packet, int type, int after) {
        ByteBuf frame = packet.frame();
        int first = packet.l4() + optionsOffset(Icmp.type(frame, packet.l4()));
        int at = after == 0 ? first : after + optionLength(frame, after);
        while (at + 2 <= packet.end()) {
            int length = optionLength(frame, at);
            if (length == 0 || at + length > packet.end()) {
                return -1;
            }
            if (frame.getUnsignedByte(at) == type && length >= leastLength(type)) {
                return at;
            }
            at += length;
        }
        return -1;
    }

    private static int leastLength(int type) {
        return type == PREFIX_INFORMATION ? NdpPrefix.BYTES : LINK_OPTION_BYTES;
    }

    private static int optionLength(ByteBuf frame, int at) {
        return frame.getUnsignedByte(at + 1) << 3;
    }

    /** The MAC in a link address option of a message, or 0 if there is none. */
    public static long linkAddress(Packet packet, int type) {
        int at = option(packet, type, 0);
        return at < 0 ? 0 : Ethernet.mac(packet.frame(), at + 2);
    }

    /** The MTU in an MTU option. */
    public static long mtu(ByteBuf buf, int option) {
        return buf.getUnsignedInt(option + 4);
    }

    // ---- frames

    /**
     * A whole frame that asks who has {@code target}; the caller owns it. With source 0 it is a probe of Duplicate Address
     * Detection, which carries no MAC (RFC 4862 §5.4.2).
     *
     * @param to the MAC asked, or {@link Ethernet#BROADCAST} for the group of the target
     */
    public static ByteBuf solicitation(
            ByteBufAllocator allocator,
            long to,
            long mac,
            long srcHi,
            long srcLo,
            long targetHi,
            long targetLo) {
        boolean everybody = to == Ethernet.BROADCAST;
        long group = solicitedNode(targetLo);
        boolean probe = (srcHi | srcLo) == 0;
        ByteBuf frame =
                start(
                        allocator,
                        everybody ? groupMac(group) : to,
                        mac,
                        srcHi,
                        srcLo,
                        everybody ? LINK_SCOPE : targetHi,
                        everybody ? group : targetLo,
                        TARGETED_BYTES + (probe ? 0 : LINK_OPTION_BYTES));
        int at = at(frame);
        frame.setByte(at, NEIGHBOUR_SOLICITATION);
        target(frame, at, targetHi, targetLo);
        if (!probe) {
            linkOption(frame, at + TARGETED_BYTES, SOURCE_LINK_ADDRESS, mac);
        }
        return finish(frame);
    }

    /**
     * A whole frame that says that {@code target} is at {@code mac}; the caller owns it. With destination 0 it goes to every
     * node.
     *
     * @param to the MAC of the destination; ignored if that is every node
     * @param srcHi who says so, with {@code srcLo}: as a rule the target itself
     * @param flags of {@link #ROUTER}, {@link #SOLICITED}, {@link #OVERRIDE}
     */
    public static ByteBuf advertisement(
            ByteBufAllocator allocator,
            long to,
            long mac,
            long srcHi,
            long srcLo,
            long dstHi,
            long dstLo,
            long targetHi,
            long targetLo,
            int flags) {
        boolean everybody = (dstHi | dstLo) == 0;
        ByteBuf frame =
                start(
                        allocator,
                        everybody ? groupMac(ALL_NODES) : to,
                        mac,
                        srcHi,
                        srcLo,
                        everybody ? LINK_SCOPE : dstHi,
                        everybody ? ALL_NODES : dstLo,
                        TARGETED_BYTES + LINK_OPTION_BYTES);
        int at = at(frame);
        frame.setByte(at, NEIGHBOUR_ADVERTISEMENT);
        frame.setByte(at + Icmp.REST_OFFSET, flags);
        target(frame, at, targetHi, targetLo);
        linkOption(frame, at + TARGETED_BYTES, TARGET_LINK_ADDRESS, mac);
        return finish(frame);
    }

    /** A whole frame that asks every router to advertise; source 0 if we have no address yet; the caller owns it. */
    public static ByteBuf routerSolicitation(
            ByteBufAllocator allocator, long mac, long srcHi, long srcLo) {
        boolean nobody = (srcHi | srcLo) == 0;
        ByteBuf frame =
                start(
                        allocator,
                        groupMac(ALL_ROUTERS),
                        mac,
                        srcHi,
                        srcLo,
                        LINK_SCOPE,
                        ALL_ROUTERS,
                        SOLICIT_ROUTER_BYTES + (nobody ? 0 : LINK_OPTION_BYTES));
        int at = at(frame);
        frame.setByte(at, ROUTER_SOLICITATION);
        if (!nobody) {
            linkOption(frame, at + SOLICIT_ROUTER_BYTES, SOURCE_LINK_ADDRESS, mac);
        }
        return finish(frame);
    }

    private static ByteBuf start(
            ByteBufAllocator allocator,
            long to,
            long mac,
            long srcHi,
            long srcLo,
            long dstHi,
            long dstLo,
            int length) {
        int bytes = Ethernet.BYTES + Ipv6.BYTES + length;
        ByteBuf frame = Frames.allocate(allocator, bytes);
        int eth = frame.writerIndex();
        frame.writeZero(bytes);
        Ethernet.destination(frame, eth, to);
        Ethernet.source(frame, eth, mac);
        Ethernet.type(frame, eth, Ethernet.TYPE_IPV6);
        Ipv6.write(
                frame,
                eth + Ethernet.BYTES,
                0,
                length,
                Icmp.PROTOCOL_V6,
                HOP_LIMIT,
                srcHi,
                srcLo,
                dstHi,
                dstLo);
        return frame;
    }

    private static int at(ByteBuf frame) {
        return frame.readerIndex() + VirtioNet.BYTES + Ethernet.BYTES + Ipv6.BYTES;
    }

    private static void target(ByteBuf frame, int at, long hi, long lo) {
        frame.setLong(at + TARGET_OFFSET, hi);
        frame.setLong(at + TARGET_OFFSET + 8, lo);
    }

    private static void linkOption(ByteBuf frame, int at, int type, long mac) {
        frame.setByte(at, type);
        frame.setByte(at + 1, 1);
        Ethernet.mac(frame, at + 2, mac);
    }

    private static ByteBuf finish(ByteBuf frame) {
        int at = at(frame);
        int l3 = at - Ipv6.BYTES;
        long sum =
                Checksum.pseudoHeader6(
                                frame.getLong(l3 + Ipv6.SOURCE_OFFSET),
                                frame.getLong(l3 + Ipv6.SOURCE_OFFSET + 8),
                                frame.getLong(l3 + Ipv6.DESTINATION_OFFSET),
                                frame.getLong(l3 + Ipv6.DESTINATION_OFFSET + 8),
                                Icmp.PROTOCOL_V6,
                                frame.writerIndex() - at)
                        + Checksum.sum(frame, at, frame.writerIndex());
        frame.setShort(at + Icmp.CHECKSUM_OFFSET, Checksum.finish(sum));
        return frame;
    }
}
