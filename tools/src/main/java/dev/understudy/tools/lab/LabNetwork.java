package dev.understudy.tools.lab;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.net.Host;
import dev.understudy.tools.net.TapDispatcher;
import dev.understudy.tools.net.Topology;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The network of the lab. The original, 203.0.113.10, is an address of server A: while A lives, the client gets the very
 * server that it asked for (FIG. 5); when A dies, B or C plays its part.
 *
 * <pre>
 *   client                                          net, a router
 *   us0 10.111.0.1/24 ── 10.111.0.2 Understudy 10.112.0.2 ── us1 10.112.0.1/24
 *                                                   to-a 10.20.1.1 ── A 10.20.1.2, 203.0.113.10
 *                                                   to-b 10.20.2.1 ── B 10.20.2.2
 *                                                   to-c 10.20.3.1 ── C 10.20.3.2
 * </pre>
 *
 * <p>Whatever stands between us0 and us1 opens them, {@link #client} and {@link #net} being the hosts to do so in, and
 * then calls {@link #connected}.
 */
public final class LabNetwork implements Stage, AutoCloseable {
    /** What the clients ask for. */
    public static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:80");

    public static final String CLIENT_DEVICE = "us0";
    public static final String NETWORK_DEVICE = "us1";

    private static final String GATEWAY = "10.112.0.1";

    private final Topology topology = new Topology();
    private final Host client;
    private final Host net;
    private final List<LabServer> servers;

    /** Builds all but the middle. */
    public LabNetwork() throws IOException {
        try {
            client = topology.host("client");
            net = topology.host("net").forward();
            // Every refusal of the router's is said, not six of them and then one a second.
            net.set("icmp_ratelimit", "0");
            servers =
                    List.of(
                            server("A", 1, ORIGINAL),
                            server("B", 2, Endpoint.parse("10.20.2.2:80")),
                            server("C", 3, Endpoint.parse("10.20.3.2:80")));
        } catch (IOException | RuntimeException e) {
            topology.close();
            throw e;
        }
    }

    public Host client() {
        return client;
    }

    public Host net() {
        return net;
    }

    @Override
    public List<LabServer> servers() {
        return servers;
    }

    @Override
    public LabServer server(String name) {
        return (LabServer) Stage.super.server(name);
    }

    @Override
    public Stage.Clients clients(int brisk, int lingering, long seed, Consumer<Visit> visits) {
        InetSocketAddress original =
                new InetSocketAddress(ORIGINAL.address().toInetAddress(), ORIGINAL.port());
        return new Traffic(client.namespace(), original, brisk, lingering, seed, visits)::finish;
    }

    /** Puts a dispatcher in the middle, which the caller closes before the network. */
    public TapDispatcher connectDispatcher() throws IOException {
        return connectDispatcher(config());
    }

    /** The same with other services. */
    public TapDispatcher connectDispatcher(List<ServiceConfig> services) throws IOException {
        return connectDispatcher(LabConfig.with(GATEWAY, services));
    }

    private TapDispatcher connectDispatcher(Config config) throws IOException {
        TapDispatcher dispatcher = TapDispatcher.start(config, client, net);
        try {
            connected();
            return dispatcher;
        } catch (IOException | RuntimeException e) {
            dispatcher.close();
            throw e;
        }
    }

    /** Gives the two devices their addresses and routes, once they are there. */
    public void connected() throws IOException {
        client.address(CLIENT_DEVICE, "10.111.0.1/24").route("default via 10.111.0.2");
        net.address(NETWORK_DEVICE, "10.112.0.1/24");
    }

    /**
     * Makes a network of clients of the one client, which becomes their switch; the dispatcher that is in the middle already
     * is their gateway.
     *
     * <pre>
     *   station1 10.111.0.11 ── port1 ┐
     *   station2 10.111.0.12 ── port2 ┴ switch ── us0 10.111.0.2 Understudy
     * </pre>
     *
     * @param count how many stations
     */
    public List<Host> stations(int count) throws IOException {
        List<Host> stations = new ArrayList<>();
        List<String> ports = new ArrayList<>(List.of(CLIENT_DEVICE));
        for (int i = 1; i <= count; i++) {
            Host station = topology.host("station" + i);
            topology.wire(client, "port" + i, station, "eth0");
            ports.add("port" + i);
            stations.add(station);
        }
        client.ip("address flush dev " + CLIENT_DEVICE);
        client.bridge("br0", ports.toArray(String[]::new));
        for (int i = 1; i <= count; i++) {
            stations.get(i - 1)
                    .address("eth0", "10.111.0." + (10 + i) + "/24")
                    .route("default via 10.111.0.2");
        }
        return List.copyOf(stations);
    }

    /** Puts a plain router in the middle, with nothing that could hide a failure. */
    public void connectPlainly() throws IOException {
        Host middle = topology.host("middle").forward();
        topology.wire(client, CLIENT_DEVICE, middle, "left");
        topology.wire(middle, "right", net, NETWORK_DEVICE);
        middle.address("left", "10.111.0.2/24").address("right", "10.112.0.2/24");
        middle.route("default via 10.112.0.1");
        connected();
        net.route("10.111.0.0/24 via 10.112.0.2");
    }

    /** What a dispatcher in the middle is told. */
    public Config config() {
        return LabConfig.of(GATEWAY, servers.stream().map(LabServer::endpoint).toList());
    }

    @Override
    public void close() throws IOException {
        try {
            for (LabServer server : servers) {
                server.close();
            }
        } finally {
            topology.close();
        }
    }

    private LabServer server(String name, int number, Endpoint endpoint) throws IOException {
        Host host = topology.host(name);
        String device = "to-" + Character.toLowerCase(name.charAt(0));
        String gateway = "10.20." + number + ".1";
        String own = "10.20." + number + ".2";
        topology.wire(net, device, host, "eth0");
        net.address(device, gateway + "/24");
        host.address("eth0", own + "/24");
        boolean second = !endpoint.address().toString().equals(own);
        if (second) {
            host.ip("address add " + endpoint.address() + "/32 dev eth0");
        }
        String path = second ? "via " + own : "dev " + device;
        return new LabServer(host, net, endpoint, gateway, path);
    }
}
