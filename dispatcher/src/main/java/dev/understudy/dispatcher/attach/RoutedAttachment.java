package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.ip.ArpHost;
import dev.understudy.stack.ip.Fragmenter;
import dev.understudy.stack.ip.IcmpResponder;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.ip.Reassembly;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * One side of a routed attachment: an IPv4 host with an address of its own on a link, that hands up every whole packet
 * sent to its MAC, and sends what it is given to the right neighbour (DESIGN 7.7).
 *
 * <pre>
 *   frame ─▶ for our MAC? ─▶ ARP │ fragment ─▶ reassembly ─▶ echo to us │ handler ─▶ (not taken) pass through
 *   send  ─▶ fits the MTU? ─▶ next hop ─▶ neighbour cache ─▶ MACs written in place ─▶ link
 * </pre>
 *
 * <p><b>Next hop.</b> What is in the link's network is its own next hop. Other addresses go to the gateway; a side
 * without one, which is the client side, returns to a client that is not in its network by the neighbour that the
 * client's packets came from, and knows no other way.
 *
 * <p><b>Failures</b> (no neighbour answers, too big for the link) become ICMP errors that are handed up on this side, as if
 * a router behind the link had sent them: the dispatcher and the NAT translate them back to whom they concern.
 *
 * <p>Frames with VLAN tags are not for this host and are dropped, as is IPv6 (not routed yet). Each frame is written at
 * once: the link then reads the next into the same memory, and nothing waits for the end of a batch.
 */
