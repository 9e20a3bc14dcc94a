package dev.understudy.stack.link;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.CompletableFuture;

/** Completes a future once so many frames have arrived. */
final class Counter extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Integer> reached;
    private final int target;
    private int count;

    Counter(CompletableFuture<Integer> reached, int target) {
        this.reached = reached;
        this.target = target;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
        if (++count == target) {
            reached.complete(count);
        }
    }
}
