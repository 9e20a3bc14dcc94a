package dev.understudy.tools.kernel;

import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.ArrayList;
import java.util.List;

/**
 * Sits where a link meets its device, and keeps every frame that passes, from its first byte on the wire to its last, as
 * hexadecimal text.
 */
final class FrameLog extends ChannelDuplexHandler {
    private final List<String> read = new ArrayList<>();
    private final List<String> written = new ArrayList<>();

    /** What the device gave, in order. */
    synchronized List<String> read() {
        return List.copyOf(read);
    }

    /** What the device got, in order. */
    synchronized List<String> written() {
        return List.copyOf(written);
    }

    synchronized void clear() {
        read.clear();
        written.clear();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        keep(message, read);
        ctx.fireChannelRead(message);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // it is the promise itself
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        keep(message, written);
        ctx.write(message, promise);
    }

    private synchronized void keep(Object message, List<String> log) {
        if (message instanceof ByteBuf frame) {
            int at = frame.readerIndex() + VirtioNet.BYTES;
            log.add(ByteBufUtil.hexDump(frame, at, frame.writerIndex() - at));
        }
    }
}
