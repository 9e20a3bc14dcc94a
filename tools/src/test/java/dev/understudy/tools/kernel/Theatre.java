package dev.understudy.tools.kernel;

import dev.understudy.dispatcher.Understudy;
import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Original;
import dev.understudy.dispatcher.config.PortRange;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.link.TapChannel;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.lab.Fault;
import dev.understudy.tools.lab.LabNetwork;
import dev.understudy.tools.lab.LabServer;
import dev.understudy.tools.net.Host;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * The lab's network with a dispatcher in its middle, for tests with real programs: the client's namespace is where they
 * run, and A, B and C are the hosts behind {@link LabNetwork#ORIGINAL}. What the dispatcher learns of servers it learns by
 * service, so a service of a new name is an unprejudiced one.
 */
final class Theatre implements AutoCloseable {
    /** Long enough for an overloaded machine; nothing waits for it in vain. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private final LabNetwork network;
    private final EventLoopGroup group;
    private final LinkChannel clientLink;
    private final LinkChannel networkLink;
    private final Understudy understudy;
    private Config config;
    private int services;

    /** With offload on both links, and nothing else in their pipelines. */
    Theatre() throws IOException {
        this(true, true, (client, servers) -> {});
    }

    /**
     * @param links may put handlers into the pipelines, before the dispatcher sees a frame
     */
    Theatre(boolean clientOffload, boolean networkOffload, Links links) throws IOException {
        network = new LabNetwork();
        group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            Config plain = network.config();
            config = plain;
            clientLink = open(network.client(), plain.client().link().name(), clientOffload);
            networkLink = open(network.net(), plain.network().link().name(), networkOffload);
            links.prepare(clientLink, networkLink);
            understudy =
                    Understudy.start(
                            plain,
                            clientLink,
                            networkLink,
                            Math.min(clientLink.mtu(), networkLink.mtu()),
                            RandomGenerator.getDefault());
            network.connected();
        } catch (IOException | RuntimeException e) {
            end(group);
            network.close();
            throw e;
        }
    }

    /** What a test does to the links before the dispatcher takes them over. */
    @FunctionalInterface
    interface Links {
        void prepare(LinkChannel client, LinkChannel servers);
    }

    private LinkChannel open(Host host, String device, boolean offload) throws IOException {
        TapChannel tap = host.namespace().call(() -> TapChannel.open(device, offload));
        group.register(tap).syncUninterruptibly();
        return tap;
    }

    Host client() {
        return network.client();
    }

    Host router() {
        return network.net();
    }

    LabServer server(String name) {
        return network.server(name);
    }

    List<LabServer> servers() {
        return network.servers();
    }

    Understudy understudy() {
        return understudy;
    }

    /** Every server is well again, and nothing that was learned of them is remembered. */
    void reset() throws IOException, InterruptedException {
        for (LabServer server : network.servers()) {
            server.inflict(Fault.NONE);
        }
        play(
                service(
                        LabNetwork.ORIGINAL,
                        network.servers().stream()
                                .map(LabServer::endpoint)
                                .toArray(Endpoint[]::new)));
    }

    /** Puts these services in force, in place of those before. */
    void play(ServiceConfig... next) {
        config =
                new Config(
                        config.attach(),
                        config.client(),
                        config.network(),
                        config.setup(),
                        List.of(next),
                        config.controlSocket(),
                        config.limits());
        understudy.reload(config);
    }

    /** A service of a name that none had before, with the defaults of the configuration. */
    ServiceConfig service(Endpoint original, Endpoint... servers) {
        return service(ServiceConfig.Connect.DEFAULT, original, servers);
    }

    ServiceConfig service(ServiceConfig.Connect connect, Endpoint original, Endpoint... servers) {
        return new ServiceConfig(
                "service-" + ++services,
                List.of(
                        new Original(
                                new Subnet(original.address(), 32),
                                new PortRange(original.port(), original.port()))),
                Stream.of(servers).map(ServerConfig::of).toList(),
                connect,
                ServiceConfig.Recover.DEFAULT);
    }

    /** A snapshot of now, rather than the last one that somebody asked for. */
    Snapshot snapshot() {
        long asked = understudy.now();
        await("a snapshot", () -> understudy.control().snapshot().nanos() - asked >= 0);
        return understudy.control().snapshot();
    }

    /** What the dispatcher has decided since the event of that number. */
    List<Event> eventsAfter(long id) {
        return understudy.control().events(id, Integer.MAX_VALUE);
    }

    /** The number of the last event. */
    long lastEvent() {
        List<Event> events = eventsAfter(0);
        return events.isEmpty() ? 0 : events.get(events.size() - 1).id();
    }

    /** Waits for something that comes about without us. */
    static void await(String what, BooleanSupplier condition) {
        await(what, PATIENCE, condition);
    }

    static void await(String what, Duration patience, BooleanSupplier condition) {
        long end = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("waited in vain for " + what);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            understudy.close();
        } finally {
            end(group);
            network.close();
        }
    }

    private static void end(EventLoopGroup group) {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3_000);
    }
}
