package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** One side of a routed attachment, with a host on its link for each family that it has an address in. */
final class RoutedSide implements FrameReceiver.Sink, PacketOutput, Timed {
    private enum Count {
        DROPPED_IPV6,
        DROPPED_IPV4
    }

    /** An address of ours, and by whom we reach what is not on its link. */
    record Place(Subnet address, Optional<IpAddress> gateway) {}

    private final List<RoutedAttachment> hosts = new ArrayList<>(2);
    private final Tally<Count> tally;
    private RoutedAttachment four;
    private RoutedAttachment six;

    RoutedSide(
            LinkChannel link,
            int otherMtu,
            List<Place> places,
            boolean clientSide,
            RandomGenerator random) {
        tally = new Tally<>(clientSide ? "client side" : "network side", Count.class);
        for (Place place : places) {
            RoutedAttachment host =
                    new RoutedAttachment(
                            link, otherMtu, place.address(), place.gateway(), clientSide, random);
            hosts.add(host);
            if (place.address().address().isIpv4()) {
                four = host;
            } else {
                six = host;
            }
        }
    }

    /** The host of a family; null if there is none. */
    RoutedAttachment host(boolean ipv4) {
        return ipv4 ? four : six;
    }

    @Override
    public void frame(Packet packet, Packet.Parse parse, long now) {
        boolean ipv6 = parse == Packet.Parse.OK && packet.isIpv6();
        RoutedAttachment host = host(!ipv6);
        if (host != null) {
            host.frame(packet, parse, now);
        } else {
            tally.count(ipv6 ? Count.DROPPED_IPV6 : Count.DROPPED_IPV4);
        }
    }

    @Override
    public void send(Packet packet, long now) {
        RoutedAttachment host = host(packet.isIpv4());
        if (host != null) {
            host.send(packet, now);
        } else {
            tally.count(packet.isIpv4() ? Count.DROPPED_IPV4 : Count.DROPPED_IPV6);
        }
    }

    void announce(long now) {
        for (RoutedAttachment host : hosts) {
            host.announce(now);
        }
    }

    void drain(long now) {
        for (int i = 0; i < hosts.size(); i++) {
            hosts.get(i).drain(now);
        }
    }

    @Override
    public long nextDeadline() {
        long next = Long.MAX_VALUE;
        for (int i = 0; i < hosts.size(); i++) {
            next = Math.min(next, hosts.get(i).nextDeadline());
        }
        return next;
    }

    @Override
    public void onDeadline(long now) {
        for (int i = 0; i < hosts.size(); i++) {
            hosts.get(i).onDeadline(now);
        }
    }

    void close() {
        hosts.forEach(RoutedAttachment::close);
    }

    void counters(Map<String, Long> all, long faults) {
        for (RoutedAttachment host : hosts) {
            host.counters(all, host == hosts.get(0) ? faults : 0);
        }
        tally.addTo(all);
    }
}
