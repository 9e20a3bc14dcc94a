package dev.understudy.tools.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.net.Host;
import dev.understudy.tools.net.Nginx;
import dev.understudy.tools.net.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bump in the wire between a client and the switch that it shares with A and B, which no host knows of: no address, no
 * route, no gateway. In IPv6 they are fd00:9::1, fd00:9::10 and fd00:9::11.
 *
 * <pre>
 *   client 10.9.0.1 ── us0 Understudy us1 ── switch ── A 10.9.0.10, the original
 *                                                   └─ B 10.9.0.11
 * </pre>
 */
@Tag("kernel")
final class InlineTest {
    private static final Endpoint ORIGINAL = Endpoint.parse("10.9.0.10:80");
    private static final Endpoint B = Endpoint.parse("10.9.0.11:80");
    private static final Endpoint ORIGINAL6 = Endpoint.parse("[fd00:9::10]:80");
    private static final Endpoint B6 = Endpoint.parse("[fd00:9::11]:80");

    @TempDir private Path directory;

    private final FrameLog client = new FrameLog();
    private final FrameLog network = new FrameLog();
    private final Topology topology = new Topology();
    private Host host;
    private Host a;
    private Rig rig;
    private Nginx webOfA;
    private Nginx webOfB;

    @BeforeEach
    void build() throws IOException {
        Kernel.requireTap();
        Kernel.requireProgram("curl");
        Kernel.requireProgram("nginx");
        host = topology.host("client");
        Host lan = topology.host("switch");
        a = topology.host("A");
        Host b = topology.host("B");
        topology.wire(lan, "to-a", a, "eth0").wire(lan, "to-b", b, "eth0");
        // The kernel's own chatter would be in the logs of every test.
        for (Host quiet : List.of(host, a, b)) {
            quiet.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0");
        }
        rig =
                new Rig(
                        config(),
                        host,
                        lan,
                        (up, down) -> {
                            up.pipeline().addFirst(client);
                            down.pipeline().addFirst(network);
                        });
        lan.bridge("br0", "us1", "to-a", "to-b");
        furnish(host, "us0", 1);
        furnish(a, "eth0", 10);
        furnish(b, "eth0", 11);
        webOfA = web(a);
        webOfB = web(b);
        rig.play(rig.service(ORIGINAL, ORIGINAL, B), rig.service(ORIGINAL6, ORIGINAL6, B6));
    }

    private static void furnish(Host host, String device, int number) throws IOException {
        host.address(device, "10.9.0." + number + "/24");
        host.ip("address add fd00:9::" + number + "/64 dev " + device + " nodad");
    }

    private Nginx web(Host host) throws IOException {
        Path scratch = Files.createDirectory(directory.resolve(host.name()));
        Path files = Files.createDirectories(directory.resolve("files"));
        Files.write(files.resolve("much"), new byte[300_000]);
        Nginx nginx = new Nginx(host, 80, scratch, files, "listen [::]:80 ipv6only=on;");
        nginx.start();
        return nginx;
    }

    private static Config config() {
        return new Config(
                Config.Attach.INLINE,
                new Config.ClientSide(new Config.LinkSpec("tap", "us0", true), Optional.empty()),
                new Config.NetworkSide(
                        new Config.LinkSpec("tap", "us1", true),
                        Optional.empty(),
                        Optional.empty(),
                        false),
                Config.Setup.NONE,
                List.of(),
                Optional.empty(),
                Limits.DEFAULT);
    }

    @AfterEach
    void end() throws IOException {
        try {
            for (Nginx web : new Nginx[] {webOfA, webOfB}) {
                if (web != null) {
                    web.close();
                }
            }
        } finally {
            if (rig != null) {
                rig.close();
            }
            topology.close();
        }
    }

    private String curl(String url) throws IOException {
        return host.run("curl", "-q", "-sS", "--noproxy", "*", "-m", "15", url);
    }

    /** Every frame that came on one side went out on the other, byte for byte and in order. */
    private void assertThatFramesWentStraightThrough() {
        Rig.await(
                "the same frames on both sides",
                () ->
                        network.written().equals(client.read())
                                && client.written().equals(network.read()));
    }

