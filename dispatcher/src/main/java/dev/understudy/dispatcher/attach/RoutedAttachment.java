package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.ip.IcmpResponder;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.ip.Reassembly;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * One side of a routed attachment, in one family: a host with an address of its own on a link, that hands up every whole packet
 * sent to its MAC, and sends what it is given to the right neighbour (DESIGN 7.7).
 *
 * <pre>
 *   frame ─▶ for our MAC? ─▶ discovery │ fragment ─▶ reassembly ─▶ echo to us │ handler ─▶ (not taken) pass through
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
 * <p>Frames with VLAN tags are not for this host and are dropped. Each frame is written at
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
    private final boolean ipv6;
    private final long addressHi;
    private final long addressLo;
    private final Optional<IpAddress> gateway;
    private final boolean clientSide;
    private final ByteBufAllocator allocator;
    private final IcmpResponder icmp;
    private final Transmitter transmitter;
    private final Discovery discovery;
    private final Reassembly reassembly;
    private final MacTable offLink;
    private final Errors errors = new Errors();
    private final Tally<Count> tally;
    private final Tally<Packet.Parse> malformed;
    private final Packet view = new Packet();
    private final Packet failed = new Packet();
    private PacketHandler handler = (packet, now) -> false;
    private PassThrough passThrough;
    private long lastHopHi;
    private long lastHopLo;
    private long lastNow;

    RoutedAttachment(
            LinkChannel link,
            int otherMtu,
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
        ipv6 = !subnet.address().isIpv4();
        addressHi = subnet.address().hi();
        addressLo = subnet.address().lo();
        String name = clientSide ? "client side" : "network side";
        tally = new Tally<>(name, Count.class);
        malformed = new Tally<>("dropped: " + name, Packet.Parse.class);
        icmp = new IcmpResponder(allocator, this::isBroadcast);
        transmitter = new Transmitter(allocator, link.mtu(), otherMtu, random);
        offLink = new MacTable(OFF_LINK_SETS, random.nextLong());
        reassembly = new Reassembly(allocator, Reassembly.Limits.DEFAULT, this);
        discovery = Discovery.of(link, subnet, this, () -> tally.count(Count.CONFLICTS), random);
    }

    /** Sets to whom whole packets go, and who takes those that the handler leaves. */
    void connect(PacketHandler toHandler, PassThrough toPassThrough) {
        handler = toHandler;
        passThrough = toPassThrough;
    }

    /** Tells the link's neighbours who we are. */
    void announce(long now) {
        discovery.announce(now);
    }

    // ---- in

    @Override
    public void frame(Packet packet, Packet.Parse parse, long now) {
        if (parse != Packet.Parse.OK && parse != Packet.Parse.NOT_IP) {
            malformed.count(parse);
            return;
        }
        long to = packet.dstMac();
        if (to != mac && !Ethernet.isGroup(to)) {
            tally.count(Count.DROPPED_NOT_OUR_MAC);
        } else if (packet.l3() != packet.eth() + Ethernet.BYTES) {
            tally.count(Count.DROPPED_TAGGED);
        } else if (discovery.takes(packet, parse, now)) {
            // It was about neighbours.
        } else if (to != mac) {
            tally.count(Count.IGNORED_MULTICAST);
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
        return !isHost(packet.srcHi(), packet.srcLo())
                || isOurs(packet.srcHi(), packet.srcLo())
                || !ipv6 && isBroadcast((int) packet.srcLo());
    }

    private void whole(Packet packet, long now) {
        if (clientSide && !subnet.contains(packet.srcHi(), packet.srcLo())) {
            offLink.learn(packet.srcHi(), packet.srcLo(), packet.srcMac(), 0);
        }
        if (isOurs(packet.dstHi(), packet.dstLo()) && IcmpResponder.isEchoRequest(packet)) {
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
                error(view, IcmpKind.REASSEMBLY_EXCEEDED, now);
                return;
            }
        }
    }

    // ---- out

    @Override
    public void send(Packet packet, long now) {
        switch (transmitter.fit(packet)) {
            case FITS -> transmit(packet.frame(), packet.dstHi(), packet.dstLo(), now);
            case SPLIT -> {
                lastHopHi = packet.dstHi();
                lastHopLo = packet.dstLo();
                lastNow = now;
                transmitter.split(packet, this::transmitPiece);
            }
            case TOO_BIG -> {
                tally.count(Count.DROPPED_TOO_BIG);
                icmp.tooBig(packet, addressHi, addressLo, transmitter.mtu(), now)
                        .ifPresent(errors::add);
            }
        }
    }

    private void transmitPiece(ByteBuf piece) {
        transmit(piece, lastHopHi, lastHopLo, lastNow);
        piece.release();
    }

    /** Writes a frame to the next hop of {@code to}, or lets it wait for that hop's MAC. The reference stays the caller's. */
    private void transmit(ByteBuf frame, long toHi, long toLo, long now) {
        long hopHi = toHi;
        long hopLo = toLo;
        if (!link.bare() && !subnet.contains(toHi, toLo)) {
            int known = clientSide ? offLink.find(toHi, toLo) : MacTable.NONE;
            if (known != MacTable.NONE) {
                write(frame.retain(), offLink.mac(known));
                return;
            }
            if (gateway.isEmpty()) {
                tally.count(Count.DROPPED_NO_ROUTE);
                return;
            }
            hopHi = gateway.get().hi();
            hopLo = gateway.get().lo();
        }
        long hopMac = discovery.resolve(frame, hopHi, hopLo, now);
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
            IcmpKind.NO_HOST.about(failed, icmp, addressHi, addressLo, now).ifPresent(errors::add);
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

    boolean isOnLink(long hi, long lo) {
        return subnet.contains(hi, lo);
    }

    boolean isOurs(long hi, long lo) {
        return lo == addressLo && hi == addressHi;
    }

    /** Whether an address is a single host's, and can be spoken to across a router. */
    static boolean isHost(long hi, long lo) {
        return IpAddress.isMapped(hi, lo)
                ? IcmpResponder.isHost(hi, lo)
                : !Ndp.isMulticast(hi) && !Ndp.isLinkLocal(hi) && (hi != 0 || (lo & ~1L) != 0);
    }

    /** Sends an error about a packet from our address here. */
    void error(Packet cause, IcmpKind kind, long now) {
        kind.about(cause, icmp, addressHi, addressLo, now).ifPresent(error -> sendOwn(error, now));
    }

    /** Sends an error about a packet that came to us, from the address that it came to. */
    void refuse(Packet cause, IcmpKind kind, long now) {
        kind.about(cause, icmp, cause.dstHi(), cause.dstLo(), now)
                .ifPresent(error -> sendOwn(error, now));
    }

    /** Whether we know a way to an address: on the link, by the gateway, or back to a client that came by. */
    boolean hasRoute(long hi, long lo) {
        return link.bare()
                || subnet.contains(hi, lo)
                || gateway.isPresent()
                || clientSide && offLink.find(hi, lo) != MacTable.NONE;
    }

    private boolean isBroadcast(int other) {
        if (ipv6 || subnet.prefix() >= 31 || !isOnLink(0, IpAddress.mapped(other))) {
            return false;
        }
        int host = -1 >>> subnet.prefix();
        return (other & host) == host || (other & host) == 0;
    }

    long addressHi() {
        return addressHi;
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
                ? Math.min(discovery.nextDeadline(), reassembly.nextDeadline())
                : Long.MIN_VALUE;
    }

    @Override
    public void onDeadline(long now) {
        discovery.onDeadline(now);
        reassembly.onDeadline(now);
        drain(now);
    }

    void close() {
        discovery.clear();
        reassembly.clear();
        errors.clear();
    }

    void counters(Map<String, Long> all, long faults) {
        tally.count(Count.DROPPED_FAULT, faults - tally.get(Count.DROPPED_FAULT));
        tally.count(
                Count.DROPPED_ERROR_QUEUE, errors.dropped() - tally.get(Count.DROPPED_ERROR_QUEUE));
        tally.addTo(all);
        malformed.addCountedTo(all);
        discovery.counters(all);
        reassembly.counters(all);
        transmitter.counters(all);
        icmp.counters(all);
    }
}
