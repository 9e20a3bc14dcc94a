package dev.understudy.stack.host;

import dev.understudy.stack.ip.ArpHost;
import dev.understudy.stack.ip.FrameOutput;
import dev.understudy.stack.ip.IcmpResponder;
import dev.understudy.stack.ip.NdpHost;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.Prefix;
import dev.understudy.stack.ip.Reassembly;
import dev.understudy.stack.ip.Routes;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.tcp.TcpStack;
import dev.understudy.stack.udp.UdpStack;
import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.Udp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A complete IP host on one link (RFC 1122, RFC 8504): frames in, frames out, no clock, thread or channel. {@link HostLink}
 * joins it to a link; {@link HostChannels} puts Netty channels on it.
 *
 * <pre>
 *   frame ─▶ ARP                                    ─▶ ArpHost
 *            for us? ─▶ fragment? ─▶ Reassembly ─┐
 *                       whole ───────────────────┴─▶ TCP  ─▶ TcpStack   (nobody there: RST)
 *                                                    UDP  ─▶ UdpStack   (nobody there: port unreachable)
 *                                                    ICMP ─▶ echo, errors, NdpHost
 *                                                    else ─▶ protocol unreachable
 * </pre>
 *
 * <p>Frames for other MACs and packets for other addresses are counted and dropped: a host does not forward. So is a packet
 * whose source is one of our own addresses. All answers of ours that an attacker could provoke are limited in rate where
 * they are made: RSTs, ICMP errors, echoes, advertisements.
 *
 * <p>A host does not talk to itself: a packet to one of its own addresses goes to the link, and nobody answers.
 */
public final class Host implements Timed, Reassembly.Listener, NdpHost.Listener {
    private enum Count {
        RECEIVED,
        ADDRESS_DUPLICATES,
        ADDRESS_CONFLICTS,
        DROPPED_OTHER_MAC,
        DROPPED_OTHER_ADDRESS,
        DROPPED_BAD_SOURCE,
        DROPPED_GROUP,
        DROPPED_OTHER_PROTOCOL
    }

    private final HostConfig config;
    private final long mac;
    private final Routes routes = new Routes();
    private final HostAddresses addresses;
    private final ArpHost arp;
    private final NdpHost ndp;
    private final HostIcmp icmp;
    private final Reassembly reassembly;
    private final IpSender sender;
    private final TcpStack tcp;
    private final UdpStack udp;
    private final Pings pings;
    private final Packet packet = new Packet();
    private final Packet whole = new Packet();
    private final LocalErrors localErrors = new LocalErrors();
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private final Tally<Count> tally = new Tally<>("ip in", Count.class);
    private final Map<Packet.Parse, Long> malformed = new LinkedHashMap<>();
    private int tentative;

    /**
     * @param mac ours on the link
     * @param mtu the link's
     * @param output the link
     * @param random draws secrets: a cryptographic one, except where a run must be repeatable
     */
    public Host(
            HostConfig config,
            long mac,
            int mtu,
            ByteBufAllocator allocator,
            FrameOutput output,
            RandomGenerator random) {
        this.config = config;
        this.mac = mac;
        config.addresses().forEach(routes::onLink);
        config.gateways().forEach(routes::defaultVia);
        Later later = new Later();
        ndp = new NdpHost(allocator, output, mac, config.neighbours(), later, this, random);
        addresses = new HostAddresses(config.addresses(), mac, ndp);
        arp =
                new ArpHost(
                        allocator,
                        output,
                        mac,
                        addresses.first4(),
                        addresses::isOnLink4,
                        config.neighbours(),
                        later,
                        (address, by, now) -> tally.count(Count.ADDRESS_CONFLICTS),
                        random);
        sender = new IpSender(allocator, output, mac, mtu, routes, arp, ndp, localErrors, random);
        later.sender = sender;
        reassembly = new Reassembly(allocator, config.reassembly(), this);
        tcp =
                new TcpStack(
                        config.tcp().withMtu(Math.min(mtu, 0xFFFF)),
                        config.tcpLimits(),
                        random,
                        allocator,
                        sender);
        udp = new UdpStack(allocator, sender, addresses::source, random);
        pings = new Pings(allocator, sender, random);
        IcmpResponder responder = new IcmpResponder(allocator, addresses::isBroadcast4);
        icmp = new HostIcmp(responder, sender, localErrors, ndp, tcp, udp, pings);
    }

