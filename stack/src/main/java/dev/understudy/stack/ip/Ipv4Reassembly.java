package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts IPv4 datagrams together again (RFC 791 §3.2, RFC 815, RFC 1122 §3.3.2).
 *
 * <p><b>Identity.</b> Fragments belong together by source, destination, protocol and identification. The headers of the
 * result, Ethernet's with its tags and IP's with its options, are those of the first fragment; its total length is that of
 * the datagram, and it carries no fragment field. If any fragment was marked Congestion Experienced, so is the result
 * (RFC 3168 §5.3).
 *
 * <p><b>Overlaps.</b> An exact repetition of a fragment is ignored. Any other overlap, or two opinions on the end, can only
 * be a mistake or an attack (RFC 5722 for IPv6): the whole datagram is dropped, and what still comes of it.
 *
 * <p><b>Limits.</b> A datagram has 30 s from its first fragment; 4 MiB and 1,024 datagrams are kept, and 128 fragments
 * of one datagram: at each of the first two limits the oldest datagram gives way, so that a flood shortens the time that
 * others have and no more. Each fragment is a copy, sized by itself, so that a small one does not hold a large receive
 * buffer.
 *
 * <p>When time is up the listener hears of it, and should send Time Exceeded, code 1, if the fragment with offset 0 is
 * there (RFC 792). The fragments are handed along in the order in which they came, for a bump in the wire that passes on
 * what turns out to be none of its business.
 */
public final class Ipv4Reassembly implements Timed {
    private static final long NEVER = Long.MAX_VALUE;
    private static final int CONGESTION_EXPERIENCED = 3;

    /** Why a datagram did not become whole. */
    public enum Failure {
        /** Not all came in time. */
        TIMEOUT,
        /** It had to give way to younger ones, or came in too many pieces. */
        LIMIT,
        /** Overlapping or contradicting fragments. */
        OVERLAP
    }

    /** Takes results. The frames stay this class's: a listener that keeps one retains it. */
    public interface Listener {
        /** All is there: {@code whole} is one frame, {@code fragments} are what it was made of. */
        void reassembled(ByteBuf whole, List<ByteBuf> fragments, long now);

        /** It will not become whole. */
        void abandoned(Failure failure, List<ByteBuf> fragments, long now);
    }

    /**
     * @param bytes copied bytes, all datagrams together
     * @param datagrams datagrams that wait
     * @param fragments pieces of one datagram
     * @param timeoutNanos time from the first fragment
     */
    public record Limits(long bytes, int datagrams, int fragments, long timeoutNanos) {
        public static final Limits DEFAULT = new Limits(4 << 20, 1024, 128, 30_000_000_000L);
    }

    private enum Count {
        FRAGMENTS,
        REASSEMBLED,
        DUPLICATES,
        DROPPED_MALFORMED,
        DROPPED_TIMEOUT,
        DROPPED_LIMIT,
        DROPPED_OVERLAP
    }

    private record Key(int source, int destination, int protocolAndId) {}

    private final ByteBufAllocator allocator;
    private final Limits limits;
    private final Listener listener;
    private final Tally<Count> tally = new Tally<>("reassembly", Count.class);
    private final Packet view = new Packet();

    /** In the order of their first fragments, which is the order of their deadlines. */
    private final LinkedHashMap<Key, Ipv4Datagram> datagrams = new LinkedHashMap<>();

    private long bytes;

    public Ipv4Reassembly(ByteBufAllocator allocator, Limits limits, Listener listener) {
        this.allocator = allocator;
        this.limits = limits;
        this.listener = listener;
    }

    /** Takes one IPv4 packet that {@link Packet#isFragment is a fragment}; its frame is copied. */
    public void add(Packet fragment, long now) {
        tally.count(Count.FRAGMENTS);
        ByteBuf frame = fragment.frame();
        int offset = fragment.fragmentOffset();
        int length = fragment.end() - fragment.l3() - Ipv4.headerLength(frame, fragment.l3());
        boolean last = !Ipv4.moreFragments(frame, fragment.l3());
        int header = Ipv4.headerLength(frame, fragment.l3());
        if (fragment.isIpv6()
                || length == 0
                || !last && (length & 7) != 0
                || header + offset + length > 0xFFFF
                || fragment.isGso()
                || fragment.needsChecksum()) {
            tally.count(Count.DROPPED_MALFORMED);
            return;
        }
        int id = Ipv4.identification(frame, fragment.l3());
        Key key =
                new Key(
                        (int) fragment.srcLo(),
                        (int) fragment.dstLo(),
                        Ipv4.protocol(frame, fragment.l3()) << 16 | id);
        Ipv4Datagram datagram = datagrams.get(key);
        if (datagram == null) {
            if (datagrams.size() >= limits.datagrams()) {
                evictOldest(now);
            }
            datagram = new Ipv4Datagram(now + limits.timeoutNanos());
            datagrams.put(key, datagram);
        }
        if (datagram.poisoned) {
            tally.count(Count.DROPPED_OVERLAP);
            return;
        }
        switch (datagram.place(frame, fragment.l3() + header, offset, length, last)) {
            case DUPLICATE -> tally.count(Count.DUPLICATES);
            case OVERLAP -> poison(datagram, Failure.OVERLAP, now);
            case FITS -> keep(key, datagram, fragment, now);
        }
    }

