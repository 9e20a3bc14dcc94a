package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.recover.StoreBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;

/**
 * Shows a reader the bytes of one direction of a session in order, whatever the order in which their segments come. The
 * segments themselves go their way; what came too early is copied and shown later. Bytes that the reader does not want to
 * see are not waited for: a body of which only the length matters costs an addition a segment.
 *
 * <p>Limits: {@value #MOST_BYTES} bytes are copied ahead of a gap, in {@value #MOST_PIECES} pieces, within what all stores may
 * hold. A sender that runs further ahead, or sends crumbs, cannot be followed any more ({@link #offer} says so): the session
 * goes on, but nobody reads along.
 */
final class InOrder {
    /** Who wants the bytes. */
    interface Reader {
        /** The next {@code length} bytes lie at {@code index}. */
        void read(ByteBuf bytes, int index, int length);

        /** How many of the next bytes it need not see. */
        long skippable();

        /** Passes over that many of them. */
        void skip(long bytes);
    }

    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_PIECES = 1 << 11;

    private record Early(int seq, ByteBuf bytes) {}

    private final Reader reader;
    private final ByteBufAllocator allocator;
    private final StoreBudget budget;
    private List<Early> early = List.of();
    private int earlyBytes;
    private int next;

    InOrder(Reader reader, ByteBufAllocator allocator, StoreBudget budget, int first) {
        this.reader = reader;
        this.allocator = allocator;
        this.budget = budget;
        this.next = first;
    }

    /** The sequence number of the first byte that was neither shown nor skipped. */
    int next() {
        return next;
    }

    /** Whether something that came early waits for what is missing before it. */
    boolean hasGap() {
        return !early.isEmpty();
    }

    /**
     * Whether the reader need not see anything before {@code end}: then it has been passed over. The common case in a body.
     */
    boolean skips(int end) {
        int ahead = end - next;
        if (ahead > 0) {
            if (ahead > reader.skippable()) {
                return false;
            }
            reader.skip(ahead);
            next = end;
            if (!early.isEmpty()) {
                catchUp();
            }
        }
        return true;
    }

    /**
     * A segment's bytes, of which any part may be known already.
     *
     * @return false if the gap before it has become too large to be bridged
     */
    boolean offer(int seq, ByteBuf bytes, int index, int length) {
        int gap = seq - next;
        if (gap > 0 && gap <= reader.skippable()) {
            reader.skip(gap);
            next = seq;
            gap = 0;
        }
        if (gap > 0) {
            return keep(seq, bytes, index, length);
        }
        show(seq, bytes, index, length);
        catchUp();
        return true;
    }

    private void show(int seq, ByteBuf bytes, int index, int length) {
        int known = next - seq;
        if (known < length) {
            reader.read(bytes, index + known, length - known);
            next = seq + length;
        }
    }

    private boolean keep(int seq, ByteBuf bytes, int index, int length) {
        for (Early piece : early) {
            if (piece.seq == seq && piece.bytes.readableBytes() >= length) {
                return true;
            }
        }
        if (early.size() == MOST_PIECES
                || length > MOST_BYTES - earlyBytes
                || !budget.take(length)) {
            return false;
        }
        if (early.isEmpty()) {
            early = new ArrayList<>(4);
        }
        ByteBuf copy = allocator.buffer(length, length);
        copy.writeBytes(bytes, index, length);
        early.add(new Early(seq, copy));
        earlyBytes += length;
        return true;
    }

    private void catchUp() {
        for (boolean more = !early.isEmpty(); more; ) {
            more = false;
            for (int i = 0; i < early.size(); i++) {
                Early piece = early.get(i);
                int gap = piece.seq - next;
                if (gap > 0 && gap <= reader.skippable()) {
                    reader.skip(gap);
                    next = piece.seq;
                    gap = 0;
                }
                if (gap <= 0) {
                    show(
                            piece.seq,
                            piece.bytes,
                            piece.bytes.readerIndex(),
                            piece.bytes.readableBytes());
                    letGo(piece);
                    early.remove(i);
                    more = true;
                    break;
                }
            }
        }
        if (early.isEmpty()) {
            early = List.of();
        }
    }

    /** The place of a sequence number in the direction's stream, given that of {@link #next}. */
    long offset(int seq, long offsetOfNext) {
        return offsetOfNext + (seq - next);
    }

    /** The sequence number of a place in the stream that is less than 2 GiB away; a farther one is put there. */
    int seq(long offset, long offsetOfNext) {
        return next + (int) Math.max(-(1 << 30), Math.min(1 << 30, offset - offsetOfNext));
    }

    /** The sequence number of a place in the stream, however far away: numbers come round, places do not. */
    int exactSeq(long offset, long offsetOfNext) {
        return next + (int) (offset - offsetOfNext);
    }

    private void letGo(Early piece) {
        int length = piece.bytes.readableBytes();
        earlyBytes -= length;
        budget.give(length);
        piece.bytes.release();
    }

    void release() {
        early.forEach(this::letGo);
        early = List.of();
    }
}
