package dev.understudy.tools.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.understudy.stack.link.Kernel;
import dev.understudy.tools.net.Host;
import dev.understudy.tools.net.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code setup: auto} on a host that is somebody's gateway, and that has the living original behind its ordinary routes:
 * what Understudy sends to the original must not come back to Understudy (DESIGN 7.7).
 *
 * <pre>
 *   one 192.168.1.2 ──┐
 *                     ├── gateway, with Understudy ── 10.20.0.1   web 10.20.0.2 (B), 203.0.113.10 (the original)
 *   two 192.168.2.2 ──┘
 * </pre>
 *
 * In IPv6, one is fd00:1::2, web is fd00:20::2, and the original 2001:db8::10.
 */
@Tag("kernel")
class RoutedHostTest {
    private static final String YAML =
            """
            client: {link: "tap:us0", address: 10.111.0.2/24}
            network: {link: "tap:us1", address: 10.112.0.2/24}
            services:
              - name: shop
                original: 203.0.113.10:80
                servers: [10.20.0.2:80]
                connect: {strategy: original-first}
            """;

    private static final String YAML6 =
            """
            client: {link: "tap:us0", address: 10.111.0.2/24, address6: "fd00:111::2/64"}
            network: {link: "tap:us1", address: 10.112.0.2/24, address6: "fd00:112::2/64"}
            services:
              - name: shop
                original: "[2001:db8::10]:80"
                servers: ["[fd00:20::2]:80"]
                connect: {strategy: original-first}
            """;

    @TempDir private Path directory;

    private final List<Process> nginxes = new ArrayList<>();
    private Topology topology;
    private Host gateway;
    private Host one;
    private Host two;
    private Host web;
    private Path file;

    @BeforeEach
    void open() throws IOException {
        Kernel.requireTap();
        for (String program : List.of("nft", "curl", "nginx")) {
            Kernel.requireProgram(program);
        }
        topology = new Topology();
        gateway = topology.host("gateway").forward();
        one = topology.host("one");
        two = topology.host("two");
        web = topology.host("web");
        topology.wire(gateway, "to-one", one, "eth0");
        topology.wire(gateway, "to-two", two, "eth0");
        topology.wire(gateway, "to-web", web, "eth0");
        gateway.address("to-one", "192.168.1.1/24")
                .address("to-two", "192.168.2.1/24")
                .address("to-web", "10.20.0.1/24")
                .route("203.0.113.10 via 10.20.0.2");
        one.address("eth0", "192.168.1.2/24").route("default via 192.168.1.1");
        two.address("eth0", "192.168.2.2/24").route("default via 192.168.2.1");
        web.address("eth0", "10.20.0.2/24")
                .address("eth0", "203.0.113.10/32")
                .route("default via 10.20.0.1");
        gateway.ip(
                "address add fd00:1::1/64 dev to-one nodad",
                "address add fd00:20::1/64 dev to-web nodad",
                "route add 2001:db8::10 via fd00:20::2");
        one.ip("address add fd00:1::2/64 dev eth0 nodad", "route add default via fd00:1::1");
        web.ip(
                "address add fd00:20::2/64 dev eth0 nodad",
                "address add 2001:db8::10/128 dev eth0 nodad",
                "route add default via fd00:20::1");
        file = directory.resolve("shop.yaml");
    }

    @AfterEach
    void close() {
        nginxes.forEach(Process::destroyForcibly);
        if (topology != null) {
            topology.close();
        }
    }

    /** A web server that answers with its name and the client's address as it sees it. */
    private Process nginx(String address, String name) throws IOException, InterruptedException {
        Path conf =
                Files.writeString(
                        directory.resolve(name + ".conf"),
                        """
                        daemon off;
                        master_process off;
                        pid DIR/NAME.pid;
                        error_log stderr;
                        events {}
                        http {
                          access_log off;
                          server { listen ADDRESS:80; return 200 "NAME to $remote_addr\\n"; }
                        }
                        """
                                .replace("DIR", directory.toString())
                                .replace("NAME", name)
                                .replace("ADDRESS", address));
        Process nginx = web.namespace().start("nginx", "-c", conf.toString(), "-e", "stderr");
        nginxes.add(nginx);
        web.run(
                "curl",
                "-s",
                "-o",
                "/dev/null",
                "--retry",
                "20",
                "--retry-delay",
                "1",
                "--retry-connrefused",
                "http://" + address + "/");
        return nginx;
    }

