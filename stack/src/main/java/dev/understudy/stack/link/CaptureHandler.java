package dev.understudy.stack.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * Records what crosses a link at this place of its pipeline, both ways. First in the pipeline it sees what the device
 * sees; behind an {@link ImpairmentHandler}, what we see. Several links may share one {@link PcapngWriter}.
 *
 * <p>Time stamps are the loop's ticker plus a constant, so that a capture of virtual time shows virtual time.
 */
public final class CaptureHandler extends ChannelDuplexHandler {
    private final PcapngWriter writer;
    private final int link;
    private final long epochMinusTicker;

    /**
     * @param writer stays the caller's to close
     * @param name what the capture calls the link
     * @param epochMinusTicker nanoseconds to be added to the loop's ticker to give nanoseconds since 1970
     */
    public CaptureHandler(PcapngWriter writer, String name, long epochMinusTicker) {
        this.writer = writer;
        this.link = writer.addInterface(name);
        this.epochMinusTicker = epochMinusTicker;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        record(ctx, message, false);
        ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        record(ctx, message, true);
        LinkChannel.pass(ctx, message, promise);
    }

    private void record(ChannelHandlerContext ctx, Object message, boolean outbound) {
        if (message instanceof ByteBuf frame) {
            long now = ctx.executor().ticker().nanoTime() + epochMinusTicker;
            writer.record(link, now, frame, outbound, "");
        }
    }
}
