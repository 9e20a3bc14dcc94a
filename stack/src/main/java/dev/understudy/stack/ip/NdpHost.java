package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Neighbour Discovery for the IPv6 addresses of one link (RFC 4861 §7, RFC 4862 §5.4): asks on behalf of its {@link
 * Neighbours}, answers for its own addresses and for chosen others (proxy), finds out before it uses an address whether
 * somebody has it, and notices when somebody claims it later. Routers are {@link RouterDiscovery}'s.
 *
 * <pre>
 *   add ──▶ TENTATIVE ── one probe, 1 s of silence ──▶ VALID ── lifetime over ──▶ (gone)
 *               └ another node answers, or probes too ──▶ DUPLICATE
 * </pre>
 *
 * <p><b>What is believed.</b> Only messages with hop limit 255, whole, and well-formed: others are counted and dropped.
 * Senders that ask for us are remembered, as in {@link ArpHost}; answers that nobody waits for add nothing. An answer
 * without the override flag does not replace what is known. Redirects are not followed: they are one forged packet's way
 * to move our traffic, and cost a hop at worst.
 *
 * <p><b>Limits.</b> {@value #MAX_ADDRESSES} addresses of our own and {@value #MAX_PROXIED} others; 1,000 answers a second.
 * A claim on a valid address is reported and defended, at most once in ten seconds, and never given in to: an address that
 * configuration gave us is not ours to give up.
 *
 * <p>A switch that snoops multicast would have to be told of our groups by MLD, which is not spoken here: TAP devices and
 * in-memory switches flood.
 */
public final class NdpHost implements Neighbours.Solicitor, Timed {
    public static final int MAX_ADDRESSES = 32;
    public static final int MAX_PROXIED = 4096;

    /** RetransTimer: silence that proves an address free (RFC 4862 §5.1). */
    public static final long PROBE_NANOS = 1_000_000_000L;

    /** DupAddrDetectTransmits. */
    public static final int PROBES = 1;

    private static final long NEVER = Long.MAX_VALUE;

    /** Told what becomes of addresses. */
    public interface Listener {
        /** An address may be used from now on. */
        void valid(long hi, long lo, long now);

        /** Another node, {@code mac}, has an address that we wanted; it is not ours. */
        void duplicate(long hi, long lo, long mac, long now);

        /** Another node, {@code mac}, claims an address of ours. */
        void conflict(long hi, long lo, long mac, long now);
    }

    private enum Count {
        SOLICITATIONS_RECEIVED,
        ADVERTISEMENTS_RECEIVED,
        ANSWERS,
        PROXY_ANSWERS,
        DUPLICATES,
        CONFLICTS,
        REDIRECTS_IGNORED,
        ANSWERS_RATE_LIMITED,
        DROPPED_INVALID,
        DROPPED_ADDRESS_LIMIT
    }

    private final ByteBufAllocator allocator;
    private final FrameOutput output;
    private final long mac;
    private final Listener listener;
    private final Neighbours neighbours;
    private final RouterDiscovery routers;
    private final Tally<Count> tally = new Tally<>("ndp", Count.class);
    private final TokenBucket answers = new TokenBucket(1000, 200);
    private final NdpAddresses addresses = new NdpAddresses(MAX_ADDRESSES);
    private final Set<IpAddress> proxied = new LinkedHashSet<>();
    private NdpAddress selected;

    public NdpHost(
            ByteBufAllocator allocator,
            FrameOutput output,
            long mac,
            Neighbours.Limits limits,
            Neighbours.Listener waiting,
            Listener listener,
            RandomGenerator random) {
        this.allocator = allocator;
        this.output = output;
        this.mac = mac;
        this.listener = listener;
        neighbours = new Neighbours(limits, this, waiting, random);
        routers = new RouterDiscovery(allocator, output, mac, this, random);
    }

    /** The cache that this host fills. */
    public Neighbours neighbours() {
        return neighbours;
    }

    /** What routers on the link say. */
    public RouterDiscovery routers() {
        return routers;
    }

    public long mac() {
        return mac;
    }

    // ---- addresses

    /**
     * Takes an address on: at once, or once it is known that nobody else has it.
     *
     * @return false if it is held already or there is no room
     */
    public boolean add(long hi, long lo, boolean detectDuplicates, long now) {
        return add(hi, lo, detectDuplicates, NEVER, NEVER, now);
    }

    boolean add(
            long hi,
            long lo,
            boolean detectDuplicates,
            long preferredUntil,
            long validUntil,
            long now) {
        if (addresses.find(hi, lo) != null) {
            return false;
        }
        if (addresses.isFull()) {
            tally.count(Count.DROPPED_ADDRESS_LIMIT);
            return false;
        }
        NdpAddress address =
                new NdpAddress(
                        hi,
                        lo,
                        detectDuplicates ? NdpAddress.State.TENTATIVE : NdpAddress.State.VALID);
        address.preferredUntil = preferredUntil;
        address.validUntil = validUntil;
        addresses.add(address);
        if (detectDuplicates) {
            probe(address, now);
        } else {
            listener.valid(hi, lo, now);
        }
        return true;
    }

    /** The link-local address that goes with our MAC (RFC 4862 §5.3). */
    public boolean addLinkLocal(boolean detectDuplicates, long now) {
        return add(Ndp.LINK_LOCAL, Ndp.interfaceId(mac), detectDuplicates, now);
    }

    /** Lets go of an address. */
    public void remove(long hi, long lo) {
        addresses.remove(hi, lo);
    }

    NdpAddress find(long hi, long lo) {
        return addresses.find(hi, lo);
    }

    /** Whether an address is ours and may be used. Allocates nothing. */
    public boolean isValid(long hi, long lo) {
        return addresses.isValid(hi, lo);
    }

    /** Whether a packet to a group is for us: all nodes, or the group of an address that we hold or want. */
    public boolean isMember(long hi, long lo) {
        return addresses.isMember(hi, lo);
    }

    /**
     * The address to speak to {@code hi}, {@code lo} from: one that may be used, preferred before deprecated, of the same
     * scope, and with the longest common prefix (RFC 6724 §5, rules 2, 3 and 8).
     *
     * @return whether there is one; {@link #sourceHi} and {@link #sourceLo} tell it
     */
    public boolean selectSource(long hi, long lo, long now) {
        selected = addresses.sourceFor(hi, lo, now);
        return selected != null;
    }

    public long sourceHi() {
        return selected.hi;
    }

    public long sourceLo() {
        return selected.lo;
    }

    /** Answers for an address of another node, until told otherwise (RFC 4861 §7.2.8); false at the limit. */
    public boolean answerFor(long hi, long lo) {
        if (proxied.size() >= MAX_PROXIED) {
            tally.count(Count.DROPPED_ADDRESS_LIMIT);
            return false;
        }
        proxied.add(new IpAddress(hi, lo));
        return true;
    }

    public void stopAnsweringFor(long hi, long lo) {
        proxied.remove(new IpAddress(hi, lo));
    }

    private void probe(NdpAddress address, long now) {
        address.probes++;
        address.probeAt = now + PROBE_NANOS;
        output.write(
                Ndp.solicitation(allocator, Ethernet.BROADCAST, mac, 0, 0, address.hi, address.lo));
    }

    private void duplicate(NdpAddress address, long byMac, long now) {
        tally.count(Count.DUPLICATES);
        address.state = NdpAddress.State.DUPLICATE;
        listener.duplicate(address.hi, address.lo, byMac, now);
    }

    // ---- messages

    @Override
    public void solicit(long hi, long lo, long to, long now) {
        if (selectSource(hi, lo, now)) {
            output.write(Ndp.solicitation(allocator, to, mac, sourceHi(), sourceLo(), hi, lo));
        }
    }

    /**
     * Reads one packet for which {@link Ndp#isNdp} holds, sent to one of our addresses or groups. Only looks at the frame;
     * it stays the caller's.
     */
    public void input(Packet packet, long now) {
        if (!Ndp.isValid(packet)) {
            tally.count(Count.DROPPED_INVALID);
            return;
        }
        if (packet.srcMac() == mac) {
            // Our own, reflected by the link: a probe must not find itself (RFC 4862 §5.4.3).
            return;
        }
        switch (Icmp.type(packet.frame(), packet.l4())) {
            case Ndp.NEIGHBOUR_SOLICITATION -> solicited(packet, now);
            case Ndp.NEIGHBOUR_ADVERTISEMENT -> advertised(packet, now);
            case Ndp.ROUTER_ADVERTISEMENT -> routers.advertised(packet, now);
            case Ndp.REDIRECT -> tally.count(Count.REDIRECTS_IGNORED);
            default -> {
                // A router solicitation: we are none.
            }
        }
    }

    private void solicited(Packet packet, long now) {
        tally.count(Count.SOLICITATIONS_RECEIVED);
        ByteBuf frame = packet.frame();
        long hi = Ndp.targetHi(frame, packet.l4());
        long lo = Ndp.targetLo(frame, packet.l4());
        boolean probe = (packet.srcHi() | packet.srcLo()) == 0;
        NdpAddress address = addresses.find(hi, lo);
        boolean proxy =
                address == null && !proxied.isEmpty() && proxied.contains(new IpAddress(hi, lo));
        if (address != null && address.state != NdpAddress.State.VALID) {
            if (probe && address.state == NdpAddress.State.TENTATIVE) {
                duplicate(address, packet.srcMac(), now);
            }
            return;
        }
        if (address == null && !proxy || proxy && probe) {
            // A node that probes for an address we answer for is its owner, come back.
            return;
        }
        long source = Ndp.linkAddress(packet, Ndp.SOURCE_LINK_ADDRESS);
        if (!probe && source != 0) {
            neighbours.add(packet.srcHi(), packet.srcLo(), source, now);
        }
        if (!answers.tryTake(now)) {
            tally.count(Count.ANSWERS_RATE_LIMITED);
            return;
        }
        tally.count(proxy ? Count.PROXY_ANSWERS : Count.ANSWERS);
        output.write(
                Ndp.advertisement(
                        allocator,
                        source != 0 ? source : packet.srcMac(),
                        mac,
                        hi,
                        lo,
                        packet.srcHi(),
                        packet.srcLo(),
                        hi,
                        lo,
                        (probe ? 0 : Ndp.SOLICITED) | (proxy ? 0 : Ndp.OVERRIDE)));
    }

    private void advertised(Packet packet, long now) {
        tally.count(Count.ADVERTISEMENTS_RECEIVED);
        ByteBuf frame = packet.frame();
        long hi = Ndp.targetHi(frame, packet.l4());
        long lo = Ndp.targetLo(frame, packet.l4());
        int flags = Ndp.flags(frame, packet.l4());
        long target = Ndp.linkAddress(packet, Ndp.TARGET_LINK_ADDRESS);
        NdpAddress address = addresses.find(hi, lo);
        if (address != null) {
            long claimant = target != 0 ? target : packet.srcMac();
            switch (address.state) {
                case TENTATIVE -> duplicate(address, claimant, now);
                case VALID -> defend(address, claimant, now);
                case DUPLICATE -> {
                    // Known.
                }
            }
            return;
        }
        boolean solicited = (flags & Ndp.SOLICITED) != 0;
        if (target != 0) {
            neighbours.update(hi, lo, target, solicited, (flags & Ndp.OVERRIDE) != 0, now);
        } else if (solicited) {
            neighbours.confirm(hi, lo, now);
        }
        if ((flags & Ndp.ROUTER) == 0) {
            routers.noLonger(hi, lo);
        }
    }

    private void defend(NdpAddress address, long claimant, long now) {
        if (claimant == mac) {
            return;
        }
        tally.count(Count.CONFLICTS);
        listener.conflict(address.hi, address.lo, claimant, now);
        if (!address.defended || now - address.defendAfter >= 0) {
            address.defended = true;
            address.defendAfter = now + ArpHost.DEFEND_NANOS;
            announce(address);
        }
    }

    private void announce(NdpAddress address) {
        output.write(
                Ndp.advertisement(
                        allocator,
                        0,
                        mac,
                        address.hi,
                        address.lo,
                        0,
                        0,
                        address.hi,
                        address.lo,
                        Ndp.OVERRIDE));
    }

    // ---- time

    @Override
    public long nextDeadline() {
        long next = Math.min(neighbours.nextDeadline(), routers.nextDeadline());
        return Math.min(next, addresses.nextDeadline());
    }

    @Override
    public void onDeadline(long now) {
        for (int expired = addresses.expire(now); expired > 0; expired--) {
            routers.addressExpired();
        }
        for (int i = 0; i < addresses.size(); i++) {
            NdpAddress address = addresses.get(i);
            if (address.state != NdpAddress.State.TENTATIVE || address.probeAt > now) {
                continue;
            }
            if (address.probes < PROBES) {
                probe(address, now);
            } else {
                address.state = NdpAddress.State.VALID;
                announce(address);
                listener.valid(address.hi, address.lo, now);
            }
        }
        routers.onDeadline(now);
        neighbours.onDeadline(now);
    }

    /** Adds the counters of NDP and of the cache to a map. */
    public void counters(Map<String, Long> all) {
        tally.addTo(all);
        routers.counters(all);
        neighbours.counters(all);
    }
}
