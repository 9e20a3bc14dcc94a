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
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.tools.net.Host;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * A dispatcher between the TAP devices of two hosts, whose links a test can get at. What the dispatcher learns of servers
 * it learns by service, so a service of a new name is an unprejudiced one.
 */
final class Rig implements AutoCloseable {
    /** Long enough for an overloaded machine; nothing waits for it in vain. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final EventLoopGroup group;
    private final Understudy understudy;
    private Config config;
    private int services;

    /** What a test does to the links before the dispatcher takes them over. */
    @FunctionalInterface
    interface Links {
        /** Links as they are. */
        Links PLAIN = (client, servers) -> {};

        void prepare(LinkChannel client, LinkChannel servers);
    }

    /** Opens the devices of a configuration, one in each host; they are left down. */
    Rig(Config config, Host client, Host network, Links links) throws IOException {
        this.config = config;
        group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            LinkChannel up = open(client, config.client().link());
            LinkChannel down = open(network, config.network().link());
            links.prepare(up, down);
            understudy =
                    Understudy.start(
                            config,
                            up,
                            down,
                            Math.min(up.mtu(), down.mtu()),
                            RandomGenerator.getDefault());
        } catch (IOException | RuntimeException e) {
            end(group);
            throw e;
        }
    }

    private LinkChannel open(Host host, Config.LinkSpec link) throws IOException {
        TapChannel tap =
                host.namespace()
                        .call(() -> TapChannel.open(link.name(), link.offload(), link.bare()));
        group.register(tap).syncUninterruptibly();
        return tap;
    }

    Understudy understudy() {
        return understudy;
    }

    /** Puts these services in force, in place of those before. */
    void play(ServiceConfig... next) {
        config = with(config, List.of(next));
        understudy.reload(config);
    }

    /** A configuration with other services. */
    static Config with(Config config, List<ServiceConfig> services) {
        return new Config(
                config.attach(),
                config.client(),
                config.network(),
                config.setup(),
                services,
                config.control(),
                config.limits());
    }

    /** A configuration with offload switched on or off. */
    static Config with(Config config, boolean clientOffload, boolean networkOffload) {
        Config.ClientSide client = config.client();
        Config.NetworkSide network = config.network();
        return new Config(
                config.attach(),
                new Config.ClientSide(
                        link(client.link(), clientOffload),
                        client.address(),
                        client.gateway(),
                        client.address6(),
                        client.gateway6()),
                new Config.NetworkSide(
                        link(network.link(), networkOffload),
                        network.address(),
                        network.gateway(),
                        network.nat(),
                        network.address6(),
                        network.gateway6()),
                config.setup(),
                config.services(),
                config.control(),
                config.limits());
    }

    private static Config.LinkSpec link(Config.LinkSpec link, boolean offload) {
        return new Config.LinkSpec(link.kind(), link.name(), offload);
    }

    /** A configuration whose links are of another kind, and whose sides have IPv6 addresses, too. */
    static Config dualStack(Config config, String kind) {
        Config.ClientSide client = config.client();
        Config.NetworkSide network = config.network();
        return new Config(
                config.attach(),
                new Config.ClientSide(
                        new Config.LinkSpec(kind, client.link().name(), true),
                        client.address(),
                        client.gateway(),
                        Optional.of(Subnet.parse("fd00:111::2/64")),
                        Optional.empty()),
                new Config.NetworkSide(
                        new Config.LinkSpec(kind, network.link().name(), true),
                        network.address(),
                        network.gateway(),
                        network.nat(),
                        Optional.of(Subnet.parse("fd00:112::2/64")),
                        Optional.of(IpAddress.parse("fd00:112::1"))),
                config.setup(),
                config.services(),
                config.control(),
                config.limits());
    }

    /** A service of a name that none had before, with the defaults of the configuration. */
    ServiceConfig service(Endpoint original, Endpoint... servers) {
        return service("service-" + ++services, original, servers);
    }

    /** A service with the defaults of the configuration. */
    static ServiceConfig service(String name, Endpoint original, Endpoint... servers) {
        return new ServiceConfig(
                name,
                List.of(
                        new Original(
                                new Subnet(
                                        original.address(), original.address().isIpv4() ? 32 : 128),
                                new PortRange(original.port(), original.port()))),
                Stream.of(servers).map(ServerConfig::of).toList(),
                ServiceConfig.Connect.DEFAULT,
                ServiceConfig.Recover.DEFAULT);
    }

    /** The same service, in which another protocol is spoken. */
    static ServiceConfig speaking(ServiceConfig.Protocol protocol, ServiceConfig service) {
        return new ServiceConfig(
                service.name(),
                service.originals(),
                service.servers(),
                service.connect(),
                service.recover(),
                protocol);
    }

    /** The same service, whose second server is asked only when the first has failed: a busy machine is slow, too. */
    static ServiceConfig inOrder(ServiceConfig service) {
        return new ServiceConfig(
                service.name(),
                service.originals(),
                service.servers(),
                new ServiceConfig.Connect(
                        ServiceConfig.Strategy.IN_ORDER,
                        service.connect().staggerNanos(),
                        PATIENCE.toNanos(),
                        service.connect().attempts()),
                service.recover());
    }

    /** A snapshot of now, rather than the last one that somebody asked for. */
    Snapshot snapshot() {
        long asked = understudy.now();
        await("a snapshot", () -> understudy.control().wholeSince() - asked >= 0);
        return understudy.control().snapshot();
    }

    /** The counters of now; a large table need not be read for them. */
    Map<String, Long> counters() {
        long asked = understudy.now();
        await("the counters", () -> understudy.control().overviewAt() - asked >= 0);
        return understudy.control().snapshot().counters();
    }

    long counter(String name) {
        return counters().get(name);
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
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("waited in vain for " + what);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    /** Takes the devices away. */
    @Override
    public void close() {
        try {
            understudy.close();
        } finally {
            end(group);
        }
    }

    private static void end(EventLoopGroup group) {
        // With a quiet period, because a loop without one may end before it has closed the links.
        group.shutdownGracefully(20, 2_000, TimeUnit.MILLISECONDS).awaitUninterruptibly(3_000);
    }
}
