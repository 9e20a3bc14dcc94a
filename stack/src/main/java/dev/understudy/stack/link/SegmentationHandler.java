package dev.understudy.stack.link;

import dev.understudy.stack.wire.Checksum;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Does in software what a link without offload does not do: fills partial checksums in, and slices TCP super-segments
 * (IPv4 and IPv6) into frames of the MTU. What goes on has an all-zero virtio header.
 *
 * <p>Every slice repeats the headers. The IPv4 identification counts up (RFC 6864 lets it, and receivers that merge
 * segments look for it), the sequence number advances, FIN and PSH stay on the last slice only, CWR on the first (RFC
 * 3168 §6.1.2: one reduction is told once), and every checksum is computed anew.
 *
 * <p>UDP super-segments are not sliced: no link of ours asks for them. One is dropped and counted, as is a TCP one with
 * lengths that cannot be.
 */
public final class SegmentationHandler extends ChannelOutboundHandlerAdapter {
    private static final int LAST_ONLY = Tcp.FIN | Tcp.PSH;

    private final Packet packet = new Packet();
    private ByteBuf slice;
    private long unsliceable;

    /** Super-segments dropped because they are not well-formed TCP. */
    public long unsliceable() {
        return unsliceable;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (slice != null) {
            slice.release();
            slice = null;
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!(message instanceof ByteBuf frame)) {
            LinkChannel.pass(ctx, message, promise);
            return;
        }
        int base = frame.readerIndex();
        if (frame.readableBytes() < VirtioNet.BYTES) {
            LinkChannel.pass(ctx, frame, promise);
        } else if (VirtioNet.gsoType(frame, base) != VirtioNet.GSO_NONE) {
            try {
                slice(ctx, frame, promise);
            } finally {
                frame.release();
            }
        } else {
            VirtioNet.completeChecksum(frame, base);
            VirtioNet.clear(frame, base);
            LinkChannel.pass(ctx, frame, promise);
        }
    }

    private void slice(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise) {
        Packet.Parse parsed = packet.parse(frame);
        int size = packet.isTcp() && !packet.isFragment() ? packet.gsoSize() : 0;
        int type = VirtioNet.gsoType(frame, frame.readerIndex()) & ~VirtioNet.GSO_ECN;
        boolean tcp = type == VirtioNet.GSO_TCPV4 || type == VirtioNet.GSO_TCPV6;
        if (parsed != Packet.Parse.OK || !tcp || size <= 0) {
            unsliceable++;
            if (ctx.channel() instanceof LinkChannel link) {
                link.counters().dropped();
            }
            promise.trySuccess();
            return;
        }
        int length = packet.payloadLength();
        int offset = 0;
        int index = 0;
        do {
            int bytes = Math.min(size, length - offset);
            boolean last = offset + bytes >= length;
            ByteBuf out = emptyBuffer(ctx);
            write(out, offset, bytes, index, last);
            LinkChannel.pass(ctx, out.retain(), last ? promise : ctx.voidPromise());
            offset += bytes;
            index++;
        } while (offset < length);
    }

    /** The buffer of the last slice if the link is done with it, as a rule it is, else a new one. */
    private ByteBuf emptyBuffer(ChannelHandlerContext ctx) {
        int needed =
                Frames.HEADROOM
                        + (packet.payload() - packet.base())
                        + Math.min(packet.gsoSize(), packet.payloadLength());
        if (slice != null) {
            if (slice.refCnt() == 1 && slice.capacity() >= needed) {
                return slice;
            }
            slice.release();
        }
        slice = ctx.alloc().directBuffer(needed, needed);
        return slice;
    }

    private void write(ByteBuf out, int offset, int bytes, int index, boolean last) {
        ByteBuf frame = packet.frame();
        int base = packet.base();
        int headers = packet.payload() - base;
        int l3 = Frames.HEADROOM + (packet.l3() - base);
        int l4 = Frames.HEADROOM + (packet.l4() - base);
        int end = Frames.HEADROOM + headers + bytes;
        out.setIndex(Frames.HEADROOM, end);
        out.setBytes(Frames.HEADROOM, frame, base, headers);
        out.setBytes(Frames.HEADROOM + headers, frame, packet.payload() + offset, bytes);
        VirtioNet.clear(out, Frames.HEADROOM);

        int flags = packet.flags();
        if (!last) {
            flags &= ~LAST_ONLY;
        }
        if (index > 0) {
            flags &= ~Tcp.CWR;
        }
        out.setInt(l4 + Tcp.SEQ_OFFSET, packet.seq() + offset);
        out.setByte(l4 + Tcp.FLAGS_OFFSET, flags);
        out.setShort(l4 + Tcp.CHECKSUM_OFFSET, 0);
        long pseudo;
        if (packet.isIpv6()) {
            out.setShort(l3 + Ipv6.PAYLOAD_LENGTH_OFFSET, end - l3 - Ipv6.BYTES);
            pseudo =
                    Checksum.pseudoHeader6(
                            packet.srcHi(),
                            packet.srcLo(),
                            packet.dstHi(),
                            packet.dstLo(),
                            Tcp.PROTOCOL,
                            end - l4);
        } else {
            out.setShort(l3 + Ipv4.TOTAL_LENGTH_OFFSET, end - l3);
            out.setShort(l3 + Ipv4.IDENTIFICATION_OFFSET, Ipv4.identification(out, l3) + index);
            Ipv4.fixChecksum(out, l3);
            pseudo =
                    Checksum.pseudoHeader4(
                            Ipv4.source(out, l3),
                            Ipv4.destination(out, l3),
                            Tcp.PROTOCOL,
                            end - l4);
        }
        out.setShort(
                l4 + Tcp.CHECKSUM_OFFSET, Checksum.finish(pseudo + Checksum.sum(out, l4, end)));
    }
}
