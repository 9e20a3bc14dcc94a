package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.recover.Store;
import dev.understudy.dispatcher.recover.StoreBudget;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Segments of a server behind the gate, in the client leg's numbers, and what their server knows of their arrival. */
final class HeldBack {
    private final Store store;
    private final Packet scratch = new Packet();

    /** Whether its server waits for an acknowledgement. */
    boolean awaited;

    /** Since when. */
    long awaitedSince;

    /** Whether some of it has been acknowledged to its server: it is owed to the client. */
    boolean taken;

    /** Up to where. */
    int takenTo;

    HeldBack(StoreBudget budget) {
        store = new Store(budget);
    }

    boolean isEmpty() {
        return store.packets().isEmpty();
    }

    /** Keeps a copy of a frame; its own reference stays with the caller. */
    void keep(ByteBufAllocator allocator, ByteBuf frame) {
        store.keep(allocator, frame);
    }

    /** See {@link Store#hand}. */
    void hand(Predicate<ByteBuf> ready, Consumer<ByteBuf> taker) {
        store.hand(ready, taker);
    }

    /** Up to where it is here without a gap from {@code from} on. */
    int contiguous(int from) {
        return copy(from, from + (1 << 30), null);
    }

    /** Appends the bytes from {@code from} to {@code to}, as far as they are here without a gap; returns where they end. */
    int copy(int from, int to, ByteBuf target) {
        List<ByteBuf> packets = store.packets();
        int next = from;
        for (boolean more = true; more; ) {
            more = false;
            for (int i = 0; i < packets.size(); i++) {
                ByteBuf frame = packets.get(i);
                scratch.parse(frame);
                int known = next - scratch.seq();
                int length = Math.min(scratch.payloadLength() - known, to - next);
                if (known >= 0 && length > 0) {
                    if (target != null) {
                        target.writeBytes(frame, scratch.payload() + known, length);
                    }
                    next += length;
                    more = true;
                }
            }
        }
        return next;
    }

    void release() {
        store.release();
    }
}