    @Test
    @Tag("P06")
    @Tag("P15")
    void whatBelongsToNoServiceCrossesByteForByte() throws IOException {
        client.clear();
        network.clear();

        host.run("ping", "-c", "2", "-i", "0.1", "10.9.0.11");
        host.run("ping", "-c", "2", "-i", "0.1", "-s", "4000", "10.9.0.11");
        host.run("ping", "-6", "-c", "2", "-i", "0.1", "fd00:9::11");
        host.run("ping", "-6", "-c", "2", "-i", "0.1", "-s", "4000", "fd00:9::11");
        // Nobody answers it, as is usual.
        host.run("bash", "-c", "ping -b -c 1 -W 0.2 10.9.0.255 || true");
        assertThat(curl("http://10.9.0.11/much")).hasSize(300_000);

        assertThatFramesWentStraightThrough();
        assertThat(client.read()).hasSizeGreaterThan(20);
        assertThat(client.read()).anyMatch(frame -> frame.startsWith("86dd", 24));
        assertThat(client.read()).anyMatch(frame -> frame.startsWith("0806", 24));
    }

    @Test
    @Tag("P01")
    @Tag("P15")
    void aSessionWithTheOriginalItselfCrossesByteForByte() throws IOException {
        client.clear();
        network.clear();

        assertThat(curl("http://10.9.0.10/")).isEqualTo("This is A.\n");
        assertThat(curl("http://10.9.0.10/much")).hasSize(300_000);

        assertThatFramesWentStraightThrough();
        assertThat(rig.counter("sessions-opened")).isEqualTo(2);
    }

    @Test
    @Tag("P12")
    @Tag("P16")
    void anotherServerAnswersForAnOriginalThatRefuses() throws IOException {
        webOfA.kill();

        assertThat(curl("http://10.9.0.10/")).isEqualTo("This is B.\n");

        assertThat(rig.eventsAfter(0)).filteredOn(e -> e.kind() == Kind.HIDDEN).hasSize(1);
        assertThatTheClientSawNoSegmentOf("0a09000b");
    }

    @Test
    @Tag("P12")
    @Tag("P17")
    @Tag("P57")
    void anOriginalThatIsGoneIsAnsweredForByProxyArp() throws IOException {
        a.ip("link set dev eth0 down");

        assertThat(curl("http://10.9.0.10/")).isEqualTo("This is B.\n");

        String real = a.run("ip", "-br", "link", "show", "eth0").split("\\s+", -1)[2];
        assertThat(host.run("ip", "neigh", "show", "10.9.0.10"))
                .contains("lladdr")
                .doesNotContain(real);
        assertThatTheClientSawNoSegmentOf("0a09000b");
    }

    @Test
    @Tag("P12")
    @Tag("P57")
    @Tag("B16")
    void anIpv6OriginalThatIsGoneIsAdvertisedFor() throws IOException {
        a.ip("link set dev eth0 down");

        assertThat(curl("http://[fd00:9::10]/")).isEqualTo("This is B.\n");

        String real = a.run("ip", "-br", "link", "show", "eth0").split("\\s+", -1)[2];
        assertThat(host.run("ip", "-6", "neigh", "show", "fd00:9::10"))
                .contains("lladdr")
                .doesNotContain(real);
        assertThat(client.written())
                .as("segments of B's")
                .noneMatch(
                        frame ->
                                frame.startsWith("86dd", 24)
                                        && frame.startsWith("06", 40)
                                        && frame.startsWith(
                                                "fd000009" + "0".repeat(20) + "0011", 44));
    }

    @Test
    @Tag("P57")
    @Tag("B16")
    void anIpv6OriginalThatIsBackIsUsedAgain() throws IOException {
        a.ip("link set dev eth0 down");
        assertThat(curl("http://[fd00:9::10]/")).isEqualTo("This is B.\n");
        // An interface that goes down loses its IPv6 addresses.
        a.ip("link set dev eth0 up", "address add fd00:9::10/64 dev eth0 nodad");

        a.run("ping", "-6", "-c", "1", "-W", "5", "fd00:9::1");
        Rig.await("A to answer again", () -> answer("[fd00:9::10]").equals("This is A.\n"));
    }

    @Test
    @Tag("P57")
    void anOriginalThatIsBackIsUsedAgain() throws IOException {
        a.ip("link set dev eth0 down");
        assertThat(curl("http://10.9.0.10/")).isEqualTo("This is B.\n");
        a.ip("link set dev eth0 up");

        // The proxy's answer stays with the client until the original shows itself.
        a.run("ping", "-c", "1", "10.9.0.1");
        Rig.await("A to answer again", () -> answer("10.9.0.10").equals("This is A.\n"));
    }

    private String answer(String address) {
        try {
            return curl("http://" + address + "/");
        } catch (IOException e) {
            return "";
        }
    }

    /** In what was written to the client's device, no TCP segment has that source address. */
    private void assertThatTheClientSawNoSegmentOf(String address) {
        assertThat(client.written())
                .noneMatch(
                        frame ->
                                frame.startsWith("0800", 24)
                                        && frame.startsWith("06", 46)
                                        && frame.startsWith(address, 52));
    }
}