    private static String get(Host host, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "-m", "10"));
        command.addAll(List.of(more));
        command.add("http://203.0.113.10/");
        return host.run(command.toArray(String[]::new)).strip();
    }

    private static String get6(Host host) throws IOException {
        return host.run("curl", "-6", "-sS", "-m", "10", "http://[2001:db8::10]/").strip();
    }

    private Child start() throws IOException, InterruptedException {
        return start(YAML);
    }

    private Child start(String yaml) throws IOException, InterruptedException {
        Files.writeString(file, yaml);
        return Child.start(
                        gateway.namespace(),
                        directory,
                        Child.command("run", "-v", "-c", file.toString()))
                .ready();
    }

    @Test
    @Tag("P56")
    void theLivingOriginalIsReachedByOrdinaryRoutesFromTheHostAndFromItsClients() throws Exception {
        Process original = nginx("203.0.113.10", "original");
        nginx("10.20.0.2", "B");
        try (Child child = start()) {
            // The web server sees the gateway's own address: masquerade of what Understudy sends.
            assertThat(get(gateway)).isEqualTo("original to 10.20.0.1");
            child.says("203.0.113.10:80 plays the part");
            // Two clients of one gateway with one source port, to one original.
            assertThat(get(one, "--local-port", "40000")).isEqualTo("original to 10.20.0.1");
            assertThat(get(two, "--local-port", "40000")).isEqualTo("original to 10.20.0.1");

            original.destroyForcibly().waitFor();
            assertThat(get(gateway)).isEqualTo("B to 10.20.0.1");
            assertThat(get(one)).isEqualTo("B to 10.20.0.1");
            child.says("hidden from the client");
            child.says("10.20.0.2:80 plays the part");
            assertThat(child.signal("TERM").exitCode()).isEqualTo(143);
        }
        assertThatThrownBy(() -> get(one)).hasMessageContaining("Failed to connect");
    }

    /** Whether Understudy has addresses in IPv4, too, or in IPv6 alone. */
    @ParameterizedTest(name = "IPv4 too: {0}")
    @ValueSource(booleans = {true, false})
    @Tag("P12")
    @Tag("P56")
    @Tag("B16")
    void anIpv6OriginalIsReachedAndReplacedFromTheHostAndFromItsClients(boolean both)
            throws Exception {
        String yaml = both ? YAML6 : YAML6.replaceAll(" address: [0-9./]+,", "");
        Process original = nginx("[2001:db8::10]", "original");
        nginx("[fd00:20::2]", "B");
        String before = gateway.run("ip", "-6", "rule") + gateway.run("nft", "list", "ruleset");
        try (Child child = start(yaml)) {
            assertThat(get6(gateway)).isEqualTo("original to fd00:20::1");
            assertThat(get6(one)).isEqualTo("original to fd00:20::1");

            original.destroyForcibly().waitFor();
            assertThat(get6(gateway)).isEqualTo("B to fd00:20::1");
            assertThat(get6(one)).isEqualTo("B to fd00:20::1");
            child.says("hidden from the client");
            assertThat(child.signal("KILL").exitCode()).isEqualTo(137);
        }
        // The next start cleans up after the one that was killed, and after itself when it ends.
        try (Child child = start(yaml)) {
            assertThat(get6(one)).isEqualTo("B to fd00:20::1");
            assertThat(child.signal("TERM").exitCode()).isEqualTo(143);
        }
        assertThat(gateway.run("ip", "-6", "rule") + gateway.run("nft", "list", "ruleset"))
                .isEqualTo(before);
        assertThat(gateway.run("sysctl", "-n", "net.ipv6.conf.all.forwarding").strip())
                .isEqualTo("0");
    }

    @Test
    @Tag("P06")
    void otherTrafficToTheOriginalsAddressIsLeftAlone() throws Exception {
        nginx("203.0.113.10", "original");
        try (Child child = start()) {
            assertThat(one.run("ping", "-c", "1", "-W", "5", "203.0.113.10")).contains("ttl=63");
            assertThat(child.signal("TERM").exitCode()).isEqualTo(143);
        }
    }
}
