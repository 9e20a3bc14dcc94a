package dev.understudy.tools.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.net.Socket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Much data between two kernels, by every kind of path: nothing of it may be lost, added or changed. */
@Tag("kernel")
@ExtendWith(SampledLeaks.class)
final class PathTest {
    private static final int PORT = 9000;
    private static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:" + PORT);
    private static final Cargo DOWN = new Cargo(7, 64 << 20);
    private static final Cargo UP = new Cargo(11, 64 << 20);
    private static final Cargo LITTLE = new Cargo(13, 3 << 20);

    @BeforeEach
    void requirements() {
        Kernel.requireTap();
    }

    @ParameterizedTest
    @CsvSource({
        "tap,true,true",
        "tap,true,false",
        "tap,false,true",
        "tap,false,false",
        "tun,true,true",
        "tun,true,false",
        "tun,false,true",
        "tun,false,false"
    })
    @Tag("P58")
    @Tag("P09")
    @Tag("P10")
    @Tag("P11")
    @Tag("P12")
    @Tag("P24")
    void aRelocatedSessionCarriesEveryByteBothWays(
            String kind, boolean clientOffload, boolean networkOffload) throws IOException {
        AddressWatch watch = new AddressWatch();
        try (Theatre theatre =
                        new Theatre(
                                kind,
                                clientOffload,
                                networkOffload,
                                (client, servers) -> client.pipeline().addFirst(watch));
                Cargo.Depot depot = new Cargo.Depot(theatre.server("B").host().namespace(), PORT);
                Socket socket = theatre.relocated(PORT)) {
            assertThat(theatre.snapshot().sessions())
                    .singleElement()
                    .satisfies(session -> assertThat(session.delta()).isNotZero());

            long start = System.nanoTime();
            assertThat(DOWN.download(socket)).isEqualTo(DOWN.digest());
            long middle = System.nanoTime();
            assertThat(UP.upload(socket)).isEqualTo(UP.digest());
            long end = System.nanoTime();

            System.out.printf(
                    "%s, offload %s/%s: 64 MiB down in %.2f s, up in %.2f s, digests included%n",
                    kind,
                    clientOffload,
                    networkOffload,
                    (middle - start) / 1e9,
                    (end - middle) / 1e9);
            assertThat(watch.addresses())
                    .allMatch(a -> a.startsWith("10.111.0.") || a.equals("203.0.113.10"));
            assertThat(depot).isNotNull();
        }
    }

    @Test
    @Tag("P12")
    void aSmallerMtuOnTheWayIsFoundOutByTheClient() throws IOException {
        AddressWatch watch = new AddressWatch();
        try (Theatre theatre =
                new Theatre(true, true, (client, servers) -> client.pipeline().addFirst(watch))) {
            // Beyond B, behind a wire that takes 1280 bytes, which neither end of a session sees.
            Host hop = theatre.server("B").host().forward();
            Host far = theatre.server("C").host();
            hop.ip("link add far0 type veth peer name eth9 netns " + far.namespace().path());
            hop.address("far0", "10.30.0.1/24");
            far.ip(
                    "link set dev eth0 down",
                    "address add 10.30.0.2/24 dev eth9",
                    "link set dev eth9 up",
                    "route replace default via 10.30.0.1");
            theatre.router()
                    .ip("link set dev to-b mtu 1280", "route add 10.30.0.0/24 via 10.20.2.2");
            hop.ip("link set dev eth0 mtu 1280");
            theatre.play(
                    theatre.service(
                            ORIGINAL, Theatre.at(1, PORT), Endpoint.parse("10.30.0.2:" + PORT)));
            try (Cargo.Depot depot = new Cargo.Depot(far.namespace(), PORT);
                    Socket socket = theatre.connect(ORIGINAL)) {
                assertThat(LITTLE.upload(socket)).isEqualTo(LITTLE.digest());
                assertThat(LITTLE.download(socket)).isEqualTo(LITTLE.digest());
                assertThat(depot).isNotNull();
            }

            assertThat(theatre.client().run("ip", "route", "get", "203.0.113.10"))
                    .contains("mtu 1280");
            // The router reports it under its own address, as it would to any client behind a NAT.
            assertThat(watch.addresses())
                    .contains("10.112.0.1")
                    .noneMatch(a -> a.startsWith("10.20.") || a.startsWith("10.30."));
        }
    }

    @Test
    @Tag("P67")
    void aServerThatCanDoLessTakesOverFromOneThatCouldDoMore() throws IOException {
        try (Theatre theatre = new Theatre()) {
            Host b = theatre.server("B").host();
            b.set("tcp_timestamps", "0").set("tcp_sack", "0").set("tcp_window_scaling", "0");
            b.ip("route replace default via 10.20.2.1 advmss 536");
            try (Cargo.Depot depot = new Cargo.Depot(b.namespace(), PORT);
                    Socket socket = theatre.relocated(PORT)) {
                assertThat(LITTLE.upload(socket)).isEqualTo(LITTLE.digest());
                assertThat(LITTLE.download(socket)).isEqualTo(LITTLE.digest());
                assertThat(depot).isNotNull();
            }
        }
    }

    @Test
    @Tag("P05")
    @Tag("P25")
    void nothingIsLeftOfSessionsThatHaveEnded() throws IOException {
        try (Theatre theatre = new Theatre();
                Cargo.Depot depot = new Cargo.Depot(theatre.server("B").host().namespace(), PORT)) {
            theatre.play(theatre.service(ORIGINAL, Theatre.at(1, PORT), Theatre.at(2, PORT)));
            for (int i = 0; i < 50; i++) {
                try (Socket socket = theatre.connect(ORIGINAL)) {
                    Cargo cargo = new Cargo(i, 10_000);
                    assertThat(cargo.download(socket)).isEqualTo(cargo.digest());
                }
            }
            Rig.await("empty tables", () -> theatre.understudy().idle());
            Snapshot after = theatre.snapshot();
            assertThat(after.sessions()).isEmpty();
            assertThat(after.counters())
                    .containsEntry("sessions", 0L)
                    .containsEntry("half-open", 0L)
                    .containsEntry("stored-bytes", 0L)
                    .containsEntry("sessions-closed", 50L);
            assertThat(depot).isNotNull();
        }
    }
}
