package dev.understudy.stack.tcp;

import io.netty.buffer.ByteBuf;

/**
 * Received bytes in order, waiting for the application. A buffer is handed over as it arrived where its data is most of it;
 * where it is little (a small segment in a frame buffer of 64 KiB) it is copied, and small ones that follow one another into
 * the same chunk, so that what is queued never pins much more memory than it is long.
 */
final class BufferQueue {
    private static final int SMALL_CHUNK_BYTES = 2048;
    private static final int CHUNK_BYTES = 16384;

    private ByteBuf[] ring;
    private int head;
    private int count;
    private int bytes;

    /** The newest buffer, if it is a chunk of ours with room left. */
    private ByteBuf chunk;

    int bytes() {
        return bytes;
    }

    /** Adds {@code length} bytes of {@code data} from the absolute index {@code from}; retains or copies. */
    void add(ByteBuf data, int from, int length) {
        if (length == 0) {
            return;
        }
        bytes += length;
        if (chunk != null && chunk.writableBytes() >= length) {
            chunk.writeBytes(data, from, length);
        } else if (isSmall(data, length)) {
            int capacity = count == 0 ? SMALL_CHUNK_BYTES : CHUNK_BYTES;
            chunk = data.alloc().directBuffer(Math.max(capacity, length));
            chunk.writeBytes(data, from, length);
            push(chunk);
        } else {
            chunk = null;
            push(data.retainedSlice(from, length));
        }
    }

    /** Adds a buffer whose reference passes to the queue. */
    void add(ByteBuf owned) {
        bytes += owned.readableBytes();
        chunk = null;
        push(owned);
    }

    /** A buffer that is worth keeping for {@code length} of its bytes; the caller owns it. */
    static ByteBuf keep(ByteBuf data, int from, int length) {
        if (!isSmall(data, length)) {
            return data.retainedSlice(from, length);
        }
        ByteBuf copy = data.alloc().directBuffer(length, length);
        copy.writeBytes(data, from, length);
        return copy;
    }

    private static boolean isSmall(ByteBuf data, int length) {
        return 2 * length < data.capacity();
    }

    private void push(ByteBuf buf) {
        if (ring == null) {
            ring = new ByteBuf[4];
        } else if (count == ring.length) {
            ByteBuf[] larger = new ByteBuf[2 * count];
            for (int i = 0; i < count; i++) {
                larger[i] = ring[head + i & ring.length - 1];
            }
            ring = larger;
            head = 0;
        }
        ring[head + count & ring.length - 1] = buf;
        count++;
    }

    /** Takes the oldest buffer out; the caller owns it. Null if there is none. */
    ByteBuf poll() {
        if (count == 0) {
            return null;
        }
        ByteBuf buf = ring[head];
        ring[head] = null;
        head = head + 1 & ring.length - 1;
        count--;
        bytes -= buf.readableBytes();
        if (count == 0) {
            chunk = null;
            if (ring.length > 64) {
                ring = null;
                head = 0;
            }
        }
        return buf;
    }

    /** Takes at most {@code most} bytes of the oldest buffer; the caller owns what it gets. Null if there is nothing. */
    ByteBuf poll(int most) {
        if (count == 0 || ring[head].readableBytes() <= most) {
            return poll();
        }
        bytes -= most;
        return ring[head].readRetainedSlice(most);
    }

    void releaseAll() {
        for (ByteBuf buf = poll(); buf != null; buf = poll()) {
            buf.release();
        }
    }
}
