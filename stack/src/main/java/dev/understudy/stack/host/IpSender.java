package dev.understudy.stack.host;

import dev.understudy.stack.ip.ArpHost;
import dev.understudy.stack.ip.Fragmenter;
import dev.understudy.stack.ip.FrameOutput;
import dev.understudy.stack.ip.IcmpResponder;
import dev.understudy.stack.ip.Ipv6Fragmenter;
import dev.understudy.stack.ip.NdpHost;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.ip.Routes;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The way out of a host: finds the next hop and its MAC, splits what is longer than the MTU, and hands the frame to the
 * link. What cannot go is told to whoever sent it, as an ICMP error that never was on the wire: so TCP, UDP and ping learn
 * of a dead neighbour in the same way as of a dead network.
 */
final class IpSender implements PacketOutput, Neighbours.Listener {
    /** Takes an ICMP error about a packet of our own. */
    @FunctionalInterface
    interface Errors {
        /** The frame is the caller's. */
        void failed(ByteBuf error, long now);
    }

    private enum Count {
        SENT,
        DROPPED_NO_ROUTE,
        DROPPED_TOO_BIG,
        DROPPED_UNREACHABLE
    }

    private final FrameOutput output;
    private final long mac;
    private final int mtu;
    private final Routes routes;
    private final ArpHost arp;
    private final NdpHost ndp;
    private final Errors errors;
    private final Fragmenter fragmenter;
    private final Ipv6Fragmenter fragmenter6;
    private final PacketBuilder builder;
    private final RandomGenerator random;
    private final Packet view = new Packet();
    private final Tally<Count> tally = new Tally<>("ip out", Count.class);
    private final FrameOutput toHop = this::sendPiece;
    private long hopHi;
    private long hopLo;
    private long sendTime;

    IpSender(
            ByteBufAllocator allocator,
            FrameOutput output,
            long mac,
            int mtu,
            Routes routes,
            ArpHost arp,
            NdpHost ndp,
            Errors errors,
            RandomGenerator random) {
        this.output = output;
        this.mac = mac;
        this.mtu = mtu;
        this.routes = routes;
        this.arp = arp;
        this.ndp = ndp;
        this.errors = errors;
        this.random = random;
        fragmenter = new Fragmenter(allocator, random.nextInt());
        fragmenter6 = new Ipv6Fragmenter(allocator);
        builder = new PacketBuilder(allocator);
    }

    @Override
    public void send(Packet packet, long now) {
        long hi = packet.dstHi();
        long lo = packet.dstLo();
        if (!findHop(hi, lo)) {
            tally.count(Count.DROPPED_NO_ROUTE);
            fail(packet, false, 0, now);
            return;
        }
        Ethernet.source(packet.frame(), packet.eth(), mac);
        sendTime = now;
        if (packet.end() - packet.l3() <= mtu || packet.isGso()) {
            toHop(packet.frame(), packet.eth());
        } else if (!split(packet, toHop)) {
            tally.count(Count.DROPPED_TOO_BIG);
            fail(packet, true, mtu, now);
        }
    }

    /** Sends a packet whose Ethernet header is complete, in pieces if need be: the answer to one that was just heard. */
    void answer(Packet packet) {
        if (packet.end() - packet.l3() <= mtu) {
            tally.count(Count.SENT);
            output.write(packet.frame().retain());
        } else if (!split(packet, this::write)) {
            tally.count(Count.DROPPED_TOO_BIG);
        }
    }

    private void write(ByteBuf frame) {
        tally.count(Count.SENT);
        output.write(frame);
    }

    private boolean split(Packet packet, FrameOutput pieces) {
        return packet.isIpv6()
                ? fragmenter6.split(packet, mtu, random.nextInt(), pieces)
                : fragmenter.split(packet, mtu, pieces);
    }

    /** Finds the next hop; false if there is no way. */
    boolean findHop(long hi, long lo) {
        boolean ipv4 = IpAddress.isMapped(hi, lo);
        if (ipv4 ? HostAddresses.isGroup4((int) lo) : Ndp.isMulticast(hi)) {
            hopHi = hi;
            hopLo = lo;
            return true;
        }
        if (routes.find(hi, lo)) {
            hopHi = routes.hopHi();
            hopLo = routes.hopLo();
            return true;
        }
        if (ipv4) {
            return false;
        }
        if (Ndp.isLinkLocal(hi) || ndp.routers().isOnLink(hi, lo)) {
            hopHi = hi;
            hopLo = lo;
            return true;
        }
        if (ndp.routers().hasRouter()) {
            hopHi = ndp.routers().routerHi();
            hopLo = ndp.routers().routerLo();
            return true;
        }
        return false;
    }

    private void sendPiece(ByteBuf piece) {
        try {
            toHop(piece, piece.readerIndex() + VirtioNet.BYTES);
        } finally {
            piece.release();
        }
    }

    /** Writes the MAC of the next hop and sends, or has the frame wait for it. The reference stays with the caller. */
    private void toHop(ByteBuf frame, int eth) {
        boolean ipv4 = IpAddress.isMapped(hopHi, hopLo);
        long to;
        if (ipv4 && HostAddresses.isGroup4((int) hopLo)) {
            to = (int) hopLo == -1 ? Ethernet.BROADCAST : 0x0100_5E00_0000L | hopLo & 0x7F_FFFF;
        } else if (!ipv4 && Ndp.isMulticast(hopHi)) {
            to = Ndp.groupMac(hopLo);
        } else {
            Neighbours neighbours = ipv4 ? arp.neighbours() : ndp.neighbours();
            to = neighbours.resolve(frame, hopHi, hopLo, sendTime);
            if (to == Neighbours.UNRESOLVED) {
                return;
            }
        }
        Ethernet.destination(frame, eth, to);
        tally.count(Count.SENT);
        output.write(frame.retain());
    }

    @Override
    public void resolved(ByteBuf frame, long hopMac, long now) {
        Ethernet.destination(frame, frame.readerIndex() + VirtioNet.BYTES, hopMac);
        tally.count(Count.SENT);
        output.write(frame);
    }

    @Override
    public void unresolved(ByteBuf frame, long now) {
        try {
            tally.count(Count.DROPPED_UNREACHABLE);
            if (view.parse(frame) == Packet.Parse.OK) {
                if (view.isIpv6() && ndp.routers().hasRouter()) {
                    ndp.routers().unreachable(ndp.routers().routerHi(), ndp.routers().routerLo());
                }
                fail(view, false, 0, now);
            }
        } finally {
            frame.release();
        }
    }

    private void fail(Packet packet, boolean tooBig, int hopMtu, long now) {
        if (packet.fragmentOffset() != 0 || IcmpResponder.isError(packet)) {
            return;
        }
        boolean ipv6 = packet.isIpv6();
        int type = ipv6 ? tooBig ? Icmp.V6_PACKET_TOO_BIG : Icmp.V6_UNREACHABLE : Icmp.UNREACHABLE;
        int code =
                ipv6
                        ? tooBig ? 0 : Icmp.CODE_V6_ADDRESS_UNREACHABLE
                        : tooBig ? Icmp.CODE_FRAGMENTATION_NEEDED : Icmp.CODE_HOST_UNREACHABLE;
        ByteBuf error =
                builder.icmpError(packet.srcHi(), packet.srcLo(), type, code, hopMtu, packet);
        try {
            errors.failed(error, now);
        } finally {
            error.release();
        }
    }

    void counters(Map<String, Long> all) {
        tally.addTo(all);
        fragmenter.counters(all);
        fragmenter6.counters(all);
    }
}
