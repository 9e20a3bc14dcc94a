package dev.understudy.tools.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.lab.Fault;
import dev.understudy.tools.lab.LabNetwork;
import dev.understudy.tools.net.Host;
import dev.understudy.tools.net.Topology;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One dispatcher and one configuration for a network of clients, whose gateway it is. */
@Tag("kernel")
final class GatewayTest {
    private static final int PORT = 9000;
    private static final int SAME_PORT = 40_000;
    private static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:" + PORT);

    private final Topology clients = new Topology();
    private final List<Host> stations = new ArrayList<>();
    private LabNetwork network;
    private Rig rig;

    /** Two stations on a switch, with us0 as the gateway's port. */
    @BeforeEach
    void build() throws IOException {
        Kernel.requireTap();
        network = new LabNetwork();
        Host lan = clients.host("switch");
        rig = new Rig(network.config(), lan, network.net(), Rig.Links.PLAIN);
        network.net().address("us1", "10.112.0.1/24");
        for (int i = 1; i <= 2; i++) {
            Host station = clients.host("station" + i);
            clients.wire(lan, "port" + i, station, "eth0");
            stations.add(station);
        }
        lan.bridge("br0", "us0", "port1", "port2");
        for (int i = 1; i <= 2; i++) {
            stations.get(i - 1)
                    .address("eth0", "10.111.0." + (10 + i) + "/24")
                    .route("default via 10.111.0.2");
        }
    }

    @AfterEach
    void end() throws IOException {
        try {
            if (rig != null) {
                rig.close();
            }
        } finally {
            clients.close();
            if (network != null) {
                network.close();
            }
        }
    }

    private Socket connect(Host station) throws IOException {
        return station.namespace()
                .call(
                        () -> {
                            Socket socket = new Socket();
                            socket.setReuseAddress(true);
                            socket.bind(new InetSocketAddress(SAME_PORT));
                            socket.connect(
                                    new InetSocketAddress(
                                            ORIGINAL.address().toInetAddress(), ORIGINAL.port()),
                                    (int) Rig.PATIENCE.toMillis());
                            return socket;
                        });
    }

    @Test
    @Tag("P56")
    void twoClientsWithTheSamePortGetTheirOwnBytesAtTheSameTime()
            throws IOException, InterruptedException, ExecutionException {
        // A's port is closed: both sessions are played by B.
        rig.play(rig.service(ORIGINAL, Theatre.at(1, PORT), Theatre.at(2, PORT)));
        Cargo first = new Cargo(1, 16 << 20);
        Cargo second = new Cargo(2, 16 << 20);
        try (Cargo.Depot depot = new Cargo.Depot(network.server("B").host().namespace(), PORT);
                Socket one = connect(stations.get(0));
                Socket two = connect(stations.get(1))) {
            Rig.await(
                    "both sessions, of the same port",
                    () -> clients().equals(Set.of("10.111.0.11:40000", "10.111.0.12:40000")));

            CompletableFuture<String> digest =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return first.download(one);
                                } catch (IOException e) {
                                    return e.toString();
                                }
                            });
            assertThat(second.download(two)).isEqualTo(second.digest());
            assertThat(digest.get()).isEqualTo(first.digest());
            assertThat(depot).isNotNull();
        }
    }

    private Set<String> clients() {
        return rig.snapshot().sessions().stream()
                .map(session -> session.client().toString())
                .collect(Collectors.toSet());
    }

    @Test
    @Tag("P56")
    @Tag("P26")
    void whatOneClientHasMetTheOtherIsSpared() throws IOException, InterruptedException {
        Kernel.requireProgram("curl");
        network.server("A").inflict(Fault.SILENT);

        assertThat(curl(stations.get(0))).isEqualTo("This is B.\n");
        long before = rig.lastEvent();
        assertThat(curl(stations.get(1))).isEqualTo("This is B.\n");

        assertThat(rig.eventsAfter(before))
                .extracting(Event::kind)
                .contains(Kind.WON)
                .doesNotContain(Kind.SERVER_DOWN);
    }

    @Test
    @Tag("P56")
    void theStationsReachEachOtherAndTheWorldWithoutASession() throws IOException {
        Kernel.requireProgram("ping");

        stations.get(0).run("ping", "-c", "1", "10.111.0.12");
        stations.get(0).run("ping", "-c", "1", "10.20.3.2");
        stations.get(1).run("ping", "-c", "1", "10.20.3.2");

        assertThat(rig.counter("sessions-opened")).isZero();
    }

    private static String curl(Host station) throws IOException {
        return station.run(
                "curl", "-q", "-sS", "--noproxy", "*", "-m", "15", "http://203.0.113.10/");
    }
}
