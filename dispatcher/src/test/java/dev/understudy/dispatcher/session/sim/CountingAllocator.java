package dev.understudy.dispatcher.session.sim;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.util.Arrays;

/**
 * Buffers for one simulation: plain arrays, because hundreds of thousands are made a second, counted while they live, and
 * overwritten when their last reference goes, so that what is sent from a released one is seen to be wrong.
 */
final class CountingAllocator extends AbstractByteBufAllocator {
    private static final byte POISON = (byte) 0xDB;

    private int live;

    /** Buffers that have not been released. */
    int live() {
        return live;
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        live++;
        return new Counted(this, initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return newHeapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public CompositeByteBuf compositeDirectBuffer(int maxNumComponents) {
        return compositeHeapBuffer(maxNumComponents);
    }

    private static final class Counted extends UnpooledHeapByteBuf {
        private final CountingAllocator owner;

        Counted(CountingAllocator owner, int initialCapacity, int maxCapacity) {
            super(owner, initialCapacity, maxCapacity);
            this.owner = owner;
        }

        @Override
        protected void freeArray(byte[] array) {
            Arrays.fill(array, POISON);
            super.freeArray(array);
        }

        @Override
        protected void deallocate() {
            owner.live--;
            super.deallocate();
        }
    }
}
