package dev.understudy.dispatcher.attach;

import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;

/** A link without a far side: a test pushes frames in, and takes out what was written, at once and on one thread. */
final class TestLink extends LinkChannel {
    private final String name;
    private final long mac;
    private final int mtu;
    private boolean open = true;
    private boolean active;

    /** Copies of what was written. */
    final List<ByteBuf> sent = new ArrayList<>();

    /** Whether copies are kept. */
    boolean keep = true;

    TestLink(String name, long mac, int mtu) {
        super(null);
        this.name = name;
        this.mac = mac;
        this.mtu = mtu;
    }

    /** A frame comes in; its reference is taken over. */
    void receive(ByteBuf frame) {
        pipeline().fireChannelRead(frame);
        pipeline().fireChannelReadComplete();
    }

    /** The only frame written since the last call. */
    ByteBuf only() {
        if (sent.size() != 1) {
            throw new AssertionError(sent.size() + " frames were written to " + name);
        }
        return sent.remove(0);
    }

    /** All frames written since the last call. */
    List<ByteBuf> take() {
        List<ByteBuf> all = List.copyOf(sent);
        sent.clear();
        return all;
    }

    @Override
    protected void transmit(ByteBuf frame) {
        if (keep) {
            sent.add(Frames.copy(TestPackets.ALLOCATOR, frame));
        }
        counters().sent(frame.readableBytes());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long mac() {
        return mac;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public boolean offload() {
        return true;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return active && open;
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        active = true;
        promise.setSuccess();
    }

    @Override
    protected void doBeginRead() {
        // Frames come when the test sends them.
    }

    @Override
    protected void doClose() {
        open = false;
    }
}
