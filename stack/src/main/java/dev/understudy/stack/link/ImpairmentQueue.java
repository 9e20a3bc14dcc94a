package dev.understudy.stack.link;

import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * One direction of a bad network: decides what becomes of each frame and holds those that are late. Time comes in as a
 * parameter and chance from a generator, so that the same seed and the same frames always give the same network.
 */
final class ImpairmentQueue {
    private record Late(long due, long order, ByteBuf frame) {}

    private static final double BITS_PER_BYTE_NANOS = 8e9;

    private final RandomGenerator random;
    private final ImpairmentCounters counters = new ImpairmentCounters();
    private final Packet packet = new Packet();
    private final PriorityQueue<Late> late =
            new PriorityQueue<>(Comparator.comparingLong(Late::due).thenComparingLong(Late::order));
    private Impairment impairment = Impairment.NONE;
    private long order;
    private long freeAt;
    private long lastDue;
    private boolean started;

    ImpairmentQueue(RandomGenerator random) {
        this.random = random;
    }

    ImpairmentCounters counters() {
        return counters;
    }

    Impairment impairment() {
        return impairment;
    }

    void impairment(Impairment newImpairment) {
        impairment = newImpairment;
    }

    /** When the next frame is due; {@link Long#MAX_VALUE} if none waits. */
    long nextDeadline() {
        Late next = late.peek();
        return next == null ? Long.MAX_VALUE : next.due;
    }

    /** Takes over a frame. Those that are not late go to {@code out} before this returns, with their reference. */
    void offer(ByteBuf frame, long now, ByteBufAllocator allocator, Consumer<ByteBuf> out) {
        if (!started) {
            started = true;
            freeAt = now;
            lastDue = now;
        }
        if (impairment.equals(Impairment.NONE) && late.isEmpty()) {
            out.accept(frame);
            return;
        }
        if (vanishes(frame)) {
            frame.release();
            return;
        }
        ByteBuf passing = frame;
        if (happens(impairment.corrupt())) {
            counters.corrupted++;
            if (VirtioNet.gsoType(frame, frame.readerIndex()) != VirtioNet.GSO_NONE) {
                // The slice with the flipped bit would fail its checksum; a super-segment has none
                // that could.
                frame.release();
                return;
            }
            passing = corrupted(frame, allocator);
        }
        if (happens(impairment.duplicate())) {
            counters.duplicated++;
            enqueue(Frames.copy(allocator, passing), now, allocator, out);
        }
        enqueue(passing, now, allocator, out);
    }

    private boolean vanishes(ByteBuf frame) {
        if (impairment.blackhole()) {
            counters.blackholed++;
            return true;
        }
        if (impairment.mtu() > 0 && datagramBytes(frame) > impairment.mtu()) {
            counters.tooLong++;
            return true;
        }
        if (happens(impairment.loss())) {
            counters.lost++;
            return true;
        }
        return false;
    }

    private boolean happens(double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    /** Length of the frame's IP datagram, of one slice for a super-segment. */
    private int datagramBytes(ByteBuf frame) {
        if (packet.parse(frame) != Packet.Parse.OK) {
            return 0;
        }
        return packet.isGso()
                ? packet.payload() - packet.l3() + packet.gsoSize()
                : packet.end() - packet.l3();
    }

    private ByteBuf corrupted(ByteBuf frame, ByteBufAllocator allocator) {
        ByteBuf copy = Frames.copy(allocator, frame);
        frame.release();
        int base = copy.readerIndex();
        // The checksum that the receiver finds is the one of the bytes before.
        VirtioNet.completeChecksum(copy, base);
        VirtioNet.clear(copy, base);
        int from = base + VirtioNet.BYTES + Ethernet.BYTES;
        if (from < copy.writerIndex()) {
            int at = random.nextInt(from, copy.writerIndex());
            copy.setByte(at, copy.getByte(at) ^ 1 << random.nextInt(8));
        }
        return copy;
    }

    private void enqueue(
            ByteBuf frame, long now, ByteBufAllocator allocator, Consumer<ByteBuf> out) {
        long due = due(frame, now);
        if (due - now <= 0 && nextDeadline() > now) {
            out.accept(frame);
        } else if (late.size() >= impairment.queue()) {
            counters.overflowed++;
            frame.release();
        } else {
            // A copy, because a link's receive buffer is large, and a writer may change what it
            // still holds.
            late.add(new Late(due, order++, Frames.copy(allocator, frame)));
            frame.release();
        }
    }

    private long due(ByteBuf frame, long now) {
        long due = now;
        if (impairment.rate() > 0) {
            int bytes = frame.readableBytes() - VirtioNet.BYTES;
            freeAt =
                    Math.max(freeAt, now)
                            + (long) (bytes * BITS_PER_BYTE_NANOS / impairment.rate());
            due = freeAt;
        }
        long jitter = impairment.jitter().toNanos();
        due += impairment.delay().toNanos();
        if (jitter > 0) {
            due += random.nextLong(-jitter, jitter + 1);
        }
        due = Math.max(Math.max(due, now), lastDue);
        if (happens(impairment.reorder())) {
            counters.reordered++;
            return due + impairment.reorderBy().toNanos();
        }
        lastDue = due;
        return due;
    }

    /** Hands the frames that are due to {@code out}, with their references. Returns whether there were any. */
    boolean release(long now, Consumer<ByteBuf> out) {
        boolean any = false;
        while (nextDeadline() <= now) {
            out.accept(late.remove().frame);
            any = true;
        }
        return any;
    }

    void releaseAll() {
        late.forEach(each -> each.frame.release());
        late.clear();
    }
}