final class RoutedAttachment
        implements FrameReceiver.Sink,
                PacketOutput,
                Neighbours.Listener,
                Reassembly.Listener,
                Timed {
    private static final int OFF_LINK_SETS = 1024;

    private enum Count {
        CONFLICTS,
        FORWARDED_TO_HANDLER,
        DROPPED_NOT_OUR_MAC,
        IGNORED_MULTICAST,
        DROPPED_TAGGED,
        DROPPED_IPV6,
        DROPPED_ETHERTYPE,
        DROPPED_SOURCE,
        DROPPED_NO_ROUTE,
        DROPPED_TOO_BIG,
        DROPPED_ERROR_QUEUE,
        DROPPED_FAULT
    }

    private final LinkChannel link;
    private final long mac;
    private final Subnet subnet;
    private final int address;
    private final long addressLo;
    private final Optional<IpAddress> gateway;
    private final boolean clientSide;
    private final ByteBufAllocator allocator;
    private final IcmpResponder icmp;
    private final Transmitter transmitter;
    private final ArpHost arp;
    private final Reassembly reassembly;
    private final MacTable offLink;
    private final Errors errors = new Errors();
    private final Tally<Count> tally;
    private final Tally<Packet.Parse> malformed;
    private final Fragmenter fragmenter;
    private final Packet view = new Packet();
    private final Packet failed = new Packet();
    private PacketHandler handler = (packet, now) -> false;
    private PassThrough passThrough;
    private long lastHop;
    private long lastNow;

    RoutedAttachment(
            LinkChannel link,
            Subnet subnet,
            Optional<IpAddress> gateway,
            boolean clientSide,
            RandomGenerator random) {
        this.link = link;
        this.subnet = subnet;
        this.gateway = gateway;
        this.clientSide = clientSide;
        allocator = link.alloc();
        mac = link.mac();
        address = subnet.address().ipv4();
        addressLo = IpAddress.mapped(address);
        String name = clientSide ? "client side" : "network side";
        tally = new Tally<>(name, Count.class);
        malformed = new Tally<>("dropped: " + name, Packet.Parse.class);
        icmp = new IcmpResponder(allocator, this::isBroadcast);
        fragmenter = new Fragmenter(allocator, random.nextInt());
        transmitter = new Transmitter(fragmenter, link.mtu());
        offLink = new MacTable(OFF_LINK_SETS, random.nextLong());
        reassembly = new Reassembly(allocator, Reassembly.Limits.DEFAULT, this);
        arp =
                new ArpHost(
                        allocator,
                        link::send,
                        mac,
                        address,
                        this::isOnLink,
                        Neighbours.Limits.DEFAULT,
                        this,
                        (conflicting, otherMac, now) -> tally.count(Count.CONFLICTS),
                        random);
    }

    /** Sets to whom whole packets go, and who takes those that the handler leaves. */
    void connect(PacketHandler toHandler, PassThrough toPassThrough) {
        handler = toHandler;
        passThrough = toPassThrough;
    }

    /** Tells the link's neighbours who we are. */
    void announce(long now) {
        arp.announce(now);
    }

    // ---- in

    @Override
    public void frame(Packet packet, Packet.Parse parse, long now) {
        if (parse != Packet.Parse.OK && parse != Packet.Parse.NOT_IP) {
            malformed.count(parse);
            return;
        }
        long to = packet.dstMac();
        if (to != mac && to != Ethernet.BROADCAST) {
            tally.count(Ethernet.isGroup(to) ? Count.IGNORED_MULTICAST : Count.DROPPED_NOT_OUR_MAC);
        } else if (packet.l3() != packet.eth() + Ethernet.BYTES) {
            tally.count(Count.DROPPED_TAGGED);
        } else if (packet.etherType() == Ethernet.TYPE_ARP) {
            arp.input(packet, now);
        } else if (to != mac) {
            tally.count(Count.IGNORED_MULTICAST);
        } else if (packet.isIpv6()) {
            tally.count(Count.DROPPED_IPV6);
        } else if (parse == Packet.Parse.NOT_IP) {
            tally.count(Count.DROPPED_ETHERTYPE);
        } else if (isFromNobody(packet)) {
            tally.count(Count.DROPPED_SOURCE);
        } else if (packet.isFragment()) {
            reassembly.add(packet, now);
        } else {
            whole(packet, now);
        }
    }

    /** A source that no single host has, or that is our own. */
    private boolean isFromNobody(Packet packet) {
        return !IcmpResponder.isHost(packet.srcHi(), packet.srcLo())
                || packet.srcLo() == addressLo
                || isBroadcast((int) packet.srcLo());
    }

    private void whole(Packet packet, long now) {
        if (clientSide && !subnet.contains(0, packet.srcLo())) {
            offLink.learn(0, packet.srcLo(), packet.srcMac(), 0);
        }
        if (packet.dstLo() == addressLo && IcmpResponder.isEchoRequest(packet)) {
            icmp.echoReply(packet, now).ifPresent(link::send);
            return;
        }
        up(packet, now);
    }

    /** Hands a packet up: to the flows that pass through if it is one of theirs, else to the handler. */
    private void up(Packet packet, long now) {
        if (!clientSide && passThrough.claims(packet)) {
            passThrough.fromNetwork(packet, now);
            return;
        }
        if (handler.handle(packet, now)) {
            tally.count(Count.FORWARDED_TO_HANDLER);
        } else if (clientSide) {
            passThrough.fromClient(packet, now);
        } else {
            passThrough.fromNetwork(packet, now);
        }
    }

    @Override
    public void reassembled(ByteBuf whole, List<ByteBuf> fragments, long now) {
        Packet.Parse parse = view.parse(whole);
        if (parse == Packet.Parse.OK) {
            whole(view, now);
        } else {
            malformed.count(parse);
        }
    }

    @Override
    public void abandoned(Reassembly.Failure failure, List<ByteBuf> fragments, long now) {
        if (failure != Reassembly.Failure.TIMEOUT) {
            return;
        }
        for (ByteBuf fragment : fragments) {
            if (view.parse(fragment) == Packet.Parse.OK && view.fragmentOffset() == 0) {
                icmp.error(
                                view,
                                0,
                                addressLo,
                                Icmp.TIME_EXCEEDED,
                                Icmp.CODE_REASSEMBLY_TIME_EXCEEDED,
                                0,
                                now)
                        .ifPresent(error -> sendOwn(error, now));
                return;
            }
        }
    }

    // ---- out

    @Override
    public void send(Packet packet, long now) {
        if (!packet.isIpv4()) {
            tally.count(Count.DROPPED_IPV6);
            return;
        }
        switch (transmitter.fit(packet)) {
            case FITS -> transmit(packet.frame(), packet.dstLo(), now);
            case SPLIT -> {
                lastHop = packet.dstLo();
                lastNow = now;
                transmitter.split(packet, this::transmitPiece);
            }
            case TOO_BIG -> {
                tally.count(Count.DROPPED_TOO_BIG);
                icmp.tooBig(packet, 0, addressLo, transmitter.mtu(), now).ifPresent(errors::add);
            }
        }
    }

    private void transmitPiece(ByteBuf piece) {
        transmit(piece, lastHop, lastNow);
        piece.release();
    }

    /** Writes a frame to the next hop of {@code to}, or lets it wait for that hop's MAC. The reference stays the caller's. */
    private void transmit(ByteBuf frame, long to, long now) {
        long hop = to;
        if (!subnet.contains(0, to)) {
            int known = clientSide ? offLink.find(0, to) : MacTable.NONE;
            if (known != MacTable.NONE) {
                write(frame.retain(), offLink.mac(known));
                return;
            }
            if (gateway.isEmpty()) {
                tally.count(Count.DROPPED_NO_ROUTE);
                return;
            }
            hop = gateway.get().lo();
        }
        long hopMac = arp.neighbours().resolve(frame, 0, hop, now);
        if (hopMac != Neighbours.UNRESOLVED) {
            write(frame.retain(), hopMac);
        }
    }

    private void write(ByteBuf frame, long to) {
        int eth = frame.readerIndex() + VirtioNet.BYTES;
        Ethernet.destination(frame, eth, to);
        Ethernet.source(frame, eth, mac);
        link.send(frame);
    }

    /** Sends a packet of our own and releases it. */
    void sendOwn(ByteBuf frame, long now) {
        if (failed.parse(frame) == Packet.Parse.OK) {
            send(failed, now);
        }
        frame.release();
    }

    @Override
    public void resolved(ByteBuf frame, long to, long now) {
        write(frame, to);
    }

    @Override
    public void unresolved(ByteBuf frame, long now) {
        if (failed.parse(frame) == Packet.Parse.OK) {
            icmp.error(failed, 0, addressLo, Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, 0, now)
                    .ifPresent(errors::add);
        }
        frame.release();
    }

    /** Hands errors of our own up; called when the dispatcher is at rest. */
    void drain(long now) {
        for (ByteBuf error = errors.poll(); error != null; error = errors.poll()) {
            if (view.parse(error) == Packet.Parse.OK) {
                up(view, now);
            }
            error.release();
        }
    }

    // ---- what the other parts ask

    boolean isOnLink(int other) {
        return subnet.contains(0, IpAddress.mapped(other));
    }

    /** Whether we know a way to an address: on the link, by the gateway, or back to a client that came by. */
    boolean hasRoute(long lo) {
        return subnet.contains(0, lo)
                || gateway.isPresent()
                || clientSide && offLink.find(0, lo) != MacTable.NONE;
    }

    private boolean isBroadcast(int other) {
        if (subnet.prefix() >= 31 || !isOnLink(other)) {
            return false;
        }
        int host = -1 >>> subnet.prefix();
        return (other & host) == host || (other & host) == 0;
    }

    long addressLo() {
        return addressLo;
    }

    IcmpResponder icmp() {
        return icmp;
    }

    @Override
    public long nextDeadline() {
        // Errors that wait are due at once; any time that has passed says so.
        return errors.isEmpty()
                ? Math.min(arp.nextDeadline(), reassembly.nextDeadline())
                : Long.MIN_VALUE;
    }

    @Override
    public void onDeadline(long now) {
        arp.onDeadline(now);
        reassembly.onDeadline(now);
        drain(now);
    }

    void close() {
        arp.neighbours().clear();
        reassembly.clear();
        errors.clear();
    }

    void counters(Map<String, Long> all, long faults) {
        tally.count(Count.DROPPED_FAULT, faults - tally.get(Count.DROPPED_FAULT));
        tally.count(
                Count.DROPPED_ERROR_QUEUE, errors.dropped() - tally.get(Count.DROPPED_ERROR_QUEUE));
        tally.addTo(all);
        malformed.addCountedTo(all);
        arp.counters(all);
        reassembly.counters(all);
        fragmenter.counters(all);
        icmp.counters(all);
    }
}
