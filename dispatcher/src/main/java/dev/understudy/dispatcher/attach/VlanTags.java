package dev.understudy.dispatcher.attach;

import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;

/**
 * The tags of a frame (IEEE 802.1Q §9) as one long: 0 for none, one tag in the low half, or the outer of two in the high
 * half. A packet of our own gets those that its client uses.
 */
final class VlanTags {
    private static final int TAG_BYTES = 4;
    private static final int MAC_BYTES = 12;

    private VlanTags() {}

    /** The tags of a parsed frame. */
    static long of(Packet packet) {
        int first = packet.eth() + Ethernet.TYPE_OFFSET;
        return switch (packet.l3() - packet.eth() - Ethernet.BYTES) {
            case TAG_BYTES -> packet.frame().getUnsignedInt(first);
            case 2 * TAG_BYTES -> packet.frame().getLong(first);
            default -> 0;
        };
    }

    /**
     * Puts tags into a frame that has none, moving its virtio header and MACs into the headroom. A view on the frame must
     * be parsed anew.
     *
     * @return false, with nothing changed, if there is no headroom
     */
    static boolean insert(ByteBuf frame, long tags) {
        if (tags == 0) {
            return true;
        }
        boolean two = tags >>> 32 != 0;
        int bytes = two ? 2 * TAG_BYTES : TAG_BYTES;
        int base = frame.readerIndex();
        if (base < bytes) {
            return false;
        }
        for (int at = base; at < base + VirtioNet.BYTES + MAC_BYTES; at++) {
            frame.setByte(at - bytes, frame.getByte(at));
        }
        int moved = base - bytes;
        frame.readerIndex(moved);
        int at = moved + VirtioNet.BYTES + MAC_BYTES;
        if (two) {
            frame.setLong(at, tags);
        } else {
            frame.setInt(at, (int) tags);
        }
        if ((VirtioNet.flags(frame, moved) & VirtioNet.NEEDS_CSUM) != 0) {
            VirtioNet.csumStart(frame, moved, VirtioNet.csumStart(frame, moved) + bytes);
        }
        if (VirtioNet.gsoType(frame, moved) != VirtioNet.GSO_NONE) {
            VirtioNet.hdrLen(frame, moved, VirtioNet.hdrLen(frame, moved) + bytes);
        }
        return true;
    }
}
