package dev.understudy.stack.host;

import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.link.LoopTimer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins a {@link Host} to a link: the last handler of the link's pipeline, with the loop's clock and one timer. The host
 * starts when the link is up, and ends with it. A fault of ours costs the frame that showed it, and is logged.
 */
public final class HostLink extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(HostLink.class);

    private final LinkChannel link;
    private final Host host;
    private LoopTimer timer;
    private long failures;

    private HostLink(LinkChannel link, HostConfig config, int mtu, RandomGenerator random) {
        this.link = link;
        host = new Host(config, link.mac(), mtu, link.alloc(), link::send, random);
    }

    /**
     * Puts a host on a link, which may be registered with its loop before or after.
     *
     * @param random draws the host's secrets; see {@link Host}
     */
    public static HostLink attach(LinkChannel link, HostConfig config, RandomGenerator random) {
        return attach(link, config, link.mtu(), random);
    }

    /** As {@link #attach(LinkChannel, HostConfig, RandomGenerator)}, where the link's MTU is known to be another one. */
    public static HostLink attach(
            LinkChannel link, HostConfig config, int mtu, RandomGenerator random) {
        HostLink joint = new HostLink(link, config, mtu, random);
        link.pipeline().addLast("host", joint);
        return joint;
    }

    public Host host() {
        return host;
    }

    public LinkChannel link() {
        return link;
    }

    /** The loop on which everything here happens. */
    public EventLoop loop() {
        return link.eventLoop();
    }

    /** The loop's time in nanoseconds. */
    public long now() {
        return link.eventLoop().ticker().nanoTime();
    }

    /** To be called after whatever may have given the host an earlier deadline: a connect, a write. Cheap. */
    public void check() {
        if (timer != null) {
            timer.check();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        if (context.channel().isActive()) {
            start();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        start();
        context.fireChannelActive();
    }

    private void start() {
        if (timer == null) {
            timer = new LoopTimer(loop(), loop().ticker());
            timer.add(host);
            host.start(now());
            check();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (timer != null) {
            timer.close();
        }
        host.close(now());
        context.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf frame)) {
            ReferenceCountUtil.release(message);
            return;
        }
        try {
            host.frame(frame, now());
        } catch (RuntimeException e) {
            failures++;
            if (Long.bitCount(failures) == 1) {
                LOG.error("a frame on {} was dropped by a fault of ours", link.name(), e);
            }
        } finally {
            frame.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        check();
        context.fireChannelReadComplete();
    }

    /** Frames lost to faults of ours. */
    public long failures() {
        return failures;
    }
}
