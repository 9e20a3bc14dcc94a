package dev.understudy.tools.kernel;

import dev.understudy.dispatcher.Understudy;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.lab.Fault;
import dev.understudy.tools.lab.LabNetwork;
import dev.understudy.tools.lab.LabServer;
import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The lab's network with a dispatcher in its middle: real programs run in the client's namespace, and A, B and C are the
 * hosts behind {@link LabNetwork#ORIGINAL}.
 */
final class Theatre implements AutoCloseable {
    private final LabNetwork network;
    private final Rig rig;

    /** With offload on both links, and nothing else in their pipelines. */
    Theatre() throws IOException {
        this(true, true, Rig.Links.PLAIN);
    }

    Theatre(boolean clientOffload, boolean networkOffload, Rig.Links links) throws IOException {
        this("tap", clientOffload, networkOffload, links);
    }

    /** With links of this kind, {@code tap} or {@code tun}. */
    Theatre(String kind, boolean clientOffload, boolean networkOffload, Rig.Links links)
            throws IOException {
        network = new LabNetwork();
        try {
            rig =
                    new Rig(
                            Rig.with(
                                    Rig.dualStack(network.config(), kind),
                                    clientOffload,
                                    networkOffload),
                            network.client(),
                            network.net(),
                            links);
            network.connected();
        } catch (IOException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    /**
     * Gives the hosts IPv6 addresses, too: fd00:111::1 to the client, fd00:20:1::2 to A, fd00:20:2::2 to B, fd00:20:3::2 to
     * C, and A the original's, 2001:db8::10.
     */
    Theatre withIpv6() throws IOException {
        Host client = client();
        client.run("ip", "-6", "address", "add", "fd00:111::1/64", "dev", "us0", "nodad");
        client.run("ip", "-6", "route", "add", "default", "via", "fd00:111::2");
        Host router = router();
        router.namespace()
                .call(
                        () ->
                                Files.writeString(
                                        Path.of("/proc/sys/net/ipv6/conf/all/forwarding"), "1"));
        router.run("ip", "-6", "address", "add", "fd00:112::1/64", "dev", "us1", "nodad");
        for (int i = 1; i <= 3; i++) {
            LabServer server = servers().get(i - 1);
            String device = "to-" + server.name().toLowerCase(Locale.ROOT);
            String net = "fd00:20:" + i + "::";
            router.run("ip", "-6", "address", "add", net + "1/64", "dev", device, "nodad");
            Host host = server.host();
            host.run("ip", "-6", "address", "add", net + "2/64", "dev", "eth0", "nodad");
            host.run("ip", "-6", "route", "add", "default", "via", net + "1");
        }
        server("A").host().run("ip", "-6", "address", "add", "2001:db8::10", "dev", "lo", "nodad");
        router.run("ip", "-6", "route", "add", "2001:db8::10", "via", "fd00:20:1::2");
        for (int i = 1; i <= 3; i++) {
            // Kernels probe for their link-local addresses first, for a second or two.
            router.run("ping", "-6", "-c", "1", "-W", "10", "fd00:20:" + i + "::2");
        }
        client.run("ping", "-6", "-c", "1", "-W", "10", "fd00:111::2");
        return this;
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

    Rig rig() {
        return rig;
    }

    Understudy understudy() {
        return rig.understudy();
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

    /** See {@link Rig#play}. */
    void play(ServiceConfig... services) {
        rig.play(services);
    }

    /** See {@link Rig#service}. */
    ServiceConfig service(Endpoint original, Endpoint... servers) {
        return rig.service(original, servers);
    }

    Snapshot snapshot() {
        return rig.snapshot();
    }

    /** The sessions as somebody sees them who looks now and does not wait. */
    List<SessionView> rows() {
        return understudy().control().snapshot().sessions();
    }

    Map<String, Long> counters() {
        return rig.counters();
    }

    List<Event> eventsAfter(long id) {
        return rig.eventsAfter(id);
    }

    long lastEvent() {
        return rig.lastEvent();
    }

    /**
     * A connection of the client's kernel that A has accepted and B plays on: A's kernel reset it while it was idle, and
     * the dispatcher moved it, so that each of its packets is translated by a delta from now on.
     *
     * @param port of the original and of B, which somebody has to listen on; A listens on it for a moment
     */
    Socket relocated(int port) throws IOException {
        return relocated(port, Protocol.TCP);
    }

    /** The same, of a service that speaks this protocol. */
    Socket relocated(int port, Protocol protocol) throws IOException {
        Endpoint original = Endpoint.parse("203.0.113.10:" + port);
        play(Rig.speaking(protocol, Rig.inOrder(service(original, at(1, port), at(2, port)))));
        long before = lastEvent();
        Socket socket;
        // Nobody accepts, and a kernel resets what waits in the queue of a listener that closes.
        try (ServerSocket listener =
                server("A").host().namespace().call(() -> new ServerSocket(port))) {
            socket = connect(original);
            Rig.await("A to win", () -> listener.isBound() && happened(before, Event.Kind.WON));
        }
        Rig.await("the move", () -> happened(before, Event.Kind.RELOCATED));
        return socket;
    }

    /** A connection of the client's kernel. */
    Socket connect(Endpoint original) throws IOException {
        return client().namespace()
                .call(
                        () -> {
                            Socket socket = new Socket();
                            socket.connect(
                                    new InetSocketAddress(
                                            original.address().toInetAddress(), original.port()),
                                    (int) Rig.PATIENCE.toMillis());
                            return socket;
                        });
    }

    /** A port of the server of that number, counted from A. */
    static Endpoint at(int server, int port) {
        return Endpoint.parse("10.20." + server + ".2:" + port);
    }

    private boolean happened(long after, Event.Kind kind) {
        return eventsAfter(after).stream().anyMatch(event -> event.kind() == kind);
    }

    @Override
    public void close() throws IOException {
        try {
            rig.close();
        } finally {
            network.close();
        }
    }
}
