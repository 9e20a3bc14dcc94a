package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.TcpOptionWriter;
import io.netty.buffer.ByteBuf;

/**
 * Data that arrived before what precedes it. Bytes that are here already stay as they are, and an overlapping segment gives
 * only what is missing (RFC 9293 §3.10.7.4): who saw the first copy and who saw the second cannot be made to differ later.
 *
 * <p><b>Limits.</b> The receive window bounds the bytes, which are copied where they would pin a larger buffer; at most
 * {@code limit} pieces are held, and a segment that would need another is dropped and counted, to be sent again. Nothing
 * that was reported by SACK is ever given up (RFC 2018 §8).
 */
final class Reassembly {
    private static final int SMALLEST = 8;

    private final int limit;
    private final int[] recent = new int[Segment.MAX_SACK_BLOCKS];
    private final int[] written = new int[Segment.MAX_SACK_BLOCKS];
    private int recentCount;
    private int[] starts = new int[SMALLEST];
    private int[] ends = new int[SMALLEST];
    private ByteBuf[] bufs = new ByteBuf[SMALLEST];
    private int head;
    private int count;
    private int bytes;

    Reassembly(int limit) {
        this.limit = limit;
    }

    boolean isEmpty() {
        return count == 0;
    }

    int pieces() {
        return count;
    }

    int bytes() {
        return bytes;
    }

    /** Where the first contiguous range begins; only if there is one. */
    int first() {
        return starts[head];
    }

    /** Where the first contiguous range ends; only if there is one. */
    int firstEnd() {
        return endOfRange(0);
    }

    /**
     * Keeps what is new of {@code [seq, seq + length)}.
     *
     * @return bytes kept; 0 if all of it was here, or -1 if something was dropped at the limit
     */
    int insert(int seq, int length, ByteBuf data, int from) {
        int end = seq + length;
        int at = find(seq);
        int next = seq;
        int kept = 0;
        boolean dropped = false;
        while (SeqNum.lt(next, end)) {
            boolean last = at == count;
            if (!last && SeqNum.le(starts[head + at], next)) {
                next = SeqNum.max(next, ends[head + at]);
                at++;
                continue;
            }
            int gapEnd = last ? end : SeqNum.min(end, starts[head + at]);
            if (count >= limit) {
                dropped = true;
                break;
            }
            place(at, next, gapEnd, BufferQueue.keep(data, from + (next - seq), gapEnd - next));
            kept += gapEnd - next;
            next = gapEnd;
            at++;
        }
        bytes += kept;
        if (kept > 0 || !dropped) {
            remember(seq);
        }
        return dropped ? -1 : kept;
    }

    /** The first piece that ends behind {@code seq}. */
    private int find(int seq) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = low + high >>> 1;
            if (SeqNum.le(ends[head + middle], seq)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void place(int at, int start, int end, ByteBuf buf) {
        if (head + count == starts.length) {
            makeRoom();
        }
        int from = head + at;
        System.arraycopy(starts, from, starts, from + 1, count - at);
        System.arraycopy(ends, from, ends, from + 1, count - at);
        System.arraycopy(bufs, from, bufs, from + 1, count - at);
        starts[from] = start;
        ends[from] = end;
        bufs[from] = buf;
        count++;
    }

    private void makeRoom() {
        int capacity = count > starts.length / 2 ? 2 * starts.length : starts.length;
        int[] newStarts = new int[capacity];
        int[] newEnds = new int[capacity];
        ByteBuf[] newBufs = new ByteBuf[capacity];
        System.arraycopy(starts, head, newStarts, 0, count);
        System.arraycopy(ends, head, newEnds, 0, count);
        System.arraycopy(bufs, head, newBufs, 0, count);
        starts = newStarts;
        ends = newEnds;
        bufs = newBufs;
        head = 0;
    }

    /** Moves what now follows {@code next} to the queue; returns the new RCV.NXT. */
    int drain(int next, BufferQueue queue) {
        int seq = next;
        while (count > 0 && SeqNum.le(starts[head], seq)) {
            ByteBuf buf = bufs[head];
            bytes -= ends[head] - starts[head];
            if (SeqNum.gt(ends[head], seq)) {
                buf.skipBytes(seq - starts[head]);
                seq = ends[head];
                queue.add(buf);
            } else {
                buf.release();
            }
            bufs[head] = null;
            head++;
            count--;
        }
        if (count == 0) {
            head = 0;
            recentCount = 0;
        }
        return seq;
    }

    /** RFC 2018 §4: the block of the segment that came last goes first, then those reported most recently. */
    private void remember(int seq) {
        int at = 0;
        while (at < recentCount && rangeOf(recent[at]) != rangeOf(seq)) {
            at++;
        }
        if (at == recentCount && recentCount < recent.length) {
            recentCount++;
        }
        at = Math.min(at, recent.length - 1);
        System.arraycopy(recent, 0, recent, 1, at);
        recent[0] = seq;
    }

    /** The number of the first piece of the contiguous range that holds {@code seq}, or -1. */
    private int rangeOf(int seq) {
        int piece = find(seq);
        if (piece == count || SeqNum.lt(seq, starts[head + piece])) {
            return -1;
        }
        while (piece > 0 && ends[head + piece - 1] == starts[head + piece]) {
            piece--;
        }
        return piece;
    }

    private int endOfRange(int piece) {
        int last = piece;
        while (last + 1 < count && ends[head + last] == starts[head + last + 1]) {
            last++;
        }
        return ends[head + last];
    }

    /** Writes up to {@code most} SACK blocks. */
    void writeBlocks(TcpOptionWriter options, int most) {
        int blocks = 0;
        for (int i = 0; i < recentCount && blocks < most; i++) {
            int piece = rangeOf(recent[i]);
            boolean known = piece < 0;
            for (int j = 0; j < blocks; j++) {
                known |= written[j] == piece;
            }
            if (!known) {
                options.sackBlock(starts[head + piece], endOfRange(piece));
                written[blocks++] = piece;
            }
        }
    }

    void releaseAll() {
        for (int i = 0; i < count; i++) {
            bufs[head + i].release();
            bufs[head + i] = null;
        }
        head = 0;
        count = 0;
        bytes = 0;
        recentCount = 0;
    }
}
