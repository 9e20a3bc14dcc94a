package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.link.LoopTimer;
import dev.understudy.stack.wire.IpAddress;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Both sides of an inline attachment (DESIGN 7.7), and what they know of those around them. */
final class InlinePair extends Attachments {
    private final InlineNeighbours neighbours;
    private final InlineAttachment clientSide;
    private final InlineAttachment networkSide;

    InlinePair(
            LinkChannel client,
            LinkChannel network,
            Optional<Subnet> clientAddress,
            Optional<IpAddress> gateway,
            LoopTimer timer,
            RandomGenerator random) {
        super(client, network, timer);
        InlineTopology topology = new InlineTopology(clientAddress, client.mac(), random);
        neighbours =
                new InlineNeighbours(
                        network.alloc(),
                        topology,
                        client::send,
                        network::send,
                        new ToNetworkSide(),
                        random);
        clientSide =
                new InlineAttachment(client, network, true, topology, neighbours, gateway, random);
        networkSide =
                new InlineAttachment(network, client, false, topology, neighbours, gateway, random);
    }

    /** Only packets for servers wait for a neighbour: a client's MAC is known before there is anything to send to it. */
    private final class ToNetworkSide implements Neighbours.Listener {
        @Override
        public void resolved(ByteBuf frame, long mac, long now) {
            networkSide.resolved(frame, mac, now);
        }

        @Override
        public void unresolved(ByteBuf frame, long now) {
            networkSide.unresolved(frame, now);
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

    /** Nobody but the client itself uses its address. */
    @Override
    public FlowOwner passThrough() {
        return FlowOwner.NONE;
    }

    @Override
    void connect(PacketHandler clientDoor, PacketHandler networkDoor, Originals originals) {
        clientSide.connect(clientDoor);
        networkSide.connect(networkDoor);
        neighbours.connect(originals);
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
        // A bump in the wire has nobody to announce.
    }

    @Override
    public long nextDeadline() {
        return Math.min(
                neighbours.nextDeadline(),
                Math.min(clientSide.nextDeadline(), networkSide.nextDeadline()));
    }

    @Override
    public void onDeadline(long now) {
        neighbours.onDeadline(now);
        clientSide.onDeadline(now);
        networkSide.onDeadline(now);
        drain(now);
    }

    @Override
    void release() {
        neighbours.close();
        clientSide.close();
        networkSide.close();
    }

    @Override
    void counters(Map<String, Long> all, long clientFaults, long networkFaults) {
        clientSide.counters(all, clientFaults);
        networkSide.counters(all, networkFaults);
        neighbours.counters(all);
    }
}
