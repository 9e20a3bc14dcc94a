package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * ARP for one IPv4 address on one link (RFC 826, RFC 1122 §2.3.2, RFC 5227): asks on behalf of its {@link Neighbours},
 * answers for its own address, announces it, and notices when another machine claims it.
 *
 * <p>Learns from packets whose sender is on the link's own network; anything else is answered but not believed. A
 * conflict is reported and defended with one announcement, at most once in ten seconds (RFC 5227 §2.4 b): an address that
 * configuration gave us is not ours to give up.
 *
 * <p>The identity may be unknown at first and change later, as it does inline, where we speak in the client's name;
 * questions are then asked with sender address 0, which everybody answers and nobody learns from (RFC 5227 §1.1).
 */
public final class ArpHost implements Neighbours.Solicitor, Timed {
    public static final long DEFEND_NANOS = 10_000_000_000L;

    /** Time between the two announcements (RFC 5227 §1.1, ANNOUNCE_INTERVAL). */
    public static final long ANNOUNCE_NANOS = 2_000_000_000L;

    private static final long NEVER = Long.MAX_VALUE;

    /** Told of conflicts. */
    @FunctionalInterface
    public interface ConflictListener {
        /** Another machine, {@code mac}, claims our address. */
        void conflict(int address, long mac, long now);
    }

    private enum Count {
        REQUESTS_RECEIVED,
        REPLIES_RECEIVED,
        REPLIES_SENT,
        CONFLICTS,
        DROPPED_MALFORMED
    }

    private final ByteBufAllocator allocator;
    private final FrameOutput output;
    private final IntPredicate onLink;
    private final ConflictListener conflicts;
    private final Neighbours neighbours;
    private final Tally<Count> tally = new Tally<>("arp", Count.class);
    private long mac;
    private int address;
    private long defendAfter;
    private boolean defended;
    private long announceAt = NEVER;

    /**
     * @param mac ours; 0 if not known yet
     * @param address ours; 0 if not known yet
     * @param onLink whether an address belongs to the link's network
     */
    public ArpHost(
            ByteBufAllocator allocator,
            FrameOutput output,
            long mac,
            int address,
            IntPredicate onLink,
            Neighbours.Limits limits,
            Neighbours.Listener listener,
            ConflictListener conflicts,
            RandomGenerator random) {
        this.allocator = allocator;
        this.output = output;
        this.mac = mac;
        this.address = address;
        this.onLink = onLink;
        this.conflicts = conflicts;
        neighbours = new Neighbours(limits, this, listener, random);
    }

    /** The cache that this host fills. */
    public Neighbours neighbours() {
        return neighbours;
    }

    /** Speaks with another identity from now on. */
    public void identity(long newMac, int newAddress) {
        mac = newMac;
        address = newAddress;
    }

    public long mac() {
        return mac;
    }

    public int address() {
        return address;
    }

    /** Says twice who we are, so that nobody keeps an older answer (gratuitous ARP, RFC 5227 §2.3). */
    public void announce(long now) {
        sendAnnouncement();
        announceAt = now + ANNOUNCE_NANOS;
    }

    private void sendAnnouncement() {
        output.write(
                Arp.frame(allocator, Ethernet.BROADCAST, Arp.REQUEST, mac, address, 0, address));
    }

    @Override
    public void solicit(long hi, long lo, long to, long now) {
        output.write(Arp.frame(allocator, to, Arp.REQUEST, mac, address, 0, (int) lo));
    }

    /**
     * Reads one ARP packet: {@link Packet#parse} gave NOT_IP and the type is ARP. Only looks at the frame; it stays the
     * caller's.
     */
    public void input(Packet packet, long now) {
        ByteBuf frame = packet.frame();
        int at = packet.l3();
        if (!Arp.isValid(frame, at, frame.writerIndex())) {
            tally.count(Count.DROPPED_MALFORMED);
            return;
        }
        long senderMac = Arp.senderMac(frame, at);
        int sender = Arp.senderAddress(frame, at);
        int target = Arp.targetAddress(frame, at);
        boolean request = Arp.operation(frame, at) == Arp.REQUEST;
        tally.count(request ? Count.REQUESTS_RECEIVED : Count.REPLIES_RECEIVED);
        if (senderMac == 0 || Ethernet.isGroup(senderMac)) {
            tally.count(Count.DROPPED_MALFORMED);
            return;
        }
        if (sender == address && address != 0) {
            if (senderMac != mac) {
                conflict(senderMac, now);
            }
            return;
        }
        boolean forUs = target == address && address != 0;
        if (sender != 0 && onLink.test(sender)) {
            long lo = IpAddress.mapped(sender);
            boolean solicited = !request && Arp.targetMac(frame, at) == mac;
            if (!neighbours.update(0, lo, senderMac, solicited, now) && forUs && request) {
                neighbours.add(0, lo, senderMac, now);
            }
        }
        if (forUs && request) {
            reply(address, mac, senderMac, sender);
        }
    }

    /** Answers a question: {@code answered} is at {@code answeredMac}. Also for proxies that answer for others. */
    public void reply(int answered, long answeredMac, long toMac, int toAddress) {
        tally.count(Count.REPLIES_SENT);
        output.write(
                Arp.frame(allocator, toMac, Arp.REPLY, answeredMac, answered, toMac, toAddress));
    }

    private void conflict(long senderMac, long now) {
        tally.count(Count.CONFLICTS);
        conflicts.conflict(address, senderMac, now);
        if (!defended || now - defendAfter >= 0) {
            defended = true;
            defendAfter = now + DEFEND_NANOS;
            sendAnnouncement();
        }
    }

    @Override
    public long nextDeadline() {
        return Math.min(announceAt, neighbours.nextDeadline());
    }

    @Override
    public void onDeadline(long now) {
        if (now >= announceAt) {
            announceAt = NEVER;
            sendAnnouncement();
        }
        neighbours.onDeadline(now);
    }

    /** Adds the counters of ARP and of the cache to a map. */
    public void counters(Map<String, Long> all) {
        tally.addTo(all);
        neighbours.counters(all);
    }
}
