package dev.understudy.dispatcher.recover;

import dev.understudy.stack.wire.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The packets of one session kept for replay, byte for byte, in order of arrival (FIG. 4, 40; P05). The first is the
 * client's SYN. Copies are made because what is forwarded is rewritten in place. Bytes are capped for the session and
 * for all; a packet that does not fit leaves the store {@linkplain #complete incomplete}, and an incomplete store
 * replays nothing.
 */
public final class Store {
    private final StoreBudget budget;
    private final List<ByteBuf> packets = new ArrayList<>(2);
    private int bytes;
    private boolean complete = true;

    public Store(StoreBudget budget) {
        this.budget = budget;
    }

    /** Keeps a copy of a frame; its own reference stays with the caller. */
    public void keep(ByteBufAllocator allocator, ByteBuf frame) {
        int length = frame.readableBytes();
        if (!complete || !budget.take(length, bytes)) {
            complete = false;
            return;
        }
        packets.add(Frames.copy(allocator, frame));
        bytes += length;
    }

    /** Puts a newer copy of the first packet, the SYN, in place of the old one, if it has the same length. */
    public void replaceFirst(ByteBuf frame) {
        ByteBuf first = packets.get(0);
        if (first.readableBytes() == frame.readableBytes()) {
            first.setBytes(first.readerIndex(), frame, frame.readerIndex(), frame.readableBytes());
        }
    }

    /** Lets all packets but the first one go that are no longer wanted, and gives their bytes back. */
    public void removeIf(Predicate<ByteBuf> unwanted) {
        for (int i = packets.size() - 1; i > 0; i--) {
            ByteBuf packet = packets.get(i);
            if (unwanted.test(packet)) {
                packets.remove(i);
                bytes -= packet.readableBytes();
                budget.give(packet.readableBytes());
                packet.release();
            }
        }
    }

    /**
     * Hands those packets over that may go now, in the order in which they came; the taker owns them. Unlike elsewhere the
     * first one is nothing special here.
     */
    public void hand(Predicate<ByteBuf> ready, Consumer<ByteBuf> taker) {
        for (int i = 0; i < packets.size(); ) {
            ByteBuf packet = packets.get(i);
            if (ready.test(packet)) {
                packets.remove(i);
                bytes -= packet.readableBytes();
                budget.give(packet.readableBytes());
                taker.accept(packet);
            } else {
                i++;
            }
        }
    }

    /** Keeps only the first packet, the SYN: from here on it is complete again. */
    public void restart() {
        removeIf(packet -> true);
        complete = true;
    }

    /** The copies, oldest first; owned by the store. */
    public List<ByteBuf> packets() {
        return packets;
    }

    public int bytes() {
        return bytes;
    }

    /** Whether everything that was offered is here. */
    public boolean complete() {
        return complete;
    }

    /** Lets all copies go and gives their bytes back; the store is empty and may be used again. */
    public void release() {
        for (ByteBuf packet : packets) {
            packet.release();
        }
        packets.clear();
        budget.give(bytes);
        bytes = 0;
        complete = true;
    }
}
