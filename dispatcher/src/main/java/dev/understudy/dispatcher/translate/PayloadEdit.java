package dev.understudy.dispatcher.translate;

import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Gives TCP segments other payloads. The packet becomes a view on a frame of ours, which is used again for the next one
 * unless somebody has kept it; whoever keeps it retains it, as with any frame.
 */
public final class PayloadEdit {
    private static final int CAPACITY = Frames.HEADROOM + Frames.MAX_BYTES;

    private final ByteBufAllocator allocator;
    private ByteBuf frame;

    public PayloadEdit(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** Leaves a segment's headers, without its payload and its FIN. */
    public void strip(Packet packet) {
        ByteBuf bare = empty();
        bare.setIndex(Frames.HEADROOM, Frames.HEADROOM);
        bare.writeZero(VirtioNet.BYTES);
        bare.writeBytes(packet.frame(), packet.eth(), packet.payload() - packet.eth());
        int flags = packet.l4() - packet.base() + Frames.HEADROOM + Tcp.FLAGS_OFFSET;
        bare.setByte(flags, bare.getByte(flags) & ~Tcp.FIN);
        view(packet, bare, packet.l3() - packet.base() + Frames.HEADROOM, packet.isIpv6());
    }

    /**
     * Puts a payload into a segment that {@link #strip} has left bare.
     *
     * @param seq of its first byte
     * @param fin whether the stream ends behind it
     * @param slice longest payload of one packet: a longer one becomes a super-segment
     */
    public void fill(
            Packet packet, int seq, byte[] bytes, int from, int length, boolean fin, int slice) {
        ByteBuf filled = packet.frame();
        packet.seq(seq);
        filled.writerIndex(packet.payload());
        filled.writeBytes(bytes, from, length);
        if (fin) {
            packet.flags(packet.flags() | Tcp.FIN);
        }
        int options = packet.tcpHeaderLength() - Tcp.MIN_BYTES;
        view(packet, filled, packet.l3(), packet.isIpv6());
        SegmentEdit.fit(packet, slice + options);
    }

    private static void view(Packet packet, ByteBuf whole, int l3, boolean ipv6) {
        int length = whole.writerIndex() - l3;
        if (ipv6) {
            whole.setShort(l3 + Ipv6.PAYLOAD_LENGTH_OFFSET, length - Ipv6.BYTES);
        } else {
            whole.setShort(l3 + Ipv4.TOTAL_LENGTH_OFFSET, length);
            Ipv4.fixChecksum(whole, l3);
        }
        packet.parse(whole);
        packet.fillChecksum();
    }

    private ByteBuf empty() {
        if (frame != null) {
            if (frame.refCnt() == 1) {
                return frame;
            }
            frame.release();
        }
        frame = allocator.directBuffer(CAPACITY, CAPACITY);
        return frame;
    }

    /** Lets the frame go. */
    public void release() {
        if (frame != null) {
            frame.release();
            frame = null;
        }
    }
}
