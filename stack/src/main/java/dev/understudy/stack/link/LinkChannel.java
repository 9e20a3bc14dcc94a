package dev.understudy.stack.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelId;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A link: a Netty channel whose messages are frames as {@link dev.understudy.stack.wire.Frames} describes them.
 *
 * <p>Inbound, the frame's buffer is the link's receive buffer, released by whoever ends its way through the pipeline;
 * the link reads the next frame into the same memory unless somebody retained it. Outbound, a frame is written at once;
 * one that the device refuses is counted and dropped, as a network card does. {@code write} takes over the reference,
 * {@code flush} does nothing, and the channel is always writable. {@link #send} is the way to write that allocates
 * nothing.
 *
 * <p>There is no {@link ChannelOutboundBuffer} on the way: it would hold every frame of a batch until the flush, so that
 * no receive buffer could be used again, and a stale frame helps nobody when a device is busy.
 *
 * <p>Everything but the counters is called on the link's loop only.
 */
public abstract class LinkChannel extends AbstractChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false);
    private static final long LOCALLY_ADMINISTERED = 0x0200_0000_0000L;
    private static final long GROUP_AND_LOCAL_BITS = 0x0300_0000_0000L;

    private final ChannelConfig config = new DefaultChannelConfig(this);
    private final LinkCounters counters = new LinkCounters();
    private DirectUnsafe direct;

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

    /**
     * Whether the far side takes bare IP: there is one neighbour, nobody is asked for MACs, and those in frames are of our
     * own making.
     */
    public boolean bare() {
        return false;
    }

    /** What this link has counted; written by its loop, readable from any thread. */
    public final LinkCounters counters() {
        return counters;
    }

    /** Writes a frame through the pipeline, taking over its reference. Allocates nothing and reports nothing. */
    @SuppressWarnings("FutureReturnValueIgnored") // it is the void promise, which never completes
    public final void send(ByteBuf frame) {
        pipeline().write(frame, voidPromise());
    }

    /** What a handler on a link does with a write that it lets through; who made the promise watches it. */
    @SuppressWarnings("FutureReturnValueIgnored") // it is the promise itself
    static void pass(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        ctx.write(message, promise);
    }

    /** Hands one frame to the device, or counts it as dropped. The reference stays with the caller. */
    protected abstract void transmit(ByteBuf frame);

    /**
     * Reads the frames that wait now, up to the budget of one turn, rather than when the loop gets there.
     *
     * @return whether more may wait
     */
    boolean readWaiting() {
        return false;
    }

    /** An address that stays the same for this machine and link name, so that neighbours' caches outlive a restart. */
    static long stableMac(String machine, String name) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest((machine + '\n' + name).getBytes(StandardCharsets.UTF_8));
            long mac = 0;
            for (int i = 0; i < 6; i++) {
                mac = mac << 8 | digest[i] & 0xFF;
            }
            return mac & ~GROUP_AND_LOCAL_BITS | LOCALLY_ADMINISTERED;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public final ChannelConfig config() {
        return config;
    }

    @Override
    public final ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    protected final SocketAddress localAddress0() {
        return null;
    }

    @Override
    protected final SocketAddress remoteAddress0() {
        return null;
    }

    @Override
    protected final void doBind(SocketAddress localAddress) {
        throw new UnsupportedOperationException("a link has no address to bind");
    }

    @Override
    protected final void doDisconnect() throws Exception {
        doClose();
    }

    @Override
    protected final void doWrite(ChannelOutboundBuffer in) {
        throw new IllegalStateException("links write at once");
    }

    @Override
    protected final AbstractUnsafe newUnsafe() {
        return new LinkUnsafe();
    }

    /** Not Netty's own kind, which looks the machine's hardware addresses and host name up when the first one is made. */
    @Override
    protected final ChannelId newId() {
        return new LinkId(ThreadLocalRandom.current().nextLong());
    }

    /** Made on first use, which is while the superclass builds the pipeline and fields of this one are not there yet. */
    @Override
    public final Unsafe unsafe() {
        if (direct == null) {
            direct = new DirectUnsafe(super.unsafe());
        }
        return direct;
    }

    @Override
    public final String toString() {
        return name();
    }

    private record LinkId(long value) implements ChannelId {
        @Override
        public String asShortText() {
            return Long.toHexString(value);
        }

        @Override
        public String asLongText() {
            return asShortText();
        }

        @Override
        public int compareTo(ChannelId other) {
            return asShortText().compareTo(other.asShortText());
        }
    }

    private final class LinkUnsafe extends AbstractUnsafe {
        @Override
        public void connect(
                SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
            safeSetFailure(
                    promise, new UnsupportedOperationException("a link has nothing to connect to"));
        }
    }

    /** Netty's own, except that a write goes to the device without a queue. */
    private final class DirectUnsafe extends ForwardingUnsafe {
        DirectUnsafe(Unsafe unsafe) {
            super(unsafe);
        }

        @Override
        public void write(Object message, ChannelPromise promise) {
            if (!(message instanceof ByteBuf frame)) {
                ReferenceCountUtil.release(message);
                promise.tryFailure(
                        new UnsupportedOperationException("a link carries frames, not " + message));
                return;
            }
            boolean active = isActive();
            try {
                if (active) {
                    transmit(frame);
                } else {
                    counters.dropped();
                }
            } finally {
                frame.release();
            }
            if (promise.isVoid()) {
                return;
            }
            if (active) {
                promise.trySuccess();
            } else {
                promise.tryFailure(new ClosedChannelException());
            }
        }

        @Override
        public void flush() {
            // Nothing waits.
        }
    }
}
