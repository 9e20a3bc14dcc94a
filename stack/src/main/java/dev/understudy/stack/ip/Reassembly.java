package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts datagrams together again (RFC 791 §3.2, RFC 815, RFC 1122 §3.3.2; RFC 8200 §4.5).
 *
 * <p><b>Identity.</b> IPv4 fragments belong together by source, destination, protocol and identification, those of IPv6 by
 * source, destination and identification. The headers of the result, Ethernet's with its tags and IP's with its options
 * or extensions, are those of the first fragment; its length is that of the datagram, and it carries no fragment field or
 * header. If any fragment was marked Congestion Experienced, so is the result (RFC 3168 §5.3). An IPv6 fragment that is a
 * datagram of its own (RFC 6946) never comes here: {@link Packet} reads it as whole.
 *
 * <p><b>Overlaps.</b> An exact repetition of a fragment is ignored. Any other overlap, or two opinions on the end, can only
 * be a mistake or an attack (RFC 5722): the whole datagram is dropped, and what still comes of it.
 *
 * <p><b>Limits.</b> A datagram has 30 s from its first fragment, of either family (RFC 8200 would let it have 60); 4 MiB and 1,024 datagrams are kept, and 128 fragments
 * of one datagram: at each of the first two limits the oldest datagram gives way, so that a flood shortens the time that
 * others have and no more. Each fragment is a copy, sized by itself, so that a small one does not hold a large receive
 * buffer.
 *
 * <p>When time is up the listener hears of it, and should send Time Exceeded, code 1, if the fragment with offset 0 is
 * there (RFC 792, RFC 4443 §3.3). The fragments are handed along in the order in which they came, for a bump in the wire that passes on
 * what turns out to be none of its business.
 */
public final class Reassembly implements Timed {
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

    private record Key(
            long srcHi, long srcLo, long dstHi, long dstLo, int protocol, int identification) {}

    private final ByteBufAllocator allocator;
    private final Limits limits;
    private final Listener listener;
    private final Tally<Count> tally = new Tally<>("reassembly", Count.class);
    private final Packet view = new Packet();

    /** In the order of their first fragments, which is the order of their deadlines. */
    private final LinkedHashMap<Key, FragmentedDatagram> datagrams = new LinkedHashMap<>();

    private long bytes;

    public Reassembly(ByteBufAllocator allocator, Limits limits, Listener listener) {
        this.allocator = allocator;
        this.limits = limits;
        this.listener = listener;
    }

    /** Takes one packet that {@link Packet#isFragment is a fragment}; its frame is copied. */
    public void add(Packet fragment, long now) {
        tally.count(Count.FRAGMENTS);
        ByteBuf frame = fragment.frame();
        int l3 = fragment.l3();
        int offset = fragment.fragmentOffset();
        int data = dataAt(fragment);
        int length = fragment.end() - data;
        boolean ipv6 = fragment.isIpv6();
        boolean last =
                !(ipv6
                        ? Ipv6.moreFragments(frame, data - Ipv6.FRAGMENT_BYTES)
                        : Ipv4.moreFragments(frame, l3));
        int counted = ipv6 ? data - Ipv6.FRAGMENT_BYTES - l3 - Ipv6.BYTES : data - l3;
        if (data < 0
                || length <= 0
                || !last && (length & 7) != 0
                || counted + offset + length > 0xFFFF
                || fragment.isGso()
                || fragment.needsChecksum()) {
            tally.count(Count.DROPPED_MALFORMED);
            return;
        }
        Key key =
                new Key(
                        fragment.srcHi(),
                        fragment.srcLo(),
                        fragment.dstHi(),
                        fragment.dstLo(),
                        ipv6 ? Ipv6.FRAGMENT : Ipv4.protocol(frame, l3),
                        ipv6
                                ? Ipv6.fragmentId(frame, data - Ipv6.FRAGMENT_BYTES)
                                : Ipv4.identification(frame, l3));
        FragmentedDatagram datagram = datagrams.get(key);
        if (datagram == null) {
            if (datagrams.size() >= limits.datagrams()) {
                evictOldest(now);
            }
            datagram = new FragmentedDatagram(now + limits.timeoutNanos());
            datagrams.put(key, datagram);
        }
        if (datagram.poisoned) {
            tally.count(Count.DROPPED_OVERLAP);
            return;
        }
        switch (datagram.place(frame, data, offset, length, last)) {
            case DUPLICATE -> tally.count(Count.DUPLICATES);
            case OVERLAP -> poison(datagram, Failure.OVERLAP, now);
            case FITS -> keep(key, datagram, fragment, data, last, now);
        }
    }

    /** Where a fragment's data begins; -1 if it has none. */
    private static int dataAt(Packet fragment) {
        if (!fragment.isIpv6()) {
            return fragment.l3() + Ipv4.headerLength(fragment.frame(), fragment.l3());
        }
        int header = Ipv6.fragmentHeader(fragment.frame(), fragment.l3(), fragment.end());
        return header < 0 ? -1 : header + Ipv6.FRAGMENT_BYTES;
    }

