package dev.understudy.dispatcher.attach;

import dev.understudy.stack.link.LoopTimer;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a link's pipeline, from which everything is plain method calls: parses each frame once, into one reused view,
 * hands it to its side, and releases it. The clock is read once for each batch, which takes a fraction of a millisecond and
 * costs more to time than to do; after it the deadlines are looked at.
 *
 * <p>Nothing from the wire throws; if something does, it is our mistake, and costs that frame and a line in the log (the
 * first, second, fourth, … time), not the link.
 */
final class FrameReceiver extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(FrameReceiver.class);

    /** Where frames go. */
    interface Sink {
        /** One frame, parsed as far as {@code parse} says. It stays the receiver's: whoever keeps it retains it. */
        void frame(Packet packet, Packet.Parse parse, long now);
    }

    private final Sink sink;
    private final LoopTimer timer;
    private final Packet packet = new Packet();
    private boolean inBatch;
    private long now;
    private long failures;

    FrameReceiver(Sink sink, LoopTimer timer) {
        this.sink = sink;
        this.timer = timer;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf frame = (ByteBuf) message;
        if (!inBatch) {
            inBatch = true;
            now = timer.now();
        }
        try {
            sink.frame(packet, packet.parse(frame), now);
        } catch (RuntimeException e) {
            failures++;
            if (Long.bitCount(failures) == 1) {
                LOG.error("a frame on {} was dropped by a fault of ours", context.channel(), e);
            }
        } finally {
            frame.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        inBatch = false;
        timer.check();
    }

    /** Frames lost to faults of ours. */
    long failures() {
        return failures;
    }
}
