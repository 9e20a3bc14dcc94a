package dev.understudy.dispatcher.attach;

import dev.understudy.stack.ip.FrameOutput;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import java.util.random.RandomGenerator;

/** How a bump in the wire finds neighbours of either family: {@link InlineArp} and {@link InlineNdp}. */
final class InlineNeighbours implements Timed {
    private final InlineResolution arp;
    private final InlineResolution ndp;

    InlineNeighbours(
            ByteBufAllocator allocator,
            InlineTopology topology,
            FrameOutput toClient,
            FrameOutput toNetwork,
            Neighbours.Listener listener,
            RandomGenerator random) {
        arp = new InlineArp(allocator, topology, toClient, toNetwork, listener, random);
        ndp = new InlineNdp(allocator, topology, toClient, toNetwork, listener, random);
    }

    void connect(Originals who) {
        arp.connect(who);
        ndp.connect(who);
    }

    /** Whether a frame is of a protocol that finds neighbours. */
    static boolean isDiscovery(Packet packet, Packet.Parse parse) {
        return parse == Packet.Parse.NOT_IP
                ? packet.etherType() == Ethernet.TYPE_ARP
                : parse == Packet.Parse.OK && !packet.isFragment() && Ndp.isNdp(packet);
    }

    /** A message of the client, which passes in any case. */
    void fromClient(Packet packet, Packet.Parse parse, long now) {
        of(parse).fromClient(packet, now);
    }

    /**
     * A message from the network.
     *
     * @return whether it passes on to the client
     */
    boolean fromNetwork(Packet packet, Packet.Parse parse, long now) {
        return of(parse).fromNetwork(packet, now);
    }

    /** ARP is no IP, NDP is. */
    private InlineResolution of(Packet.Parse parse) {
        return parse == Packet.Parse.OK ? ndp : arp;
    }

    private Neighbours of(long hi, long lo) {
        return IpAddress.isMapped(hi, lo) ? arp.neighbours : ndp.neighbours;
    }

    /** See {@link Neighbours#lookup}. */
    long lookup(long hi, long lo, long now) {
        return of(hi, lo).lookup(hi, lo, now);
    }

    /** See {@link Neighbours#resolve}. */
    long resolve(ByteBuf frame, long hi, long lo, long now) {
        return of(hi, lo).resolve(frame, hi, lo, now);
    }

    /** Questions from now on are asked in the name of whoever sends this packet. */
    void speakFor(Packet packet) {
        InlineResolution family = packet.isIpv4() ? arp : ndp;
        family.speakFor(packet.srcHi(), packet.srcLo());
    }

    @Override
    public long nextDeadline() {
        return Math.min(arp.nextDeadline(), ndp.nextDeadline());
    }

    @Override
    public void onDeadline(long now) {
        arp.onDeadline(now);
        ndp.onDeadline(now);
    }

    void close() {
        arp.close();
        ndp.close();
    }

    void counters(Map<String, Long> all) {
        arp.counters(all);
        ndp.counters(all);
    }
}