    /** The neighbour caches are made before the sender that takes their packets back. */
    private static final class Later implements Neighbours.Listener {
        private IpSender sender;

        @Override
        public void resolved(ByteBuf frame, long mac, long now) {
            sender.resolved(frame, mac, now);
        }

        @Override
        public void unresolved(ByteBuf frame, long now) {
            sender.unresolved(frame, now);
        }
    }

    /** Announces and probes its addresses: called once, when the link is up. */
    public void start(long now) {
        if (addresses.hasIpv4()) {
            arp.announce(now);
        }
        boolean any6 = config.autoconfigure();
        for (Prefix prefix : config.addresses()) {
            any6 |= !prefix.address().isIpv4();
        }
        if (any6) {
            take(Ndp.LINK_LOCAL, Ndp.interfaceId(mac), now);
        }
        for (Prefix prefix : config.addresses()) {
            if (!prefix.address().isIpv4()) {
                take(prefix.address().hi(), prefix.address().lo(), now);
            }
        }
        if (config.autoconfigure()) {
            ndp.routers().start(now);
        }
    }

    private void take(long hi, long lo, long now) {
        tentative += config.detectDuplicates() ? 1 : 0;
        ndp.add(hi, lo, config.detectDuplicates(), now);
    }

    /** Runs a task as soon as all configured addresses may be used, at once if they may. */
    public void whenReady(Runnable task) {
        if (tentative == 0) {
            task.run();
        } else {
            waiting.add(task);
        }
    }

    private void settled() {
        if (tentative > 0 && --tentative == 0) {
            for (Runnable task = waiting.poll(); task != null; task = waiting.poll()) {
                task.run();
            }
        }
    }

    @Override
    public void valid(long hi, long lo, long now) {
        settled();
    }

    @Override
    public void duplicate(long hi, long lo, long by, long now) {
        tally.count(Count.ADDRESS_DUPLICATES);
        settled();
    }

    @Override
    public void conflict(long hi, long lo, long by, long now) {
        tally.count(Count.ADDRESS_CONFLICTS);
    }

    // ---- what is on it

    public TcpStack tcp() {
        return tcp;
    }

    public UdpStack udp() {
        return udp;
    }

    public Pings pings() {
        return pings;
    }

    public NdpHost ndp() {
        return ndp;
    }

    /** The address of ours to speak to another one from (RFC 1122 §3.3.4.3, RFC 6724). */
    public Optional<IpAddress> source(IpAddress to, long now) {
        return addresses.source(to, now);
    }

    /** Whether there is a way to an address: it is on the link, or behind a gateway. */
    public boolean hasRoute(IpAddress to) {
        return sender.findHop(to.hi(), to.lo());
    }

    /** Whether an address is ours and may be used. */
    public boolean isOurs(long hi, long lo) {
        return addresses.isOurs(hi, lo);
    }

    // ---- in

    /** Takes one frame from the link, which stays the caller's; what is kept of it is retained or copied. */
    public void frame(ByteBuf frame, long now) {
        tally.count(Count.RECEIVED);
        Packet.Parse parse = packet.parse(frame);
        if (parse == Packet.Parse.NOT_IP) {
            if (packet.etherType() == Ethernet.TYPE_ARP && addresses.hasIpv4()) {
                arp(frame, now);
            } else {
                tally.count(Count.DROPPED_OTHER_PROTOCOL);
            }
        } else if (parse != Packet.Parse.OK) {
            malformed.merge(parse, 1L, Long::sum);
        } else {
            ip(packet, now);
        }
        icmp.tellLocalErrors(now);
    }

