package dev.understudy.tools.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.ConfigLoader;
import dev.understudy.dispatcher.config.ConfigTemplate;
import dev.understudy.dispatcher.config.HostResolver;
import dev.understudy.dispatcher.config.LoadResult;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.link.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code setup: auto} against the kernel, in a network of its own. */
@Tag("kernel")
class HostSetupTest {
    private static final List<String> SYSCTLS =
            List.of(
                    "ip_forward",
                    "conf/all/accept_redirects",
                    "conf/all/forwarding",
                    "conf/default/forwarding",
                    "conf/eth0/forwarding",
                    "conf/all/rp_filter",
                    "conf/us0/rp_filter",
                    "../ipv6/conf/all/forwarding",
                    "../ipv6/conf/default/forwarding",
                    "../ipv6/conf/eth0/forwarding",
                    "../ipv6/conf/eth0/accept_ra",
                    "../ipv6/conf/us0/accept_ra",
                    "../ipv6/conf/us1/dad_transmits",
                    "../ipv6/conf/us0/disable_ipv6",
                    "../ipv6/conf/us1/disable_ipv6");

    private static final String SIX =
            "  - {name: six, original: '[2001:db8::10]:80', servers: ['[2001:db8:20::2]:80']}\n";

    @TempDir private Path directory;

    private NetworkNamespace network;
    private Shell shell;
    private StateFiles files;