    private void keep(
            Key key,
            FragmentedDatagram datagram,
            Packet fragment,
            int data,
            boolean last,
            long now) {
        if (datagram.pieces() >= limits.fragments()) {
            poison(datagram, Failure.LIMIT, now);
            return;
        }
        ByteBuf copy = Frames.copy(allocator, fragment.frame());
        bytes += copy.capacity();
        int moved = copy.readerIndex() - fragment.base();
        int l3 = fragment.l3();
        int tos =
                fragment.isIpv6()
                        ? Ipv6.trafficClass(fragment.frame(), l3)
                        : Ipv4.tos(fragment.frame(), l3);
        datagram.insert(
                copy,
                data + moved,
                fragment.fragmentOffset(),
                fragment.end() - data,
                last,
                (tos & CONGESTION_EXPERIENCED) == CONGESTION_EXPERIENCED);
        if (datagram.isComplete()) {
            datagrams.remove(key);
            complete(datagram, now);
            return;
        }
        while (bytes > limits.bytes() && !datagrams.isEmpty()) {
            evictOldest(now);
        }
    }

    private void complete(FragmentedDatagram datagram, long now) {
        ByteBuf first = datagram.first();
        view.parse(first);
        int l3 = view.l3();
        boolean ipv6 = view.isIpv6();
        int data = dataAt(view);
        int headers = data - l3 - (ipv6 ? Ipv6.FRAGMENT_BYTES : 0);
        int total = headers + datagram.length();
        if (total - (ipv6 ? Ipv6.BYTES : 0) > 0xFFFF) {
            tally.count(Count.DROPPED_MALFORMED);
            release(datagram);
            return;
        }
        int inFront = l3 - first.readerIndex() + headers;
        ByteBuf whole = Frames.allocate(allocator, inFront - VirtioNet.BYTES + datagram.length());
        int base = whole.readerIndex();
        whole.setBytes(base, first, first.readerIndex(), inFront);
        VirtioNet.clear(whole, base);
        datagram.copyData(whole, base + inFront);
        whole.writerIndex(base + inFront + datagram.length());
        int at = base + l3 - first.readerIndex();
        if (ipv6) {
            unfragment6(whole, at, total, first.getUnsignedByte(data - Ipv6.FRAGMENT_BYTES));
        } else {
            whole.setShort(at + Ipv4.TOTAL_LENGTH_OFFSET, total);
            whole.setShort(at + Ipv4.FRAGMENT_OFFSET, 0);
        }
        if (datagram.congestion) {
            markCongestion(whole, at, ipv6);
        }
        if (!ipv6) {
            Ipv4.fixChecksum(whole, at);
        }
        tally.count(Count.REASSEMBLED);
        try {
            listener.reassembled(whole, datagram.arrived(), now);
        } finally {
            whole.release();
            release(datagram);
        }
    }

    /** Writes the length, and over the type of the fragment header, which is left out, the type behind it. */
    private static void unfragment6(ByteBuf whole, int l3, int total, int typeBehind) {
        whole.setShort(l3 + Ipv6.PAYLOAD_LENGTH_OFFSET, total - Ipv6.BYTES);
        int field = l3 + Ipv6.NEXT_HEADER_OFFSET;
        int at = l3 + Ipv6.BYTES;
        for (int type = whole.getUnsignedByte(field);
                type != Ipv6.FRAGMENT;
                type = whole.getUnsignedByte(field)) {
            field = at;
            at += Ipv6.extensionLength(whole, at, type);
        }
        whole.setByte(field, typeBehind);
    }

    /** Not for those that are not capable of it, as their first fragment says. */
    private static void markCongestion(ByteBuf whole, int l3, boolean ipv6) {
        if (ipv6) {
            if ((Ipv6.trafficClass(whole, l3) & CONGESTION_EXPERIENCED) != 0) {
                whole.setByte(l3 + 1, whole.getByte(l3 + 1) | CONGESTION_EXPERIENCED << 4);
            }
            return;
        }
        int tos = Ipv4.tos(whole, l3);
        if ((tos & CONGESTION_EXPERIENCED) != 0) {
            whole.setByte(l3 + Ipv4.TOS_OFFSET, tos | CONGESTION_EXPERIENCED);
        }
    }

    /** The datagram is given up, and its place kept until its time is up, so that later pieces find it so. */
    private void poison(FragmentedDatagram datagram, Failure failure, long now) {
        datagram.poisoned = true;
        abandon(datagram, failure, now);
    }

    private void evictOldest(long now) {
        Iterator<FragmentedDatagram> oldest = datagrams.values().iterator();
        FragmentedDatagram victim = oldest.next();
        oldest.remove();
        abandon(victim, Failure.LIMIT, now);
    }

    private void abandon(FragmentedDatagram datagram, Failure failure, long now) {
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

    private void release(FragmentedDatagram datagram) {
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
            Iterator<FragmentedDatagram> oldest = datagrams.values().iterator();
            FragmentedDatagram datagram = oldest.next();
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
        all.merge("reassembly datagrams waiting", (long) datagrams.size(), Long::sum);
        all.merge("reassembly bytes kept", bytes, Long::sum);
    }
}
