package dev.understudy.tools.bench;

import dev.understudy.tools.net.Host;
import dev.understudy.tools.net.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The network of {@code bench failover}: a client, two ways from it to a router, and three servers behind that. Whoever is to
 * save the client from failing servers stands on one of the two ways; the servers are the same.
 *
 * <pre>
 *   client eth0 10.1.0.1 ── 10.1.0.2 left [proxy] right 10.2.0.2 ── up 10.2.0.1 net
 *          us0 10.111.0.1 ── 10.111.0.2 Understudy 10.112.0.2 ── us1 10.112.0.1
 *                                                  net to-1 10.20.1.1 ── 10.20.1.2 A
 *                                                      to-2 10.20.2.1 ── 10.20.2.2 B
 *                                                      to-3 10.20.3.1 ── 10.20.3.2 C
 *                                                      to-4           ── 10.20.1.2 stand-in
 * </pre>
 *
 * <p>The stand-in has A's address and none of its connections; nobody is led there before A is gone.
 */
final class FailoverNetwork implements AutoCloseable {
    /** Where servers that fail in some way listen. */
    static final int CASES_PORT = 8080;

    /** Where the servers of the storm listen. */
    static final int STORM_PORT = 8081;

    /** Where the servers of a large file listen. */
    static final int FILE_PORT = 8082;

    /** The same file, without an ETag. */
    static final int UNTAGGED_PORT = 8083;

    private static final String STAND_IN_DEVICE = "to-4";
    private static final List<String> NAMES = List.of("A", "B", "C");

    private final Workbench bench = new Workbench();
    private final Host client;
    private final Host proxy;
    private final Host net;
    private final Host standIn;
    private final List<Host> servers = new ArrayList<>();

    FailoverNetwork() throws IOException {
        Topology topology = bench.topology();
        try {
            client = topology.host("client");
            proxy = topology.host("proxy");
            net = topology.host("net").forward();
            topology.wire(client, "eth0", proxy, "left");
            topology.wire(proxy, "right", net, "up");
            client.address("eth0", "10.1.0.1/24");
            proxy.address("left", "10.1.0.2/24").address("right", "10.2.0.2/24");
            proxy.route("10.20.0.0/16 via 10.2.0.1");
            net.address("up", "10.2.0.1/24");
            for (String name : NAMES) {
                servers.add(server(name, servers.size() + 1));
            }
            standIn = topology.host("standin");
            topology.wire(net, STAND_IN_DEVICE, standIn, "eth0");
            net.ip("link set dev " + STAND_IN_DEVICE + " up");
            standIn.address("eth0", address(0) + "/24");
            standIn.route("default via 10.20.1.1");
        } catch (IOException | RuntimeException e) {
            bench.close();
            throw e;
        }
    }

    private Host server(String name, int number) throws IOException {
        Host host = bench.topology().host(name);
        String device = "to-" + number;
        bench.topology().wire(net, device, host, "eth0");
        net.address(device, "10.20." + number + ".1/24");
        host.address("eth0", address(number - 1) + "/24");
        host.route("default via 10.20." + number + ".1");
        return host;
    }

    /** Where the server of that index, counted from 0, is reached. */
    static String address(int server) {
        return "10.20." + (server + 1) + ".2";
    }

    Host client() {
        return client;
    }

    Host proxy() {
        return proxy;
    }

    Host net() {
        return net;
    }

    /** A, which is everybody's first choice, B and C. */
    List<Host> servers() {
        return servers;
    }

    /** A server hears everything and says nothing. */
    void hush(Host server) throws IOException {
        server.route("blackhole default");
    }

    /** A falls silent, and what is sent to it arrives at a machine of the same address that knows nothing of it. */
    void replace() throws IOException {
        hush(servers.get(0));
        net.route(address(0) + "/32 dev " + STAND_IN_DEVICE);
    }

    /** A server is heard again, and if it was replaced it is back in its place. */
    void hear(Host server) throws IOException {
        // Rather than deleted: there may be none.
        net.route(address(0) + "/32 dev to-1");
        server.route("default via 10.20." + (servers.indexOf(server) + 1) + ".1");
    }

    Workbench bench() {
        return bench;
    }

    /** A directory of that name under the network's own. */
    Path directory(String name) throws IOException {
        return Files.createDirectories(bench.directory().resolve(name));
    }

    @Override
    public void close() throws IOException {
        bench.close();
    }
}
