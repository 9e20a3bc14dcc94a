package dev.understudy.stack.link;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/** Counts of one link since it was opened. Written by the link's loop without fences; a reader may be slightly behind. */
public final class LinkCounters {
    private static final AtomicLongFieldUpdater<LinkCounters> RX_FRAMES = of("rxFrames");
    private static final AtomicLongFieldUpdater<LinkCounters> RX_BYTES = of("rxBytes");
    private static final AtomicLongFieldUpdater<LinkCounters> TX_FRAMES = of("txFrames");
    private static final AtomicLongFieldUpdater<LinkCounters> TX_BYTES = of("txBytes");
    private static final AtomicLongFieldUpdater<LinkCounters> TX_DROPPED = of("txDropped");

    private volatile long rxFrames;
    private volatile long rxBytes;
    private volatile long txFrames;
    private volatile long txBytes;
    private volatile long txDropped;

    private static AtomicLongFieldUpdater<LinkCounters> of(String field) {
        return AtomicLongFieldUpdater.newUpdater(LinkCounters.class, field);
    }

    /** One frame came in; {@code bytes} without the virtio header. */
    public void received(int bytes) {
        RX_FRAMES.lazySet(this, rxFrames + 1);
        RX_BYTES.lazySet(this, rxBytes + bytes);
    }

    /** One frame went out. */
    public void sent(int bytes) {
        TX_FRAMES.lazySet(this, txFrames + 1);
        TX_BYTES.lazySet(this, txBytes + bytes);
    }

    /** One frame was refused by the device. */
    public void dropped() {
        TX_DROPPED.lazySet(this, txDropped + 1);
    }

    public long rxFrames() {
        return rxFrames;
    }

    public long rxBytes() {
        return rxBytes;
    }

    public long txFrames() {
        return txFrames;
    }

    public long txBytes() {
        return txBytes;
    }

    public long txDropped() {
        return txDropped;
    }
}
