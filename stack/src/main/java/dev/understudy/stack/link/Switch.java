package dev.understudy.stack.link;

import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.LongObjectHashMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * An Ethernet switch in memory (IEEE 802.1D §7): each port is a {@link Wire} to a host's link, with a bad network of its own
 * on it. Learns behind which port an address is from the frames that it sends; what is for everybody, or for an address
 * not known, goes to every other port.
 *
 * <p>Lives on one loop, real or manual, and draws from one seed: on a loop with virtual time the same run gives the same
 * network. At most {@value #MAX_ADDRESSES} addresses are known, each for {@link #AGEING_NANOS} after its last frame; at the
 * limit a new one is not learned, and its frames are flooded, so that forged senders cannot push out what is known.
 */
public final class Switch {
    public static final int MAX_ADDRESSES = 4096;

    /** IEEE 802.1D §7.9.2: five minutes. */
    public static final long AGEING_NANOS = 300_000_000_000L;

    /** One port, seen from the switch. */
    public final class Port extends ChannelInboundHandlerAdapter {
        private final WireChannel here;
        private final WireChannel there;
        private final ImpairmentHandler impairment;

        private Port(Wire wire, long seed) {
            there = wire.a();
            here = wire.b();
            impairment = new ImpairmentHandler(seed);
            here.pipeline().addFirst("impairment", impairment);
            here.pipeline().addLast("switch", this);
        }

        /** The link at the other end of the cable. */
        public WireChannel link() {
            return there;
        }

        /** What the port's cable does to frames: outbound ones go to the link, inbound ones come from it. */
        public ImpairmentHandler impairment() {
            return impairment;
        }

        /** Pulls the cable: the link closes, and what was learned of the port is forgotten. */
        @SuppressWarnings("FutureReturnValueIgnored") // nothing can fail: there is no device
        public void unplug() {
            ports.remove(this);
            addresses.values().removeIf(known -> known.port == this);
            here.close();
            there.close();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof ByteBuf frame
                    && frame.readableBytes() >= VirtioNet.BYTES + Ethernet.BYTES) {
                forward(this, frame, ctx.executor().ticker().nanoTime());
            } else {
                ReferenceCountUtil.release(message);
            }
        }
    }

    private static final class Known {
        private Port port;
        private long until;
    }

    private final EventLoop loop;
    private final String name;
    private final SplittableRandom random;
    private final List<Port> ports = new ArrayList<>();
    private final LongObjectHashMap<Known> addresses = new LongObjectHashMap<>();
    private long flooded;
    private long notLearned;

    /** A switch with no ports yet, whose impairments draw from {@code seed}. */
    public Switch(EventLoop loop, String name, long seed) {
        this.loop = loop;
        this.name = name;
        random = new SplittableRandom(seed);
    }

    /** Adds a port with a cable of no latency; see {@link #plug(Wire.End, Duration)}. */
    public Port plug(Wire.End end) {
        return plug(end, Duration.ZERO);
    }

    /**
     * Adds a port, and a cable to a link that is as {@code end} says. Both ends are registered with the switch's loop; the
     * port itself takes to the link what the link would write: nothing larger, and super-segments only to one with offload.
     */
    public Port plug(Wire.End end, Duration latency) {
        Wire.End mine = new Wire.End(name + ':' + ports.size(), end.offload(), end.mtu());
        Wire wire = Wire.between(end, mine, latency);
        Port port = new Port(wire, random.nextLong());
        ports.add(port);
        wire.register(loop);
        return port;
    }

    private void forward(Port from, ByteBuf frame, long now) {
        int eth = frame.readerIndex() + VirtioNet.BYTES;
        learn(from, Ethernet.source(frame, eth), now);
        long destination = Ethernet.destination(frame, eth);
        Known known = Ethernet.isGroup(destination) ? null : addresses.get(destination);
        if (known != null && known.until - now > 0) {
            if (known.port == from) {
                frame.release();
            } else {
                known.port.here.send(frame);
            }
            return;
        }
        flooded++;
        for (int i = 0; i < ports.size(); i++) {
            if (ports.get(i) != from) {
                ports.get(i).here.send(frame.retain());
            }
        }
        frame.release();
    }

    private void learn(Port from, long mac, long now) {
        if (mac == 0 || Ethernet.isGroup(mac)) {
            return;
        }
        Known known = addresses.get(mac);
        if (known == null) {
            if (addresses.size() >= MAX_ADDRESSES && !forgetOld(now)) {
                notLearned++;
                return;
            }
            known = new Known();
            addresses.put(mac, known);
        }
        known.port = from;
        known.until = now + AGEING_NANOS;
    }

    private boolean forgetOld(long now) {
        return addresses.values().removeIf(known -> known.until - now <= 0);
    }

    /** Every port, in the order in which they were plugged. */
    public List<Port> ports() {
        return List.copyOf(ports);
    }

    /** Addresses known, old ones included. */
    public int addresses() {
        return addresses.size();
    }

    /** Frames that went to every other port. */
    public long flooded() {
        return flooded;
    }

    /** Senders that found no room in the table. */
    public long notLearned() {
        return notLearned;
    }

    /** Pulls every cable. */
    public void close() {
        ports().forEach(Port::unplug);
    }
}
