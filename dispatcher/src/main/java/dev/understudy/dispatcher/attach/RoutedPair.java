package dev.understudy.dispatcher.attach;

import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.link.LoopTimer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Both sides of a routed attachment (DESIGN 7.7), and what passes between them. */
final class RoutedPair extends Attachments {
    private final RoutedSide clientSide;
    private final RoutedSide networkSide;
    private final NatTable flows;
    private final List<PassThrough> passing = new ArrayList<>(2);

    RoutedPair(
            LinkChannel client,
            List<RoutedSide.Place> clientPlaces,
            LinkChannel network,
            List<RoutedSide.Place> networkPlaces,
            boolean nat,
            LoopTimer timer,
            FlowOwner sessions,
            RandomGenerator random) {
        super(client, network, timer);
        clientSide = new RoutedSide(client, network.mtu(), clientPlaces, true, random);
        networkSide = new RoutedSide(network, client.mtu(), networkPlaces, false, random);
        flows = new NatTable(NatTable.LIMIT, sessions, random);
        for (boolean ipv4 : new boolean[] {true, false}) {
            RoutedAttachment near = clientSide.host(ipv4);
            RoutedAttachment far = networkSide.host(ipv4);
            if (near != null && far != null) {
                passing.add(new PassThrough(near, far, nat, flows));
            }
        }
    }

    @Override
    public PacketOutput toClient() {
        return clientSide;
    }

    @Override
    public PacketOutput toNetwork() {
        return networkSide;
    }

    @Override
    public FlowOwner passThrough() {
        return (protocol, port, remoteHi, remoteLo, remotePort) ->
                flows.incoming(protocol, port, remoteHi, remoteLo, remotePort) != null;
    }

    @Override
    void connect(PacketHandler clientDoor, PacketHandler networkDoor, Originals originals) {
        for (PassThrough through : passing) {
            through.connect(clientDoor, networkDoor);
        }
    }

    @Override
    FrameReceiver.Sink clientSink() {
        return (packet, parse, now) -> {
            clientSide.frame(packet, parse, now);
            drain(now);
        };
    }

    @Override
    FrameReceiver.Sink networkSink() {
        return (packet, parse, now) -> {
            networkSide.frame(packet, parse, now);
            drain(now);
        };
    }

    private void drain(long now) {
        networkSide.drain(now);
        clientSide.drain(now);
    }

    @Override
    void announce(long now) {
        clientSide.announce(now);
        networkSide.announce(now);
    }

    @Override
    public long nextDeadline() {
        return Math.min(
                flows.nextDeadline(),
                Math.min(clientSide.nextDeadline(), networkSide.nextDeadline()));
    }

    @Override
    public void onDeadline(long now) {
        clientSide.onDeadline(now);
        networkSide.onDeadline(now);
        flows.onDeadline(now);
        drain(now);
    }

    @Override
    void release() {
        clientSide.close();
        networkSide.close();
    }

    @Override
    void counters(Map<String, Long> all, long clientFaults, long networkFaults) {
        clientSide.counters(all, clientFaults);
        networkSide.counters(all, networkFaults);
        passing.forEach(through -> through.counters(all));
        flows.counters(all);
    }
}
