package dev.understudy.stack.tcp;

import io.netty.buffer.ByteBuf;

/**
 * Bytes that the application wrote and the peer has not acknowledged, in order, as the buffers they came in. Each is
 * retained until its last byte is acknowledged: a retransmission reads the very memory the first transmission read. Small
 * writes behind one another are copied together, so that a flood of tiny ones pins no flood of buffers.
 */
final class SendBuffer {
    /** Writes up to this size are copied behind the one before, if that has room. */
    private static final int COALESCE_BYTES = 1024;

    private static final int CHUNK_BYTES = 4096;

    /** Ring of buffers; created by the first write. */
    private ByteBuf[] ring;

    /** Sequence number of the first byte of each. */
    private int[] starts;

    private int head;
    private int count;
    private int startSeq;
    private int endSeq;

    /** The newest buffer, if it is a chunk of ours that more can be copied into. */
    private ByteBuf chunk;

    /** Where the last {@link #copy} found its first buffer: copies mostly go on where the last one ended. */
    private int hint;

    SendBuffer(int seq) {
        startSeq = seq;
        endSeq = seq;
    }

    /** Sequence number of the first byte held. */
    int startSeq() {
        return startSeq;
    }

    /** Sequence number behind the last byte held. */
    int endSeq() {
        return endSeq;
    }

    int bytes() {
        return endSeq - startSeq;
    }

    boolean isEmpty() {
        return endSeq == startSeq;
    }

    /** Takes {@code length} bytes off the front of {@code data}, whose own reference stays with the caller. */
    void append(ByteBuf data, int length) {
        if (length == 0) {
            return;
        }
        if (chunk != null && length <= chunk.writableBytes() && length <= COALESCE_BYTES) {
            chunk.writeBytes(data, length);
        } else if (count > 0 && length <= COALESCE_BYTES) {
            chunk = data.alloc().directBuffer(CHUNK_BYTES, CHUNK_BYTES);
            chunk.writeBytes(data, length);
            push(chunk);
        } else {
            push(data.readRetainedSlice(length));
            chunk = null;
        }
        endSeq += length;
    }

    private void push(ByteBuf buf) {
        if (ring == null) {
            ring = new ByteBuf[4];
            starts = new int[4];
        } else if (count == ring.length) {
            ByteBuf[] larger = new ByteBuf[2 * count];
            int[] largerStarts = new int[2 * count];
            for (int i = 0; i < count; i++) {
                larger[i] = ring[slot(i)];
                largerStarts[i] = starts[slot(i)];
            }
            ring = larger;
            starts = largerStarts;
            head = 0;
        }
        ring[slot(count)] = buf;
        starts[slot(count)] = endSeq;
        count++;
    }

    private int slot(int index) {
        return head + index & ring.length - 1;
    }

    /** Copies {@code length} bytes from {@code seq} on, all of which are held, to the absolute index {@code at}. */
    void copy(int seq, int length, ByteBuf to, int at) {
        int index = find(seq);
        int from = seq;
        int target = at;
        int left = length;
        while (left > 0) {
            ByteBuf buf = ring[slot(index)];
            int offset = from - starts[slot(index)];
            int bytes = Math.min(left, length(index) - offset);
            to.setBytes(target, buf, buf.readerIndex() + offset, bytes);
            target += bytes;
            from += bytes;
            left -= bytes;
            if (left > 0) {
                index++;
            }
        }
        hint = index;
    }

    private int find(int seq) {
        int index = hint < count && SeqNum.le(starts[slot(hint)], seq) ? hint : 0;
        while (index + 1 < count && SeqNum.le(starts[slot(index + 1)], seq)) {
            index++;
        }
        return index;
    }

    private int length(int index) {
        int next = index + 1 < count ? starts[slot(index + 1)] : endSeq;
        return next - starts[slot(index)];
    }

    /** Lets go of all before {@code seq}. */
    void release(int seq) {
        while (count > 0 && SeqNum.le(starts[head] + length(0), seq)) {
            ByteBuf buf = ring[head];
            ring[head] = null;
            head = head + 1 & ring.length - 1;
            count--;
            hint = Math.max(0, hint - 1);
            buf.release();
        }
        if (count == 0) {
            chunk = null;
        }
        startSeq = SeqNum.min(seq, endSeq);
        if (count == 0 && ring != null && ring.length > 64) {
            ring = null;
            starts = null;
            head = 0;
        }
    }

    /** Lets go of everything. */
    void releaseAll() {
        release(endSeq);
    }
}
