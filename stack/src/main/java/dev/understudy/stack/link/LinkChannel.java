package dev.understudy.stack.link;

import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;

/**
 * A link: a Netty channel whose messages are frames as {@link dev.understudy.stack.wire.Frames} describes them.
 *
 * <p>Inbound, the frame's buffer is the link's receive buffer, released by whoever ends its way through the pipeline;
 * the link reads the next frame into the same memory unless somebody retained it. Outbound, a frame is written at once;
 * one that the device refuses is counted and dropped, as a network card does. {@code write} takes over the reference.
 */
public abstract class LinkChannel extends AbstractChannel {
    protected LinkChannel(Channel parent) {
        super(parent);
    }

    /** The name that configuration, events and screens use: {@code us0}. */
    public abstract String name();

    /** The address that frames of ours carry on this link, 48 bits, locally administered (IEEE 802 §8.2). */
    public abstract long mac();

    /** Longest IP datagram, in bytes, that the far side takes in one frame that is not a super-segment. */
    public abstract int mtu();

    /** Whether the far side takes partial checksums and super-segments; if not, a handler does the work first. */
    public abstract boolean offload();

    /** What this link has counted; written by its loop, readable from any thread. */
    public abstract LinkCounters counters();
}
