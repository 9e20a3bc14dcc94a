package dev.understudy.tools.lab;

import dev.understudy.dispatcher.Understudy;
import dev.understudy.stack.host.HostChannels;
import dev.understudy.stack.host.HostConfig;
import dev.understudy.stack.host.HostLink;
import dev.understudy.stack.ip.Prefix;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.link.Switch;
import dev.understudy.stack.link.Wire;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The lab inside the JVM: no device, no privilege, no kernel. The client and the three servers are hosts of our own, joined
 * by wires in memory, with the dispatcher in the middle as ever. All of it lives on one event loop.
 *
 * <pre>
 *   client                                                     ┌── A 10.112.0.11, 203.0.113.10
 *   10.111.0.1/24 ── us0 10.111.0.2 Understudy 10.112.0.2 us1 ─┼── B 10.112.0.12
 *                                                       switch └── C 10.112.0.13
 * </pre>
 */
final class JvmStage implements Stage, AutoCloseable {
    private static final String CLIENT = "10.111.0.1/24";
    private static final IpAddress ROUTER = IpAddress.parse("10.112.0.1");
    private static final String A = "10.112.0.11";
    private static final int MTU = 1500;

    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
    private final List<JvmServer> servers = new ArrayList<>();
    private final HostChannels client;
    private final Understudy understudy;

    JvmStage() {
        try {
            EventLoop loop = group.next();
            Wire left = Wire.between(Wire.End.of("client"), Wire.End.of("us0"));
            HostLink clientHost =
                    HostLink.attach(
                            left.a(),
                            HostConfig.of(CLIENT)
                                    .withGateways(List.of(IpAddress.parse("10.111.0.2"))),
                            new SecureRandom());
            left.register(loop);
            client = new HostChannels(clientHost);

            Switch network = new Switch(loop, "sw0", 1);
            LinkChannel us1 = network.plug(Wire.End.of("us1")).link();
            server(network, "A", A, LabNetwork.ORIGINAL);
            server(network, "B", "10.112.0.12", Endpoint.parse("10.112.0.12:80"));
            server(network, "C", "10.112.0.13", Endpoint.parse("10.112.0.13:80"));
            // A is the next hop to the original, which is a second address of its own.
            understudy =
                    Understudy.start(
                            LabConfig.of(A, servers.stream().map(JvmServer::endpoint).toList()),
                            left.b(),
                            us1,
                            MTU,
                            new SecureRandom());
        } catch (RuntimeException e) {
            end();
            throw e;
        }
    }

    private void server(Switch network, String name, String own, Endpoint endpoint) {
        List<Prefix> addresses = new ArrayList<>(List.of(Prefix.parse(own + "/24")));
        if (!endpoint.address().toString().equals(own)) {
            addresses.add(new Prefix(endpoint.address(), 32));
        }
        LinkChannel link = network.plug(Wire.End.of(name)).link();
        PortFault way = new PortFault(ROUTER);
        link.pipeline().addLast("fault", way);
        HostLink host = HostLink.attach(link, HostConfig.of(addresses), new SecureRandom());
        servers.add(new JvmServer(name, endpoint, new HostChannels(host), way));
    }

    Understudy understudy() {
        return understudy;
    }

    @Override
    public List<JvmServer> servers() {
        return servers;
    }

    @Override
    public Clients clients(int brisk, int lingering, long seed, Consumer<Visit> visits) {
        InetSocketAddress original =
                new InetSocketAddress(
                        LabNetwork.ORIGINAL.address().toInetAddress(), LabNetwork.ORIGINAL.port());
        SplittableRandom random = new SplittableRandom(seed);
        List<JvmClient> clients = new ArrayList<>();
        for (int i = 0; i < brisk + lingering; i++) {
            clients.add(new JvmClient(client, original, random.split(), i >= brisk, visits));
        }
        clients.forEach(JvmClient::start);
        return () -> {
            clients.forEach(JvmClient::stop);
            for (JvmClient each : clients) {
                each.join();
            }
        };
    }

    @Override
    public void close() {
        try {
            servers.forEach(JvmServer::close);
            understudy.close();
        } finally {
            end();
        }
    }

    private void end() {
        group.shutdownGracefully(0, 2_000, TimeUnit.MILLISECONDS).awaitUninterruptibly(3_000);
    }
}
