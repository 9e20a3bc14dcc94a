package dev.understudy.dispatcher.control;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The last packets of one watched session, in a ring. The loop writes; any thread reads without holding it up. */
public final class PacketLog {
    private final AtomicReferenceArray<TracedPacket> ring;
    private volatile long last;

    /** A ring for so many packets. */
    public PacketLog(int packets) {
        ring = new AtomicReferenceArray<>(packets);
    }

    /** Takes the next packet, whose number is {@link #next}. Only the loop calls this. */
    public void add(TracedPacket packet) {
        ring.lazySet(slot(packet.number()), packet);
        last = packet.number();
    }

    /** The number that the next packet gets. */
    public long next() {
        return last + 1;
    }

    /** Packets numbered above {@code after}, oldest first, at most {@code most}. */
    public List<TracedPacket> after(long after, int most) {
        long newest = last;
        long first = Math.max(after, newest - ring.length()) + 1;
        List<TracedPacket> packets = new ArrayList<>();
        for (long number = first; number <= newest && packets.size() < most; number++) {
            TracedPacket packet = ring.get(slot(number));
            if (packet != null && packet.number() == number) {
                packets.add(packet);
            }
            // Else it was overwritten while we read; those behind it may still be there.
        }
        return packets;
    }

    private int slot(long number) {
        return (int) (number % ring.length());
    }
}