    private void arp(ByteBuf frame, long now) {
        arp.input(packet, now);
        int at = packet.l3();
        if (!addresses.hasMoreIpv4()
                || !Arp.isValid(frame, at, frame.writerIndex())
                || Arp.operation(frame, at) != Arp.REQUEST) {
            return;
        }
        int target = Arp.targetAddress(frame, at);
        if (target != arp.address() && addresses.isOurs4(target)) {
            arp.reply(target, mac, Arp.senderMac(frame, at), Arp.senderAddress(frame, at));
        }
    }

    private void ip(Packet in, long now) {
        long to = in.dstMac();
        boolean group = Ethernet.isGroup(to);
        if (to != mac && !group) {
            tally.count(Count.DROPPED_OTHER_MAC);
            return;
        }
        if (addresses.hasBadSource(in)) {
            tally.count(Count.DROPPED_BAD_SOURCE);
            return;
        }
        boolean ours = addresses.isOurs(in.dstHi(), in.dstLo());
        if (!ours && !addresses.isForGroupOfOurs(in) || ours && group) {
            tally.count(Count.DROPPED_OTHER_ADDRESS);
            return;
        }
        if (in.isFragment()) {
            reassembly.add(in, now);
        } else {
            up(in, ours, now);
        }
    }

    @Override
    public void reassembled(ByteBuf frame, List<ByteBuf> fragments, long now) {
        if (whole.parse(frame) == Packet.Parse.OK) {
            up(whole, addresses.isOurs(whole.dstHi(), whole.dstLo()), now);
        }
    }

    @Override
    public void abandoned(Reassembly.Failure failure, List<ByteBuf> fragments, long now) {
        if (failure == Reassembly.Failure.TIMEOUT) {
            icmp.reassemblyTimeExceeded(fragments, now);
        }
    }

    private void up(Packet in, boolean ours, long now) {
        switch (in.protocol()) {
            case Tcp.PROTOCOL -> {
                if (ours) {
                    tcp.onPacket(in, now);
                } else {
                    tally.count(Count.DROPPED_GROUP);
                }
            }
            case Udp.PROTOCOL -> {
                if (!udp.onPacket(in, now) && ours) {
                    icmp.portUnreachable(in, now);
                }
            }
            case Icmp.PROTOCOL, Icmp.PROTOCOL_V6 -> {
                if (in.isIcmp()) {
                    icmp.input(in, ours, now);
                } else {
                    unknownProtocol(in, ours, now);
                }
            }
            default -> unknownProtocol(in, ours, now);
        }
    }

    private void unknownProtocol(Packet in, boolean ours, long now) {
        tally.count(Count.DROPPED_OTHER_PROTOCOL);
        if (ours) {
            icmp.protocolUnreachable(in, now);
        }
    }

    // ---- time

    @Override
    public long nextDeadline() {
        if (!localErrors.isEmpty()) {
            return Long.MIN_VALUE;
        }
        long next = Math.min(tcp.nextDeadline(), reassembly.nextDeadline());
        return Math.min(next, Math.min(arp.nextDeadline(), ndp.nextDeadline()));
    }

    @Override
    public void onDeadline(long now) {
        icmp.tellLocalErrors(now);
        tcp.onDeadline(now);
        reassembly.onDeadline(now);
        arp.onDeadline(now);
        ndp.onDeadline(now);
        icmp.tellLocalErrors(now);
    }

    /** Ends every connection with a RST and lets go of everything. */
    public void close(long now) {
        tcp.close(now);
        reassembly.clear();
        arp.neighbours().clear();
        ndp.neighbours().clear();
        localErrors.clear();
    }

    /** Everything that is counted, by the names that screens show. */
    public Map<String, Long> counters() {
        Map<String, Long> all = new LinkedHashMap<>();
        tally.addTo(all);
        malformed.forEach((parse, count) -> all.put("dropped: malformed " + parse, count));
        sender.counters(all);
        reassembly.counters(all);
        icmp.counters(all);
        arp.counters(all);
        ndp.counters(all);
        tcp.counters(all);
        udp.counters(all);
        return all;
    }
}
