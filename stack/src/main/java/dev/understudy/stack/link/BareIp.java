package dev.understudy.stack.link;

import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;

/**
 * Frames for a device that has no Ethernet (TUN): above the link every frame looks the same, so that one datapath serves
 * both. What comes gets an Ethernet header from the one neighbour there is; what goes loses it. Only the virtio header is
 * moved, whose offsets count from where the packet begins; the packet itself stays where it is.
 *
 * <pre>
 *   frame    │ virtio 12 │ Ethernet 14   │ IP …
 *   device                 │ virtio 12   │ IP …
 * </pre>
 */
final class BareIp {
    /** Where in a receive buffer the device's bytes go. */
    static final int BEGIN = Frames.HEADROOM + Ethernet.BYTES;

    /** The far side, as it appears in frames: locally administered, and nobody's. */
    static final long NEIGHBOUR = 0x0200_0000_0001L;

    private BareIp() {}

    /** Makes a frame of what a device gave: {@link #BEGIN} is its reader index, and {@link Frames#HEADROOM} afterwards. */
    static void toFrame(ByteBuf frame, long mac) {
        int at = frame.readerIndex();
        int base = at - Ethernet.BYTES;
        int eth = base + VirtioNet.BYTES;
        move(frame, at, base);
        frame.readerIndex(base);
        shift(frame, base, Ethernet.BYTES);
        int ip = eth + Ethernet.BYTES;
        boolean six = frame.writerIndex() > ip && frame.getUnsignedByte(ip) >> 4 == 6;
        Ethernet.destination(frame, eth, mac);
        Ethernet.source(frame, eth, NEIGHBOUR);
        Ethernet.type(frame, eth, six ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4);
    }

    /** Whether a frame bears an IP packet right behind its Ethernet header. */
    static boolean isIp(ByteBuf frame) {
        if (frame.readableBytes() <= VirtioNet.BYTES + Ethernet.BYTES) {
            return false;
        }
        int type = Ethernet.type(frame, frame.readerIndex() + VirtioNet.BYTES);
        return type == Ethernet.TYPE_IPV4 || type == Ethernet.TYPE_IPV6;
    }

    /** Puts the virtio header right before the packet; {@link #restore} undoes it. The reader index is at it then. */
    static void toDevice(ByteBuf frame) {
        int base = frame.readerIndex();
        int at = base + Ethernet.BYTES;
        move(frame, base, at);
        frame.readerIndex(at);
        shift(frame, at, -Ethernet.BYTES);
    }

    /**
     * Makes a frame again of what was written.
     *
     * @param ethernet the first eight bytes of its Ethernet header
     * @param rest the eight from the seventh on
     */
    static void restore(ByteBuf frame, long ethernet, long rest) {
        int at = frame.readerIndex();
        int base = at - Ethernet.BYTES;
        move(frame, at, base);
        shift(frame, base, Ethernet.BYTES);
        frame.setLong(base + VirtioNet.BYTES, ethernet);
        frame.setLong(base + VirtioNet.BYTES + 6, rest);
        frame.readerIndex(base);
    }

    private static void move(ByteBuf frame, int from, int to) {
        long head = frame.getLong(from);
        int tail = frame.getInt(from + 8);
        frame.setLong(to, head);
        frame.setInt(to + 8, tail);
    }

    private static void shift(ByteBuf frame, int base, int by) {
        if ((VirtioNet.flags(frame, base) & VirtioNet.NEEDS_CSUM) != 0) {
            VirtioNet.csumStart(frame, base, VirtioNet.csumStart(frame, base) + by);
        }
        int hdrLen = VirtioNet.hdrLen(frame, base);
        if (hdrLen != 0) {
            VirtioNet.hdrLen(frame, base, Math.max(0, hdrLen + by));
        }
    }
}
