package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** The ARP packet for IPv4 over Ethernet (RFC 826). Positions are those of the packet, behind any VLAN tags. */
public final class Arp {
    public static final int BYTES = 28;
    public static final int HARDWARE_TYPE_OFFSET = 0;
    public static final int PROTOCOL_TYPE_OFFSET = 2;
    public static final int LENGTHS_OFFSET = 4;
    public static final int OPERATION_OFFSET = 6;
    public static final int SENDER_MAC_OFFSET = 8;
    public static final int SENDER_ADDRESS_OFFSET = 14;
    public static final int TARGET_MAC_OFFSET = 18;
    public static final int TARGET_ADDRESS_OFFSET = 24;

    public static final int REQUEST = 1;
    public static final int REPLY = 2;

    /** Shortest Ethernet frame, without FCS (IEEE 802.3 §3.2.8). */
    private static final int MIN_ETHERNET_BYTES = 60;

    private static final int ETHERNET_AND_IPV4 = 0x0001_0800;
    private static final int LENGTHS = 0x0604;

    private Arp() {}

    /** Whether {@code [at, limit)} holds a request or reply for IPv4 over Ethernet. */
    public static boolean isValid(ByteBuf buf, int at, int limit) {
        if (limit - at < BYTES
                || buf.getInt(at + HARDWARE_TYPE_OFFSET) != ETHERNET_AND_IPV4
                || buf.getUnsignedShort(at + LENGTHS_OFFSET) != LENGTHS) {
            return false;
        }
        int operation = operation(buf, at);
        return operation == REQUEST || operation == REPLY;
    }

    public static int operation(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + OPERATION_OFFSET);
    }

    public static long senderMac(ByteBuf buf, int at) {
        return Ethernet.mac(buf, at + SENDER_MAC_OFFSET);
    }

    /** The sender's IPv4 address; 0 in a probe (RFC 5227 §1.1). */
    public static int senderAddress(ByteBuf buf, int at) {
        return buf.getInt(at + SENDER_ADDRESS_OFFSET);
    }

    public static long targetMac(ByteBuf buf, int at) {
        return Ethernet.mac(buf, at + TARGET_MAC_OFFSET);
    }

    public static int targetAddress(ByteBuf buf, int at) {
        return buf.getInt(at + TARGET_ADDRESS_OFFSET);
    }

    /** A whole frame with an ARP packet, padded as Ethernet asks; the caller owns it. */
    public static ByteBuf frame(
            ByteBufAllocator allocator,
            long destination,
            int operation,
            long senderMac,
            int senderAddress,
            long targetMac,
            int targetAddress) {
        ByteBuf frame = Frames.allocate(allocator, MIN_ETHERNET_BYTES);
        int eth = frame.writerIndex();
        frame.writeZero(MIN_ETHERNET_BYTES);
        Ethernet.destination(frame, eth, destination);
        Ethernet.source(frame, eth, senderMac);
        Ethernet.type(frame, eth, Ethernet.TYPE_ARP);
        int at = eth + Ethernet.BYTES;
        frame.setInt(at + HARDWARE_TYPE_OFFSET, ETHERNET_AND_IPV4);
        frame.setShort(at + LENGTHS_OFFSET, LENGTHS);
        frame.setShort(at + OPERATION_OFFSET, operation);
        Ethernet.mac(frame, at + SENDER_MAC_OFFSET, senderMac);
        frame.setInt(at + SENDER_ADDRESS_OFFSET, senderAddress);
        Ethernet.mac(frame, at + TARGET_MAC_OFFSET, targetMac);
        frame.setInt(at + TARGET_ADDRESS_OFFSET, targetAddress);
        return frame;
    }
}