    @BeforeEach
    void open() throws IOException {
        Kernel.requireTap();
        Kernel.requireProgram("nft");
        network = NetworkNamespace.create("setup");
        shell = new NamespaceShell(network);
        files = new StateFiles(List.of(directory.resolve("state")));
        // The wire has no IPv6, whose addresses would appear some time later by themselves.
        Path ipv6 = Path.of("/proc/sys/net/ipv6/conf/default/disable_ipv6");
        shell.write(ipv6, "1");
        network.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "far");
        network.run("ip", "link", "set", "far", "up");
        network.run("ip", "addr", "add", "192.0.2.2/24", "dev", "eth0");
        network.run("ip", "link", "set", "eth0", "mtu", "1400", "up");
        network.run("ip", "route", "add", "default", "via", "192.0.2.1");
        shell.write(ipv6, "0");
        for (String tap : List.of("us0", "us1")) {
            // Nobody has these open, so they stay: whatever is left on them would be seen.
            network.run("ip", "tuntap", "add", tap, "mode", "tap");
        }
    }

    @AfterEach
    void close() {
        if (network != null) {
            network.close();
        }
    }

    private static Config config(UnaryOperator<String> edit) {
        byte[] yaml = edit.apply(ConfigTemplate.text()).getBytes(StandardCharsets.UTF_8);
        LoadResult result = new ConfigLoader(HostResolver.system()).parse("t.yaml", yaml);
        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        return ((LoadResult.Loaded) result).config();
    }

    private static Config config() {
        return config(UnaryOperator.identity());
    }

    /** With an IPv6 original, and addresses to serve it from. */
    private static Config config6() {
        return config(
                yaml ->
                        yaml.replace("  # address6:", "  address6:")
                                .replace("\nservices:\n", "\nservices:\n" + SIX));
    }

    /** The host has IPv6 by way of a router that it has heard of. */
    private void giveIpv6() throws IOException {
        shell.write(Path.of("/proc/sys/net/ipv6/conf/eth0/disable_ipv6"), "0");
        network.run("ip", "addr", "add", "2001:db8:2::2/64", "dev", "eth0", "nodad");
        network.run("ip", "-6", "route", "add", "default", "via", "2001:db8:2::1");
    }

    private HostSetup claim(Config config) throws IOException {
        return network.call(() -> HostSetup.claim(config, shell, files));
    }

    /** Everything that a set-up could leave behind. */
    private String state() throws IOException {
        StringBuilder all = new StringBuilder();
        all.append(network.run("ip", "-4", "addr"));
        all.append(network.run("ip", "-6", "addr", "show", "scope", "global"));
        all.append(network.run("ip", "-4", "route", "show", "table", "all"));
        all.append(network.run("ip", "-4", "rule"));
        all.append(network.run("ip", "-6", "rule"));
        all.append(network.run("nft", "list", "ruleset"));
        for (String name : SYSCTLS) {
            all.append(name).append(shell.read(Path.of("/proc/sys/net/ipv4", name))).append('\n');
        }
        return all.toString();
    }

    @Test
    void undoLeavesTheHostExactlyAsItWas() throws IOException {
        String before = state();
        try (HostSetup setup = claim(config())) {
            setup.apply(config());
            assertThat(state()).isNotEqualTo(before);
        }
        assertThat(state()).isEqualTo(before);
        assertThat(directory.resolve("state")).isEmptyDirectory();
    }

    @Test
    void clientsTrafficToAnOriginalIsLedToTheClientSideAndOursIsNot() throws IOException {
        try (HostSetup setup = claim(config())) {
            setup.apply(config());

            assertThat(routeTo("203.0.113.10", "dport", "80", "ipproto", "tcp"))
                    .contains("via 10.111.0.2 dev us0")
                    .contains("src 10.111.0.1");
            assertThat(routeTo("203.0.113.10", "dport", "81", "ipproto", "tcp"))
                    .contains("via 192.0.2.1 dev eth0");
            assertThat(
                            routeTo(
                                    "203.0.113.10",
                                    "from",
                                    "10.112.0.2",
                                    "iif",
                                    "us1",
                                    "ipproto",
                                    "tcp",
                                    "dport",
                                    "80"))
                    .contains("via 192.0.2.1 dev eth0");
            assertThat(network.run("nft", "list", "ruleset")).contains("ip saddr 10.112.0.2");
            assertThat(shell.read(Path.of("/proc/sys/net/ipv4/ip_forward"))).contains("1");
        }
    }

    @Test
    @Tag("B16")
    void undoLeavesTheHostExactlyAsItWasInIpv6Too() throws IOException {
        giveIpv6();
        String before = state();
        String routes = routes6();
        try (HostSetup setup = claim(config6())) {
            setup.apply(config6());
            assertThat(routes6()).isNotEqualTo(routes);
        }
        assertThat(state()).isEqualTo(before);
        assertThat(routes6()).isEqualTo(routes);
        assertThat(directory.resolve("state")).isEmptyDirectory();
    }

    /** Those that somebody has set. */
    private String routes6() throws IOException {
        return network.run("ip", "-6", "route", "show", "table", "all")
                .lines()
                .filter(line -> !line.contains("proto kernel") && !line.contains("fe80::"))
                .collect(Collectors.joining("\n"));
    }

    @Test
    @Tag("B16")
    void whatAKilledRunHasLeftInIpv6IsCleanedAtTheNextStart() throws IOException {
        giveIpv6();
        String before = state();
        HostSetup killed = claim(config6());
        killed.apply(config6());
        killed.abandon();
        assertThat(state()).isNotEqualTo(before);

        HostSetup next = claim(config(yaml -> yaml.replace("us0", "usa").replace("us1", "usb")));

        assertThat(state()).isEqualTo(before);
        next.close();
    }

    @Test
    @Tag("B16")
    void clientsTrafficToAnIpv6OriginalIsLedToTheClientSideAndOursIsNot() throws IOException {
        giveIpv6();
        try (HostSetup setup = claim(config6())) {
            setup.apply(config6());

            assertThat(routeTo("2001:db8::10", "dport", "80", "ipproto", "tcp"))
                    .contains("via fd00:111::2 dev us0")
                    .contains("src fd00:111::1");
            assertThat(routeTo("2001:db8::10", "dport", "81", "ipproto", "tcp"))
                    .contains("via 2001:db8:2::1 dev eth0");
            assertThat(
                            routeTo(
                                    "2001:db8::10",
                                    "from",
                                    "fd00:112::2",
                                    "iif",
                                    "us1",
                                    "ipproto",
                                    "tcp",
                                    "dport",
                                    "80"))
                    .contains("via 2001:db8:2::1 dev eth0");
            assertThat(network.run("nft", "list", "ruleset"))
                    .contains("ip6 saddr fd00:112::2")
                    .contains("meta nfproto { ipv4, ipv6 } drop");
            Path conf = Path.of("/proc/sys/net/ipv6/conf");
            assertThat(shell.read(conf.resolve("all/forwarding"))).contains("1");
            assertThat(shell.read(conf.resolve("eth0/accept_ra")))
                    .as("whether the host still hears its router")
                    .contains("2");
        }
    }

    @Test
    @Tag("B16")
    void ipv6AloneLeavesIpv4Alone() throws IOException {
        giveIpv6();
        Config alone =
                config(
                        yaml ->
                                yaml.replace("  # address6:", "  address6:")
                                        .replaceAll("(?m)^  (address|gateway): .*\\R", "")
                                        .replaceAll("(?ms)^services:\\R.*", "services:\n" + SIX));
        String before = network.run("ip", "-4", "addr") + network.run("ip", "-4", "rule");
        try (HostSetup setup = claim(alone)) {
            setup.apply(alone);

            assertThat(network.run("ip", "-4", "addr") + network.run("ip", "-4", "rule"))
                    .isEqualTo(before);
            assertThat(shell.read(Path.of("/proc/sys/net/ipv4/ip_forward"))).contains("0");
            assertThat(network.run("nft", "list", "ruleset"))
                    .contains("ip6 saddr fd00:112::2")
                    .doesNotContain("ip saddr")
                    .contains("meta nfproto ipv6 drop");
        }
    }

    @Test
    @Tag("B16")
    void anIpv6RouterStaysOneAndIsNotGuardedInThatFamily() throws IOException {
        giveIpv6();
        shell.write(Path.of("/proc/sys/net/ipv6/conf/all/forwarding"), "1");
        String before = state();
        try (HostSetup setup = claim(config6())) {
            setup.apply(config6());
            assertThat(network.run("nft", "list", "ruleset"))
                    .contains("meta nfproto ipv4 drop")
                    .doesNotContain("ipv6");
        }
        assertThat(state()).isEqualTo(before);
    }

    @Test
    @Tag("B16")
    void anIpv6NetworkInUseIsRefused() throws IOException {
        giveIpv6();
        network.run("ip", "addr", "add", "fd00:112::77/64", "dev", "eth0", "nodad");
        try (HostSetup setup = claim(config6())) {
            assertThatThrownBy(() -> setup.apply(config6()))
                    .hasMessage(
                            "The network fd00:112::/64 of the configuration is in use on eth0"
                                    + " (fd00:112::77/64) already. Choose another one.");
        }
    }

    private String routeTo(String... arguments) throws IOException {
        String[] command = new String[arguments.length + 3];
        System.arraycopy(new String[] {"ip", "route", "get"}, 0, command, 0, 3);
        System.arraycopy(arguments, 0, command, 3, arguments.length);
        return network.run(command);
    }

    @Test
    void aRouterStaysOneAndGetsNoGuard() throws IOException {
        shell.write(Path.of("/proc/sys/net/ipv4/ip_forward"), "1");
        String before = state();
        try (HostSetup setup = claim(config())) {
            setup.apply(config());
            assertThat(network.run("nft", "list", "ruleset")).doesNotContain("not_a_router");
        }
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void mtuIsTheLeastOnTheWayToTheServers() throws IOException {
        try (HostSetup setup = claim(config())) {
            assertThat(setup.pathMtu(config(), 1500)).isEqualTo(1400);
        }
    }

    @Test
    void aFailureHalfWayLeavesNothing() throws IOException {
        String before = state();
        Shell failing = new FailingShell(shell, "nft");
        try (HostSetup setup = network.call(() -> HostSetup.claim(config(), failing, files))) {
            assertThatThrownBy(() -> setup.apply(config()))
                    .isInstanceOf(SetupException.class)
                    .hasMessage(
                            "The program 'nft' is missing. Install it: sudo apt-get install"
                                    + " nftables");
            assertThat(state()).isEqualTo(before);
        }
    }

    @Test
    void leftoversOfAKilledRunAreCleanedAtTheNextStart() throws IOException {
        String before = state();
        HostSetup killed = claim(config());
        killed.apply(config());
        killed.abandon();
        assertThat(state()).isNotEqualTo(before);

        // Another pair of links: the next start need not be the same one.
        HostSetup next = claim(config(yaml -> yaml.replace("us0", "usa").replace("us1", "usb")));

        assertThat(state()).isEqualTo(before);
        next.close();
        assertThat(directory.resolve("state")).isEmptyDirectory();
    }

    @Test
    void aSecondStartOnTheSameLinksIsRefusedAndDisturbsNothing() throws IOException {
        try (HostSetup first = claim(config())) {
            first.apply(config());
            String running = state();
            assertThatThrownBy(() -> claim(config()))
                    .hasMessageContaining("runs on us0 and us1 already. Stop it first: kill ");
            assertThat(state()).isEqualTo(running);
        }
    }

    @Test
    void aNetworkInUseIsRefused() throws IOException {
        Config clash =
                config(
                        yaml ->
                                yaml.replace("10.111.0.2/24", "192.0.2.77/24")
                                        .replace("10.111.0.1", "192.0.2.1"));
        try (HostSetup setup = claim(clash)) {
            assertThatThrownBy(() -> setup.apply(clash))
                    .hasMessage(
                            "The network 192.0.2.0/24 of the configuration is in use on eth0"
                                    + " (192.0.2.2/24) already. Choose another one.");
        }
    }

    /** Linux takes no range that ends with port 65535. */
    @Test
    void everyPortIsLedWhereConnectionsMayBeAnnouncedOrAllPortsAreAsked() throws IOException {
        Config all =
                config(
                        yaml ->
                                yaml.replace("# protocol: tcp ", "protocol: ftp ")
                                        .replace("203.0.113.10:80", "203.0.113.10:21"));
        Config range = config(yaml -> yaml.replace("203.0.113.10:80", "203.0.113.10:30000-65535"));
        String before = state();
        try (HostSetup setup = claim(all)) {
            setup.apply(all);
            assertThat(routeTo("203.0.113.10", "dport", "50000", "ipproto", "tcp"))
                    .contains("dev us0");
            setup.update(all, range);
            assertThat(routeTo("203.0.113.10", "dport", "65534", "ipproto", "tcp"))
                    .contains("dev us0");
            assertThat(routeTo("203.0.113.10", "dport", "21", "ipproto", "tcp"))
                    .contains("dev eth0");
        }
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void aPortThatLinuxHasNoRuleForIsRefused() throws IOException {
        Config last = config(yaml -> yaml.replace("203.0.113.10:80", "203.0.113.10:65535"));
        String before = state();
        try (HostSetup setup = claim(last)) {
            assertThatThrownBy(() -> setup.apply(last))
                    .isInstanceOf(SetupException.class)
                    .hasMessageContaining("port 65535");
        }
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void aReloadLeadsOtherOriginals() throws IOException {
        Config other =
                config(
                        yaml ->
                                yaml.replace(
                                        "203.0.113.10:80", "203.0.113.11:80, 203.0.113.0/29:1-9"));
        String before = state();
        try (HostSetup setup = claim(config())) {
            setup.apply(config());
            setup.update(config(), other);
            assertThat(routeTo("203.0.113.11", "dport", "80", "ipproto", "tcp"))
                    .contains("dev us0");
            assertThat(routeTo("203.0.113.1", "dport", "9", "ipproto", "tcp")).contains("dev us0");
            assertThat(routeTo("203.0.113.10", "dport", "80", "ipproto", "tcp"))
                    .contains("dev eth0");
        }
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void inlineOnlyBringsTheLinksUp() throws IOException {
        Config inline =
                config(
                        yaml ->
                                yaml.replace("attach: routed", "attach: inline")
                                        .replaceAll("(?m)^  (address|gateway):.*$", ""));
        String rules = network.run("ip", "rule");
        String before = state();
        try (HostSetup setup = claim(inline)) {
            setup.apply(inline);
            assertThat(network.run("ip", "-o", "link", "show", "us0")).contains(",UP");
            assertThat(network.run("ip", "rule")).isEqualTo(rules);
        }
        assertThat(state()).isEqualTo(before);
    }

    /** A shell that has lost one program. */
    private record FailingShell(Shell shell, String missing) implements Shell {
        @Override
        public Result run(String input, List<String> command) {
            return command.get(0).equals(missing)
                    ? new Result(NO_SUCH_PROGRAM, "", "")
                    : shell.run(input, command);
        }

        @Override
        public Optional<String> read(Path file) {
            return shell.read(file);
        }

        @Override
        public void write(Path file, String text) throws IOException {
            shell.write(file, text);
        }

        @Override
        public List<String> list(Path where) {
            return shell.list(where);
        }
    }

    /** The host that a namespace is. */
    private record NamespaceShell(NetworkNamespace network) implements Shell {
        @Override
        public Result run(String input, List<String> command) {
            try {
                Path stdin = Files.writeString(Files.createTempFile("shell", ".in"), input);
                Path stdout = Files.createTempFile("shell", ".out");
                Path stderr = Files.createTempFile("shell", ".err");
                Process process =
                        network.start(
                                new ProcessBuilder(command)
                                        .redirectInput(stdin.toFile())
                                        .redirectOutput(stdout.toFile())
                                        .redirectError(stderr.toFile()));
                int code = process.waitFor();
                Result result =
                        new Result(code, Files.readString(stdout), Files.readString(stderr));
                for (Path file : List.of(stdin, stdout, stderr)) {
                    Files.delete(file);
                }
                return result;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private <T> T inside(Callable<T> task) {
            try {
                return network.call(task);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Optional<String> read(Path file) {
            return inside(() -> new LocalShell().read(file));
        }

        @Override
        public void write(Path file, String text) throws IOException {
            network.call(
                    () -> {
                        new LocalShell().write(file, text);
                        return null;
                    });
        }

        @Override
        public List<String> list(Path where) {
            return inside(() -> new LocalShell().list(where));
        }
    }
}