    private void keep(Key key, Ipv4Datagram datagram, Packet fragment, long now) {
        if (datagram.pieces() >= limits.fragments()) {
            poison(datagram, Failure.LIMIT, now);
            return;
        }
        ByteBuf copy = Frames.copy(allocator, fragment.frame());
        bytes += copy.capacity();
        int l3 = fragment.l3() - fragment.base() + copy.readerIndex();
        int data = l3 + Ipv4.headerLength(copy, l3);
        int offset = fragment.fragmentOffset();
        int length = fragment.end() - fragment.base() + copy.readerIndex() - data;
        datagram.insert(copy, l3, offset, length, !Ipv4.moreFragments(copy, l3));
        if (datagram.isComplete()) {
            datagrams.remove(key);
            complete(datagram, now);
            return;
        }
        while (bytes > limits.bytes() && !datagrams.isEmpty()) {
            evictOldest(now);
        }
    }

    private void complete(Ipv4Datagram datagram, long now) {
        ByteBuf first = datagram.first();
        view.parse(first);
        int l3 = view.l3();
        int header = Ipv4.headerLength(first, l3);
        int total = header + datagram.length();
        if (total > 0xFFFF) {
            tally.count(Count.DROPPED_MALFORMED);
            release(datagram);
            return;
        }
        int inFront = l3 - first.readerIndex() + header;
        ByteBuf whole = Frames.allocate(allocator, inFront - VirtioNet.BYTES + datagram.length());
        int base = whole.readerIndex();
        whole.setBytes(base, first, first.readerIndex(), inFront);
        VirtioNet.clear(whole, base);
        datagram.copyData(whole, base + inFront);
        whole.writerIndex(base + inFront + datagram.length());
        int at = base + l3 - first.readerIndex();
        whole.setShort(at + Ipv4.TOTAL_LENGTH_OFFSET, total);
        whole.setShort(at + Ipv4.FRAGMENT_OFFSET, 0);
        int tos = Ipv4.tos(whole, at);
        if (datagram.congestion && (tos & CONGESTION_EXPERIENCED) != 0) {
            whole.setByte(at + Ipv4.TOS_OFFSET, tos | CONGESTION_EXPERIENCED);
        }
        Ipv4.fixChecksum(whole, at);
        tally.count(Count.REASSEMBLED);
        try {
            listener.reassembled(whole, datagram.arrived(), now);
        } finally {
            whole.release();
            release(datagram);
        }
    }

    /** The datagram is given up, and its place kept until its time is up, so that later pieces find it so. */
    private void poison(Ipv4Datagram datagram, Failure failure, long now) {
        datagram.poisoned = true;
        abandon(datagram, failure, now);
    }

    private void evictOldest(long now) {
        Iterator<Ipv4Datagram> oldest = datagrams.values().iterator();
        Ipv4Datagram victim = oldest.next();
        oldest.remove();
        abandon(victim, Failure.LIMIT, now);
    }

    private void abandon(Ipv4Datagram datagram, Failure failure, long now) {
        if (datagram.arrived().isEmpty()) {
            return;
        }
        Count why =
                switch (failure) {
                    case TIMEOUT -> Count.DROPPED_TIMEOUT;
                    case LIMIT -> Count.DROPPED_LIMIT;
                    case OVERLAP -> Count.DROPPED_OVERLAP;
                };
        tally.count(why, datagram.pieces());
        try {
            listener.abandoned(failure, datagram.arrived(), now);
        } finally {
            release(datagram);
        }
    }

    private void release(Ipv4Datagram datagram) {
        for (ByteBuf frame : datagram.arrived()) {
            bytes -= frame.capacity();
            frame.release();
        }
        datagram.clear();
    }

    @Override
    public long nextDeadline() {
        if (datagrams.isEmpty()) {
            return NEVER;
        }
        return datagrams.values().iterator().next().deadline;
    }

    @Override
    public void onDeadline(long now) {
        while (!datagrams.isEmpty()) {
            Iterator<Ipv4Datagram> oldest = datagrams.values().iterator();
            Ipv4Datagram datagram = oldest.next();
            if (datagram.deadline > now) {
                return;
            }
            oldest.remove();
            abandon(datagram, Failure.TIMEOUT, now);
        }
    }

    /** Drops everything that waits, and tells nobody. */
    public void clear() {
        datagrams.values().forEach(this::release);
        datagrams.clear();
    }

    /** Datagrams that wait, or are remembered as bad. */
    public int size() {
        return datagrams.size();
    }

    /** Bytes held. */
    public long bytes() {
        return bytes;
    }

    /** Adds the counters to a map. */
    public void counters(Map<String, Long> all) {
        tally.addTo(all);
    }
}
