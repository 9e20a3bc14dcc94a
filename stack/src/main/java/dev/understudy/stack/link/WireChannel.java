package dev.understudy.stack.link;

import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;

/**
 * One end of a {@link Wire}. Runs on any event loop, manual ones with a mocked ticker included; the two ends may be on
 * different loops. At most {@link #QUEUE_FRAMES} frames are on their way to an end: more are dropped and counted by the
 * sender, as are frames longer than the MTU and frames for an end that is not registered or closed.
 *
 * <p>A frame is moved, not copied, if its writer gave its only reference away and it has the headroom of {@link
 * Frames}; otherwise the other end gets a copy, and may rewrite it without the writer's noticing.
 */
public final class WireChannel extends LinkChannel {
    /** Frames that can be on their way to one end. */
    public static final int QUEUE_FRAMES = 4096;

    private static final int VLAN_TAG_BYTES = 4;

    private final Wire.End end;
    private final long latency;
    private final FrameQueue arriving = new FrameQueue(QUEUE_FRAMES);
    private final Runnable delivery = this::deliver;
    private WireChannel peer;
    private FrameTimer timer;
    private boolean deliveryRequested;
    private boolean reading;
    private volatile boolean registered;
    private volatile boolean open = true;

    WireChannel(Wire.End end, long latency) {
        super(null);
        this.end = end;
        this.latency = latency;
        if (!end.offload()) {
            pipeline().addLast("segmentation", new SegmentationHandler());
        }
    }

    /** Called once, by {@link Wire}, before the channel is used. */
    void connectTo(WireChannel other) {
        peer = other;
    }

    @Override
    public String name() {
        return end.name();
    }

    @Override
    public long mac() {
        return stableMac("wire", end.name());
    }

    @Override
    public int mtu() {
        return end.mtu();
    }

    @Override
    public boolean offload() {
        return end.offload();
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open && registered;
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        timer = new FrameTimer(eventLoop(), now -> deliver());
        registered = true;
        promise.setSuccess();
    }

    @Override
    protected void doDeregister() {
        registered = false;
    }

    @Override
    protected void doBeginRead() {
        reading = true;
        if (!arriving.isEmpty()) {
            requestDelivery();
        }
    }

    @Override
    protected void doClose() {
        open = false;
        if (timer != null) {
            timer.cancel();
        }
        arriving.releaseAll();
    }

    @Override
    protected void transmit(ByteBuf frame) {
        int bytes = frame.readableBytes() - VirtioNet.BYTES;
        if (!peer.isActive() || !fits(frame, bytes)) {
            counters().dropped();
            return;
        }
        ByteBuf moved = moved(frame);
        EventLoop loop = peer.eventLoop();
        if (loop == eventLoop()) {
            if (peer.arriving.isFull()) {
                moved.release();
                counters().dropped();
                return;
            }
            peer.arrive(moved);
        } else {
            loop.execute(() -> peer.arriveFromElsewhere(moved));
        }
        counters().sent(bytes);
    }

    private boolean fits(ByteBuf frame, int bytes) {
        return bytes >= Ethernet.BYTES
                && (bytes <= Ethernet.BYTES + VLAN_TAG_BYTES + end.mtu()
                        || VirtioNet.gsoType(frame, frame.readerIndex()) != VirtioNet.GSO_NONE);
    }

    /** The frame itself if this call has its last reference, else a copy. */
    private ByteBuf moved(ByteBuf frame) {
        boolean alone =
                frame.refCnt() == 1
                        && frame.unwrap() == null
                        && frame.readerIndex() >= Frames.HEADROOM;
        return alone ? frame.retain() : Frames.copy(alloc(), frame);
    }

    private void arriveFromElsewhere(ByteBuf frame) {
        if (isActive() && !arriving.isFull()) {
            arrive(frame);
        } else {
            frame.release();
        }
    }

    private void arrive(ByteBuf frame) {
        boolean first = arriving.isEmpty();
        arriving.add(frame, latency == 0 ? 0 : timer.now() + latency);
        if (first && reading) {
            requestDelivery();
        }
    }

    private void requestDelivery() {
        if (latency > 0) {
            timer.arm(arriving.nextDue());
        } else if (!deliveryRequested) {
            deliveryRequested = true;
            eventLoop().execute(delivery);
        }
    }

    private void deliver() {
        deliveryRequested = false;
        if (arriving.isEmpty() || !reading || !isActive()) {
            return;
        }
        deliverDue();
        if (reading && isActive() && !arriving.isEmpty()) {
            requestDelivery();
        }
    }

    @Override
    boolean readWaiting() {
        return reading && isActive() && !arriving.isEmpty() && deliverDue();
    }

    /** One turn's frames; whether it stopped for the budget's sake. */
    private boolean deliverDue() {
        if (!config().isAutoRead()) {
            reading = false;
        }
        long now = latency == 0 ? 0 : timer.now();
        int budget = TapChannel.BUDGET;
        while (budget > 0 && !arriving.isEmpty() && arriving.nextDue() - now <= 0) {
            budget--;
            ByteBuf frame = arriving.remove();
            counters().received(frame.readableBytes() - VirtioNet.BYTES);
            pipeline().fireChannelRead(frame);
        }
        pipeline().fireChannelReadComplete();
        return budget == 0;
    }
}
