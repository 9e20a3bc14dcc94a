package dev.understudy.dispatcher.attach;

import dev.understudy.stack.ip.IcmpResponder;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.ip.Reassembly;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * One side of an inline attachment: a bump in the wire, as a network card is (DESIGN 7.7).
 *
 * <p>Every frame that the handler does not take crosses to the other link, byte for byte: whatever it is, ARP, NDP,
 * broadcast, tagged, or malformed. Fragments that may concern the handler are kept back until their datagram is whole; if it
 * turns out not to, or time is up, they cross as they came. Only those of a datagram with overlaps are dropped.
 *
 * <p>What the handler sends keeps the client's own MAC and address. A packet without MACs, which the dispatcher made
 * itself, gets them, and the client's VLAN tags: toward the network by way of the client's own choice of next hop, else
 * the neighbour that was learned or is asked for in the client's name, else the gateway; toward the client from the MAC
 * by which the client reaches the original.
 *
 * <p>Failures become ICMP errors handed up on this side, from the address that could not be reached: we have none.
 */
final class InlineAttachment
        implements FrameReceiver.Sink,
                PacketOutput,
                Neighbours.Listener,
                Reassembly.Listener,
                Timed {
    private enum Count {
        PASSED,
        PASSED_MALFORMED,
        TAKEN,
        DROPPED_PROXIED,
        DROPPED_NO_ROUTE,
        DROPPED_NO_CLIENT,
        DROPPED_TOO_BIG,
        DROPPED_NO_HEADROOM,
        DROPPED_UNCLAIMED_ERROR,
        DROPPED_ERROR_QUEUE,
        DROPPED_FAULT
    }

    private final LinkChannel link;
    private final LinkChannel otherLink;
    private final boolean clientSide;
    private final InlineTopology topology;
    private final InlineNeighbours neighbours;
    private final Optional<IpAddress> gateway;
    private final IcmpResponder icmp;
    private final Transmitter transmitter;
    private final Reassembly reassembly;
    private final Errors errors = new Errors();
    private final Tally<Count> tally;
    private final Packet view = new Packet();
    private final Packet failed = new Packet();
    private final Packet tagged = new Packet();
    private PacketHandler handler = (packet, now) -> false;
    private long hopHi;
    private long hopLo;
    private long hopMac;
    private long hopNow;

    InlineAttachment(
            LinkChannel link,
            LinkChannel otherLink,
            boolean clientSide,
            InlineTopology topology,
            InlineNeighbours neighbours,
            Optional<IpAddress> gateway,
            RandomGenerator random) {
        this.link = link;
        this.otherLink = otherLink;
        this.clientSide = clientSide;
        this.topology = topology;
        this.neighbours = neighbours;
        this.gateway = gateway.filter(IpAddress::isIpv4);
        tally = new Tally<>(clientSide ? "client side" : "network side", Count.class);
        icmp = new IcmpResponder(link.alloc(), address -> false);
        transmitter = new Transmitter(link.alloc(), link.mtu(), otherLink.mtu(), random);
        reassembly = new Reassembly(link.alloc(), Reassembly.Limits.DEFAULT, this);
    }

    void connect(PacketHandler toHandler) {
        handler = toHandler;
    }

    // ---- in

    @Override
    public void frame(Packet packet, Packet.Parse parse, long now) {
        if (parse != Packet.Parse.OK) {
            notIp(packet, parse, now);
            return;
        }
        if (clientSide) {
            topology.fromClient(packet);
        } else {
            topology.fromNetwork(packet.srcHi(), packet.srcLo(), packet.srcMac());
        }
        if (InlineNeighbours.isDiscovery(packet, parse)) {
            if (discovers(packet, parse, now)) {
                pass(packet);
            }
        } else if (packet.isFragment() && handler.concerns(packet)) {
            reassembly.add(packet, now);
        } else if (!packet.isFragment() && handler.handle(packet, now)) {
            tally.count(Count.TAKEN);
        } else {
            pass(packet);
        }
    }

    private void notIp(Packet packet, Packet.Parse parse, long now) {
        if (parse != Packet.Parse.NOT_IP) {
            tally.count(Count.PASSED_MALFORMED);
        }
        if (!InlineNeighbours.isDiscovery(packet, parse) || discovers(packet, parse, now)) {
            cross(packet.frame());
        }
    }

    /** A message of ARP or NDP; whether it passes. */
    private boolean discovers(Packet packet, Packet.Parse parse, long now) {
        if (clientSide) {
            neighbours.fromClient(packet, parse, now);
            return true;
        }
        return neighbours.fromNetwork(packet, parse, now);
    }

    /** Lets a packet cross. One to the MAC that we gave for a dead original goes on to the real one, if that has shown itself since. */
    private void pass(Packet packet) {
        if (clientSide && packet.dstMac() == topology.ourMac()) {
            long real = topology.remoteMac(packet.dstHi(), packet.dstLo());
            if (real == 0) {
                tally.count(Count.DROPPED_PROXIED);
                return;
            }
            Ethernet.destination(packet.frame(), packet.eth(), real);
        }
        cross(packet.frame());
    }

    private void cross(ByteBuf frame) {
        tally.count(Count.PASSED);
        otherLink.send(frame.retain());
    }

    @Override
    public void reassembled(ByteBuf whole, List<ByteBuf> fragments, long now) {
        if (view.parse(whole) == Packet.Parse.OK && handler.handle(view, now)) {
            tally.count(Count.TAKEN);
        } else {
            passAll(fragments);
        }
    }

    @Override
    public void abandoned(Reassembly.Failure failure, List<ByteBuf> fragments, long now) {
        if (failure != Reassembly.Failure.OVERLAP) {
            passAll(fragments);
        }
    }

    private void passAll(List<ByteBuf> fragments) {
        for (ByteBuf fragment : fragments) {
            if (failed.parse(fragment) == Packet.Parse.OK) {
                pass(failed);
            }
        }
    }

    // ---- out

    @Override
    public void send(Packet packet, long now) {
        Packet out = packet;
        if (packet.srcMac() == 0) {
            out = withTags(packet);
            if (out == null) {
                tally.count(Count.DROPPED_NO_HEADROOM);
                return;
            }
        }
        if (!(clientSide ? towardClient(out) : towardNetwork(out, now))) {
            return;
        }
        hopNow = now;
        switch (transmitter.fit(out)) {
            case FITS -> transmit(out.frame());
            case SPLIT -> transmitter.split(out, this::transmitPiece);
            case TOO_BIG -> {
                tally.count(Count.DROPPED_TOO_BIG);
                icmp.tooBig(out, out.dstHi(), out.dstLo(), transmitter.mtu(), now)
                        .ifPresent(errors::add);
            }
        }
    }

    /** A packet that the dispatcher made, with the tags of the client that it is of or for; null if there is no room. */
    private Packet withTags(Packet made) {
        long tags =
                clientSide
                        ? topology.clientTags(made.dstHi(), made.dstLo())
                        : topology.clientTags(made.srcHi(), made.srcLo());
        if (tags == 0 || VlanTags.of(made) != 0) {
            return made;
        }
        if (!VlanTags.insert(made.frame(), tags) || tagged.parse(made.frame()) != Packet.Parse.OK) {
            return null;
        }
        return tagged;
    }

    /** Writes the source and finds the next hop toward a client. */
    private boolean towardClient(Packet packet) {
        hopMac = topology.clientMac(packet.dstHi(), packet.dstLo(), packet.dstMac());
        if (hopMac == 0) {
            hopMac = topology.clientMac(packet.dstHi(), packet.dstLo());
        }
        if (hopMac == 0) {
            tally.count(Count.DROPPED_NO_CLIENT);
            return false;
        }
        long source = topology.chosenByClient(packet.srcHi(), packet.srcLo());
        if (source == 0) {
            source = packet.srcMac();
        }
        if (source == 0) {
            source = topology.gatewayMac(packet.isIpv6());
        }
        Ethernet.source(packet.frame(), packet.eth(), source == 0 ? link.mac() : source);
        return true;
    }

    /** Writes the source and finds the next hop toward a server; {@code hopMac} 0 means that it must be asked for. */
    private boolean towardNetwork(Packet packet, long now) {
        if (packet.srcMac() == 0) {
            long source = topology.clientMac(packet.srcHi(), packet.srcLo());
            if (source == 0) {
                tally.count(Count.DROPPED_NO_CLIENT);
                return false;
            }
            Ethernet.source(packet.frame(), packet.eth(), source);
        }
        long hi = packet.dstHi();
        long lo = packet.dstLo();
        hopHi = hi;
        hopLo = lo;
        hopMac = topology.chosenByClient(hi, lo);
        if (hopMac == topology.ourMac()) {
            hopMac = 0;
        }
        if (hopMac == 0) {
            hopMac = Math.max(0, neighbours.lookup(hi, lo, now));
        }
        if (hopMac == 0) {
            hopMac = topology.remoteMac(hi, lo);
        }
        if (hopMac != 0 || topology.isOnLink(hi, lo)) {
            neighbours.speakFor(packet);
            return true;
        }
        return towardGateway(packet);
    }

    private boolean towardGateway(Packet packet) {
        hopMac = topology.gatewayMac(packet.isIpv6());
        if (hopMac == 0 && packet.isIpv4() && gateway.isPresent()) {
            hopHi = gateway.get().hi();
            hopLo = gateway.get().lo();
            hopMac = topology.remoteMac(hopHi, hopLo);
            neighbours.speakFor(packet);
            return true;
        }
        if (hopMac == 0 && packet.dstMac() != topology.ourMac()) {
            hopMac = packet.dstMac();
        }
        if (hopMac == 0) {
            tally.count(Count.DROPPED_NO_ROUTE);
            return false;
        }
        return true;
    }

    private void transmitPiece(ByteBuf piece) {
        transmit(piece);
        piece.release();
    }

    private void transmit(ByteBuf frame) {
        long to = hopMac;
        if (to == 0) {
            to = neighbours.resolve(frame, hopHi, hopLo, hopNow);
            if (to == Neighbours.UNRESOLVED) {
                return;
            }
        }
        resolved(frame.retain(), to, hopNow);
    }

    @Override
    public void resolved(ByteBuf frame, long mac, long now) {
        Ethernet.destination(frame, frame.readerIndex() + VirtioNet.BYTES, mac);
        link.send(frame);
    }

    @Override
    public void unresolved(ByteBuf frame, long now) {
        if (failed.parse(frame) == Packet.Parse.OK) {
            IcmpKind.NO_HOST
                    .about(failed, icmp, failed.dstHi(), failed.dstLo(), now)
                    .ifPresent(errors::add);
        }
        frame.release();
    }

    /** Hands errors of our own up; called when the dispatcher is at rest. */
    void drain(long now) {
        for (ByteBuf error = errors.poll(); error != null; error = errors.poll()) {
            if (view.parse(error) != Packet.Parse.OK || !handler.handle(view, now)) {
                tally.count(Count.DROPPED_UNCLAIMED_ERROR);
            }
            error.release();
        }
    }

    // ---- time

    @Override
    public long nextDeadline() {
        return errors.isEmpty() ? reassembly.nextDeadline() : Long.MIN_VALUE;
    }

    @Override
    public void onDeadline(long now) {
        reassembly.onDeadline(now);
        drain(now);
    }

    void close() {
        reassembly.clear();
        errors.clear();
    }

    void counters(Map<String, Long> all, long faults) {
        tally.count(Count.DROPPED_FAULT, faults - tally.get(Count.DROPPED_FAULT));
        tally.count(
                Count.DROPPED_ERROR_QUEUE, errors.dropped() - tally.get(Count.DROPPED_ERROR_QUEUE));
        tally.addTo(all);
        reassembly.counters(all);
        transmitter.counters(all);
        icmp.counters(all);
    }
}
