package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.link.LoopTimer;
import dev.understudy.stack.wire.IpAddress;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Both sides of a routed attachment (DESIGN 7.7), and what passes between them. */
final class RoutedPair extends Attachments {
    private final RoutedAttachment clientSide;
    private final RoutedAttachment networkSide;
    private final NatTable flows;
    private final PassThrough passThrough;

    RoutedPair(
            LinkChannel client,
            Subnet clientAddress,
            LinkChannel network,
            Subnet networkAddress,
            Optional<IpAddress> gateway,
            boolean nat,
            LoopTimer timer,
            FlowOwner sessions,
            RandomGenerator random) {
        super(client, network, timer);
        clientSide = new RoutedAttachment(client, clientAddress, Optional.empty(), true, random);
        networkSide = new RoutedAttachment(network, networkAddress, gateway, false, random);
        flows = new NatTable(NatTable.LIMIT, sessions, random);
        passThrough = new PassThrough(clientSide, networkSide, nat, flows);
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
                IpAddress.isMapped(remoteHi, remoteLo)
                        && flows.incoming(protocol, port, (int) remoteLo, remotePort) != null;
    }

    @Override
    void connect(PacketHandler clientDoor, PacketHandler networkDoor, Originals originals) {
        clientSide.connect(clientDoor, passThrough);
        networkSide.connect(networkDoor, passThrough);
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
                passThrough.nextDeadline(),
                Math.min(clientSide.nextDeadline(), networkSide.nextDeadline()));
    }

    @Override
    public void onDeadline(long now) {
        clientSide.onDeadline(now);
        networkSide.onDeadline(now);
        passThrough.onDeadline(now);
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
        passThrough.counters(all);
    }
}
