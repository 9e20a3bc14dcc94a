package dev.understudy.stack.link;

import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Copies every frame of one link to another and does nothing else: two links become one wire. It is the least that a
 * program on this path can do, and so the mark that the dispatcher's throughput is measured against.
 */
public final class FrameCopy extends ChannelInboundHandlerAdapter {
    private static final long UNCHANGED = -1;

    private final LinkChannel to;
    private final long source;
    private final long destination;

    private FrameCopy(LinkChannel to, long source, long destination) {
        this.to = to;
        this.source = source;
        this.destination = destination;
    }

    /** Frames cross byte for byte. */
    public static FrameCopy verbatim(LinkChannel to) {
        return new FrameCopy(to, UNCHANGED, UNCHANGED);
    }

    /** Frames get new Ethernet addresses, as from a router. */
    public static FrameCopy readdressed(LinkChannel to, long source, long destination) {
        return new FrameCopy(to, source, destination);
    }

    /** Copies both ways, byte for byte. Both links are on one loop. */
    public static void join(LinkChannel a, LinkChannel b) {
        a.pipeline().addLast(verbatim(b));
        b.pipeline().addLast(verbatim(a));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof ByteBuf frame)) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (source != UNCHANGED && frame.readableBytes() >= VirtioNet.BYTES + Ethernet.BYTES) {
            int eth = frame.readerIndex() + VirtioNet.BYTES;
            Ethernet.destination(frame, eth, destination);
            Ethernet.source(frame, eth, source);
        }
        to.send(frame);
    }
}
