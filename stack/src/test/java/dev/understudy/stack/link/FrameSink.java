package dev.understudy.stack.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.List;

/** The end of a link in a test: keeps what arrives, and when. Each frame belongs to the sink until {@link #clear}. */
public final class FrameSink extends ChannelInboundHandlerAdapter {
    private final List<ByteBuf> frames = new ArrayList<>();
    private final List<Long> times = new ArrayList<>();

    /** A sink at the end of a link's pipeline. */
    public static FrameSink at(LinkChannel link) {
        FrameSink sink = new FrameSink();
        link.pipeline().addLast(sink);
        return sink;
    }

    public List<ByteBuf> frames() {
        return frames;
    }

    /** Ticker nanoseconds of each arrival. */
    public List<Long> times() {
        return times;
    }

    public void clear() {
        frames.forEach(ByteBuf::release);
        frames.clear();
        times.clear();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        frames.add((ByteBuf) message);
        times.add(ctx.executor().ticker().nanoTime());
    }
}
