package dev.understudy.stack.wire;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An allocator for tests that overwrites a buffer's memory with {@link #POISON} when the last reference goes, so that
 * bytes sent from a released buffer cannot pass for right ones, and that counts the buffers still {@link #live}, so that a
 * test can show that nothing leaked.
 */
public final class PoisoningAllocator extends AbstractByteBufAllocator {
    public static final byte POISON = (byte) 0xDB;

    private final AtomicInteger live = new AtomicInteger();

    /** Buffers allocated and not released. */
    public int live() {
        return live.get();
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        live.incrementAndGet();
        return new Heap(this, initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        live.incrementAndGet();
        return new Direct(this, initialCapacity, maxCapacity);
    }

    @Override
    public CompositeByteBuf compositeHeapBuffer(int maxNumComponents) {
        return new CompositeByteBuf(this, false, maxNumComponents);
    }

    @Override
    public CompositeByteBuf compositeDirectBuffer(int maxNumComponents) {
        return new CompositeByteBuf(this, true, maxNumComponents);
    }

    /** Overwrites a buffer that is about to lose its last reference. */
    private void bury(ByteBuf buf) {
        for (int at = 0; at < buf.capacity(); at++) {
            buf.setByte(at, POISON);
        }
        live.decrementAndGet();
    }

    private static final class Heap extends UnpooledHeapByteBuf {
        private final PoisoningAllocator owner;

        Heap(PoisoningAllocator owner, int initialCapacity, int maxCapacity) {
            super(owner, initialCapacity, maxCapacity);
            this.owner = owner;
        }

        @Override
        public boolean release() {
            return release(1);
        }

        @Override
        public boolean release(int decrement) {
            if (refCnt() == decrement) {
                owner.bury(this);
            }
            return super.release(decrement);
        }
    }

    private static final class Direct extends UnpooledDirectByteBuf {
        private final PoisoningAllocator owner;

        Direct(PoisoningAllocator owner, int initialCapacity, int maxCapacity) {
            super(owner, initialCapacity, maxCapacity);
            this.owner = owner;
        }

        @Override
        public boolean release() {
            return release(1);
        }

        @Override
        public boolean release(int decrement) {
            if (refCnt() == decrement) {
                owner.bury(this);
            }
            return super.release(decrement);
        }
    }
}
