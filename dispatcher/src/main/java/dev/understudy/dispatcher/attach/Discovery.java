package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.ip.ArpHost;
import dev.understudy.stack.ip.NdpHost;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.random.RandomGenerator;

/** How one side finds the MACs of its neighbours, and tells them its own. */
sealed interface Discovery extends Timed {
    /** Takes a frame if it is of this kind. */
    boolean takes(Packet packet, Packet.Parse parse, long now);

    /** See {@link Neighbours#resolve}. */
    long resolve(ByteBuf frame, long hi, long lo, long now);

    void announce(long now);

    void clear();

    void counters(Map<String, Long> all);

    /** What a link and an address need. */
    static Discovery of(
            LinkChannel link,
            Subnet subnet,
            Neighbours.Listener waiting,
            Runnable conflict,
            RandomGenerator random) {
        if (link.bare()) {
            return new None();
        }
        return subnet.address().isIpv4()
                ? Arp.of(link, subnet, waiting, conflict, random)
                : NeighbourDiscovery.of(link, subnet, waiting, conflict, random);
    }

    /** A link without Ethernet has one neighbour, whatever its MAC is said to be. */
    final class None implements Discovery {
        @Override
        public boolean takes(Packet packet, Packet.Parse parse, long now) {
            return false;
        }

        @Override
        public long resolve(ByteBuf frame, long hi, long lo, long now) {
            return 0;
        }

        @Override
        public void announce(long now) {
            // There is nobody who would have to know.
        }

        @Override
        public void clear() {
            // Nothing waits.
        }

        @Override
        public void counters(Map<String, Long> all) {
            // Nothing is counted.
        }

        @Override
        public long nextDeadline() {
            return Long.MAX_VALUE;
        }

        @Override
        public void onDeadline(long now) {
            // There is none.
        }
    }

    /** What ARP and NDP have in common: neighbours that are kept, and asked for when they are needed. */
    abstract sealed class Asking implements Discovery {
        private final Neighbours neighbours;
        private final Timed host;

        private Asking(Neighbours neighbours, Timed host) {
            this.neighbours = neighbours;
            this.host = host;
        }

        @Override
        public long resolve(ByteBuf frame, long hi, long lo, long now) {
            return neighbours.resolve(frame, hi, lo, now);
        }

        @Override
        public void clear() {
            neighbours.clear();
        }

        @Override
        public long nextDeadline() {
            return host.nextDeadline();
        }

        @Override
        public void onDeadline(long now) {
            host.onDeadline(now);
        }
    }

    /** ARP, for IPv4. */
    final class Arp extends Asking {
        private final ArpHost host;

        private Arp(ArpHost host) {
            super(host.neighbours(), host);
            this.host = host;
        }

        private static Arp of(
                LinkChannel link,
                Subnet subnet,
                Neighbours.Listener waiting,
                Runnable conflict,
                RandomGenerator random) {
            return new Arp(
                    new ArpHost(
                            link.alloc(),
                            link::send,
                            link.mac(),
                            subnet.address().ipv4(),
                            other -> subnet.contains(0, IpAddress.mapped(other)),
                            Neighbours.Limits.DEFAULT,
                            waiting,
                            (conflicting, otherMac, now) -> conflict.run(),
                            random));
        }

        @Override
        public boolean takes(Packet packet, Packet.Parse parse, long now) {
            if (parse != Packet.Parse.NOT_IP || packet.etherType() != Ethernet.TYPE_ARP) {
                return false;
            }
            host.input(packet, now);
            return true;
        }

        @Override
        public void announce(long now) {
            host.announce(now);
        }

        @Override
        public void counters(Map<String, Long> all) {
            host.counters(all);
        }
    }

    /** NDP, for IPv6. Routers are configured, not discovered. */
    final class NeighbourDiscovery extends Asking {
        private final NdpHost host;

        private NeighbourDiscovery(NdpHost host) {
            super(host.neighbours(), host);
            this.host = host;
        }

        private static NeighbourDiscovery of(
                LinkChannel link,
                Subnet subnet,
                Neighbours.Listener waiting,
                Runnable conflict,
                RandomGenerator random) {
            NdpHost host =
                    new NdpHost(
                            link.alloc(),
                            link::send,
                            link.mac(),
                            Neighbours.Limits.DEFAULT,
                            waiting,
                            new Conflicts(conflict),
                            random);
            // What configuration gives is ours: a probe would only delay the first packet.
            host.add(subnet.address().hi(), subnet.address().lo(), false, 0);
            host.addLinkLocal(false, 0);
            return new NeighbourDiscovery(host);
        }

        private record Conflicts(Runnable conflict) implements NdpHost.Listener {
            @Override
            public void valid(long hi, long lo, long now) {
                // As expected.
            }

            @Override
            public void duplicate(long hi, long lo, long mac, long now) {
                conflict.run();
            }

            @Override
            public void conflict(long hi, long lo, long mac, long now) {
                conflict.run();
            }
        }

        @Override
        public boolean takes(Packet packet, Packet.Parse parse, long now) {
            if (parse != Packet.Parse.OK || !Ndp.isNdp(packet)) {
                return false;
            }
            if (host.isValid(packet.dstHi(), packet.dstLo())
                    || host.isMember(packet.dstHi(), packet.dstLo())) {
                host.input(packet, now);
            }
            return true;
        }

        @Override
        public void announce(long now) {
            // Who needs us asks: an unsolicited advertisement makes no entries (RFC 4861 §7.2.5).
        }

        @Override
        public void counters(Map<String, Long> all) {
            host.counters(all);
        }
    }
}
