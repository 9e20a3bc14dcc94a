package dev.understudy.stack.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Makes a bad network of a link, in each direction by its own {@link Impairment}, which may be changed at any time on
 * the link's loop. Time is the loop's ticker and chance comes from a seed: on a loop with virtual time the same run
 * gives the same losses. Many kernels have no netem, hence this.
 *
 * <p>Belongs first in the pipeline ({@code addFirst}), next to the device, so that it sees frames as they are on the
 * wire: on a link without offload, slices and not super-segments. Where offload is on, one lost frame may be a whole
 * super-segment.
 */
public final class ImpairmentHandler extends ChannelDuplexHandler {
    private final ImpairmentQueue in;
    private final ImpairmentQueue out;
    private FrameTimer timer;
    private Consumer<ByteBuf> upward;
    private Consumer<ByteBuf> downward;

    /** A network that does nothing yet; each direction draws from a sequence of its own. */
    public ImpairmentHandler(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        in = new ImpairmentQueue(random.split());
        out = new ImpairmentQueue(random);
    }

    /** Frames that the link reads. */
    public ImpairmentHandler inbound(Impairment impairment) {
        in.impairment(impairment);
        return this;
    }

    /** Frames that are written to the link. */
    public ImpairmentHandler outbound(Impairment impairment) {
        out.impairment(impairment);
        return this;
    }

    /** Both directions. */
    public ImpairmentHandler both(Impairment impairment) {
        return inbound(impairment).outbound(impairment);
    }

    public Impairment inbound() {
        return in.impairment();
    }

    public Impairment outbound() {
        return out.impairment();
    }

    public ImpairmentCounters inboundCounters() {
        return in.counters();
    }

    public ImpairmentCounters outboundCounters() {
        return out.counters();
    }

    @Override
    public void channelRegistered(ChannelHandlerContext ctx) {
        ready(ctx);
        ctx.fireChannelRegistered();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel().isRegistered()) {
            ready(ctx);
        }
    }

    private void ready(ChannelHandlerContext ctx) {
        if (timer == null) {
            upward = ctx::fireChannelRead;
            downward = frame -> LinkChannel.pass(ctx, frame, ctx.voidPromise());
            timer = new FrameTimer(ctx.executor(), now -> releaseDue(ctx, now));
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        end();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
        ctx.fireChannelInactive();
    }

    private void end() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        in.releaseAll();
        out.releaseAll();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf frame) {
            in.offer(frame, timer.now(), ctx.alloc(), upward);
            arm();
        } else {
            ctx.fireChannelRead(message);
        }
    }

    /** The promise is kept as soon as the frame is here: a sender does not learn what a network does to a frame. */
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf frame && timer != null) {
            out.offer(frame, timer.now(), ctx.alloc(), downward);
            arm();
            promise.trySuccess();
        } else {
            LinkChannel.pass(ctx, message, promise);
        }
    }

    private void arm() {
        if (timer == null) {
            return;
        }
        long next = Math.min(in.nextDeadline(), out.nextDeadline());
        if (next != Long.MAX_VALUE) {
            timer.arm(next);
        }
    }

    private void releaseDue(ChannelHandlerContext ctx, long now) {
        out.release(now, downward);
        if (in.release(now, upward)) {
            ctx.fireChannelReadComplete();
        }
        arm();
    }
}
