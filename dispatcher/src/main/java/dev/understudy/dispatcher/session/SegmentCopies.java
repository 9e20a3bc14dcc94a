package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.translate.SegmentEdit;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Copies of segments that are kept, whole and cut. */
final class SegmentCopies {
    private final ByteBufAllocator allocator;
    private final Packet made = new Packet();

    SegmentCopies(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** One past the last sequence number of a kept segment. */
    int endOf(ByteBuf frame) {
        made.parse(frame);
        return made.seq() + made.segmentLength();
    }

    /** A view of a kept segment, good until the next one is looked at. */
    Packet parsed(ByteBuf frame) {
        made.parse(frame);
        return made;
    }

    /** A copy of a segment's first bytes, without what follows and its FIN; null if there are none. The caller owns it. */
    ByteBuf first(Packet packet, int length) {
        if (length <= 0 || packet.payloadLength() == 0) {
            return null;
        }
        ByteBuf copy = Frames.copy(allocator, packet.frame());
        made.parse(copy);
        SegmentEdit.truncate(made, Math.min(length, made.payloadLength()));
        return copy;
    }

    /** A copy of a segment without its first bytes; the caller owns it. */
    ByteBuf without(Packet packet, int length) {
        ByteBuf copy = Frames.copy(allocator, packet.frame());
        made.parse(copy);
        SegmentEdit.behead(made, length);
        return copy;
    }

    /** A SYN as it came, without its data; the caller owns it. */
    ByteBuf bareSyn(Packet syn) {
        int from = syn.l4() + Tcp.MIN_BYTES;
        TcpOptionWriter copied = new TcpOptionWriter().raw(syn.frame(), from, syn.payload() - from);
        return new PacketBuilder(allocator)
                .macs(syn.srcMac(), syn.dstMac())
                .tcp(
                        syn.srcHi(),
                        syn.srcLo(),
                        syn.srcPort(),
                        syn.dstHi(),
                        syn.dstLo(),
                        syn.dstPort(),
                        syn.seq(),
                        0,
                        syn.flags(),
                        syn.window(),
                        copied,
                        null);
    }
}
