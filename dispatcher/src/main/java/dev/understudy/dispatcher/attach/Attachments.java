package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.link.LoopTimer;
import dev.understudy.stack.wire.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * The two sides of a dispatcher, joined to their links.
 *
 * <p>Made in three steps, since each needs the other: the attachments, then a dispatcher that sends through {@link
 * #toClient} and {@link #toNetwork}, then {@link #start} with the dispatcher's doors. All on the loop of both links, or
 * before they are registered with it.
 *
 * <pre>{@code
 * LoopTimer timer = new LoopTimer(loop, ticker);
 * Attachments attachments = Attachments.create(config, us0, us1, timer, FlowOwner.NONE, random);
 * Dispatcher dispatcher = new Dispatcher(config, attachments.toClient(), attachments.toNetwork(), attachments.mtu(), …);
 * attachments.start(dispatcher::fromClient, dispatcher::fromNetwork, dispatcher);
 * }</pre>
 */
public abstract sealed class Attachments implements Timed permits RoutedPair, InlinePair {
    /** The name of the handler at the end of each link's pipeline. */
    public static final String HANDLER = "attachment";

    final LinkChannel client;
    final LinkChannel network;
    final LoopTimer timer;
    private FrameReceiver fromClient;
    private FrameReceiver fromNetwork;

    Attachments(LinkChannel client, LinkChannel network, LoopTimer timer) {
        this.client = client;
        this.network = network;
        this.timer = timer;
    }

    /**
     * The attachments that a configuration asks for.
     *
     * @param sessions who else uses ports under the network-side address
     * @throws IllegalArgumentException if the configuration lacks an address that a routed attachment needs
     */
    public static Attachments create(
            Config config,
            LinkChannel client,
            LinkChannel network,
            LoopTimer timer,
            FlowOwner sessions,
            RandomGenerator random) {
        return switch (config.attach()) {
            case ROUTED ->
                    new RoutedPair(
                            client,
                            places(
                                    "client",
                                    place(config.client().address(), Optional.empty()),
                                    place(config.client().address6(), Optional.empty())),
                            network,
                            places(
                                    "network",
                                    place(config.network().address(), config.network().gateway()),
                                    place(
                                            config.network().address6(),
                                            config.network().gateway6())),
                            config.network().nat(),
                            timer,
                            sessions,
                            random);
            case INLINE ->
                    new InlinePair(
                            client,
                            network,
                            config.network().address(),
                            config.network().gateway(),
                            timer,
                            random);
        };
    }

    private static Optional<RoutedSide.Place> place(
            Optional<Subnet> address, Optional<IpAddress> gateway) {
        return address.map(subnet -> new RoutedSide.Place(subnet, gateway));
    }

    private static List<RoutedSide.Place> places(
            String side, Optional<RoutedSide.Place> four, Optional<RoutedSide.Place> six) {
        List<RoutedSide.Place> places = Stream.concat(four.stream(), six.stream()).toList();
        if (places.isEmpty()) {
            throw new IllegalArgumentException(
                    "a routed attachment needs an address on the " + side + " side");
        }
        return places;
    }

    /** Where the dispatcher sends packets for clients. */
    public abstract PacketOutput toClient();

    /** Where the dispatcher sends packets for servers. */
    public abstract PacketOutput toNetwork();

    /** Which ports under the network-side address are taken by flows that pass through. */
    public abstract FlowOwner passThrough();

    /** Tells each side whom to call, and who it is; called once, before frames come. */
    abstract void connect(PacketHandler toClientDoor, PacketHandler toNetworkDoor, Originals who);

    abstract FrameReceiver.Sink clientSink();

    abstract FrameReceiver.Sink networkSink();

    abstract void announce(long now);

    abstract void release();

    abstract void counters(Map<String, Long> all, long clientFaults, long networkFaults);

    /** The largest IP datagram that both links take. */
    public int mtu() {
        return Math.min(client.mtu(), network.mtu());
    }

    /** Begins to take frames from both links, and tells the neighbours who we are. On the loop. */
    public void start(PacketHandler clientDoor, PacketHandler networkDoor, Originals originals) {
        connect(clientDoor, networkDoor, originals);
        fromClient = new FrameReceiver(clientSink(), timer);
        fromNetwork = new FrameReceiver(networkSink(), timer);
        client.pipeline().addLast(HANDLER, fromClient);
        network.pipeline().addLast(HANDLER, fromNetwork);
        timer.add(this);
        announce(timer.now());
        timer.check();
    }

    /** Takes no more frames and lets go of all that waits. The links stay open. On the loop. */
    public void close() {
        timer.remove(this);
        for (LinkChannel link : new LinkChannel[] {client, network}) {
            if (link.pipeline().get(HANDLER) != null) {
                link.pipeline().remove(HANDLER);
            }
        }
        release();
    }

    /** Adds the counters of both sides to a map, by the names that a monitor shows. */
    public void counters(Map<String, Long> all) {
        counters(
                all,
                fromClient == null ? 0 : fromClient.failures(),
                fromNetwork == null ? 0 : fromNetwork.failures());
    }
}
