package dev.understudy.tools.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.link.NetworkNamespace;
import dev.understudy.stack.link.TapChannel;
import dev.understudy.tools.ExitCode;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code understudy run} as a process of its own, in a network of its own: each way in, and each way out. */
@Tag("kernel")
class RunCommandTest {
    private static final String YAML =
            """
            client: {link: "tap:us0", address: 10.111.0.2/24}
            network: {link: "tap:us1", address: 10.112.0.2/24}
            services:
              - name: shop
                original: 203.0.113.10:80
                servers: [10.20.0.11:80, 10.20.0.12:80]
            """;

    @TempDir private Path directory;

    private NetworkNamespace network;
    private Path file;
    private String before;

    @BeforeEach
    void open() throws IOException {
        Kernel.requireTap();
        Kernel.requireProgram("nft");
        Kernel.requireProgram("script");
        network = NetworkNamespace.create("run");
        // Two servers' addresses, of which nobody listens on the first.
        network.run("ip", "addr", "add", "10.20.0.11/32", "dev", "lo");
        network.run("ip", "addr", "add", "10.20.0.12/32", "dev", "lo");
        file = Files.writeString(directory.resolve("shop.yaml"), YAML);
        before = state();
    }

    @AfterEach
    void close() {
        if (network != null) {
            network.close();
        }
    }

    private String state() throws IOException {
        return network.run("ip", "addr")
                + network.run("ip", "route", "show", "table", "all")
                + network.run("ip", "rule")
                + network.run("nft", "list", "ruleset")
                + network.run("cat", "/proc/sys/net/ipv4/ip_forward");
    }

    private Child start(List<String> command) throws IOException {
        return Child.start(network, directory, command);
    }

    private Child run(String... more) throws IOException {
        return start(Child.command(arguments(more)));
    }

    private String[] arguments(String... more) {
        List<String> arguments = new ArrayList<>(List.of("run", "-c", file.toString()));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    private void assertHostIsAsItWas() throws IOException {
        assertThat(state()).isEqualTo(before);
        assertThat(directory.resolve("understudy")).isEmptyDirectory();
    }

    @Test
    @Tag("P16")
    void aRefusedConnectionGetsAnotherServersAnswer() throws Exception {
        Kernel.requireProgram("curl");
        Kernel.requireProgram("nginx");
        Files.writeString(directory.resolve("index.html"), "B plays the part\n");
        Path conf =
                Files.writeString(
                        directory.resolve("nginx.conf"),
                        """
                        daemon off;
                        master_process off;
                        pid DIR/nginx.pid;
                        error_log stderr;
                        events {}
                        http { access_log off; server { listen 10.20.0.12:80; root DIR; } }
                        """
                                .replace("DIR", directory.toString()));
        Process nginx = network.start("nginx", "-c", conf.toString(), "-e", "stderr");
        try (Child child = run().ready()) {
            for (int i = 0; i < 3; i++) {
                assertThat(
                                network.run(
                                        "curl",
                                        "-sS",
                                        "-m",
                                        "10",
                                        "--retry",
                                        "5",
                                        "--retry-connrefused",
                                        "http://203.0.113.10/"))
                        .isEqualTo("B plays the part\n");
            }
            child.says("10.20.0.11:80 refused; hidden from the client");
            assertThat(child.signal("INT").exitCode()).isEqualTo(130);
        } finally {
            nginx.destroyForcibly();
        }
        assertHostIsAsItWas();
    }

    @Test
    void sigtermEndsItAndTheHostIsAsItWas() throws Exception {
        try (Child child = run().ready()) {
            assertThat(state()).isNotEqualTo(before);
            assertThat(child.signal("TERM").exitCode()).isEqualTo(143);
        }
        assertHostIsAsItWas();
    }

    @Test
    void whatKillNineLeavesIsCleanedAtTheNextStart() throws Exception {
        try (Child child = run().ready()) {
            assertThat(child.signal("KILL").exitCode()).isEqualTo(137);
        }
        assertThat(network.run("ip", "rule")).contains("7401:");
        try (Child child = run().ready()) {
            assertThat(network.run("ip", "rule")).containsOnlyOnce("7401:");
            assertThat(child.signal("TERM").exitCode()).isEqualTo(143);
        }
        assertHostIsAsItWas();
    }

    @Test
    void aSecondStartIsRefusedAndDisturbsNothing() throws Exception {
        try (Child first = run().ready()) {
            String running = state();
            try (Child second = run()) {
                second.says("runs on us0 and us1 already. Stop it first: kill ");
                assertThat(second.exitCode()).isEqualTo(ExitCode.FAILURE);
            }
            assertThat(state()).isEqualTo(running);
            assertThat(first.signal("TERM").exitCode()).isEqualTo(143);
        }
        assertHostIsAsItWas();
    }

    @Test
    void sighupLoadsTheFileAgainOrKeepsTheOldAndSaysWhy() throws Exception {
        try (Child child = run("--no-monitor").ready()) {
            Files.writeString(file, YAML.replace("113.10:80", "113.77:80"));
            child.signal("HUP").says("new configuration in force, 1 service.");
            assertThat(network.run("ip", "rule"))
                    .contains("203.0.113.77")
                    .doesNotContain("203.0.113.10");

            Files.writeString(file, YAML.replace("servers:", "sevrers:"));
            child.signal("HUP").says("did you mean 'servers'?");

            Files.writeString(file, YAML.replace("us1", "us7"));
            child.signal("HUP").says("'network' has changed, which needs a restart");
            assertThat(network.run("ip", "rule")).contains("203.0.113.77");
            assertThat(child.signal("TERM").exitCode()).isEqualTo(143);
        }
        assertHostIsAsItWas();
    }

    @Test
    @Tag("P50")
    void aNameThatMovesTakesNewSessionsAlong() throws Exception {
        Files.writeString(file, YAML.replace("[10.20.0.11:80, 10.20.0.12:80]", "[shop.test:80]"));
        Path hosts = Files.writeString(directory.resolve("hosts"), "10.20.0.11 shop.test\n");
        String command =
                "mount --bind "
                        + hosts
                        + " /etc/hosts && exec "
                        + String.join(" ", Child.command(arguments("--resolve", "200ms")));
        try (Child child = start(List.of("unshare", "-m", "sh", "-c", command)).ready()) {
            Files.writeString(hosts, "10.20.0.12 shop.test\n");
            child.says("shop.test is 10.20.0.12 now, no longer 10.20.0.11: for new sessions.");
            assertThat(child.signal("TERM").exitCode()).isEqualTo(143);
        }
        assertHostIsAsItWas();
    }

    @Test
    void aClosedTerminalEndsItAndIsNoReload() throws Exception {
        for (String mode : List.of("--no-monitor", "--verbose")) {
            String command = "exec " + String.join(" ", Child.command(arguments(mode)));
            try (Child terminal =
                    start(List.of("env", "TERM=xterm", "script", "-qfec", command, "/dev/null"))) {
                awaitRule(true);
                // The terminal goes without a word to those on it but the kernel's SIGHUP.
                terminal.signal("KILL");
                awaitRule(false);
                awaitNoState();
                awaitNoDevice();
            }
            assertHostIsAsItWas();
        }
    }

    private void awaitRule(boolean there) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        while (network.run("ip", "rule").contains("7401:") != there) {
            assertThat(System.nanoTime()).as("rule is there: %s", !there).isLessThan(end);
            LockSupport.parkNanos(50_000_000);
        }
    }

    /** A process of which nobody is the parent here: its devices go with its last descriptor. */
    private void awaitNoDevice() throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (network.run("ip", "link").contains("us")) {
            assertThat(System.nanoTime()).as("devices are there").isLessThan(end);
            LockSupport.parkNanos(50_000_000);
        }
    }

    /** The locks are the last thing to go. */
    private void awaitNoState() throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < end) {
            try (var left = Files.list(directory.resolve("understudy"))) {
                if (left.findAny().isEmpty() && !network.run("ip", "link").contains("us1")) {
                    return;
                }
            }
            LockSupport.parkNanos(50_000_000);
        }
    }

    @Test
    void aBadConfigurationIsExitTwo() throws Exception {
        Files.writeString(file, YAML.replace("tap:us1", "tup:us1"));
        try (Child child = run()) {
            child.says("shop.yaml:2:17: 'tup:us1' is not a link");
            assertThat(child.exitCode()).isEqualTo(ExitCode.USAGE);
        }
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void withoutTheTunDeviceTheCodeIsFour() throws Exception {
        String command =
                "mount -t tmpfs none /dev/net && exec "
                        + String.join(" ", Child.command(arguments()));
        try (Child child = start(List.of("unshare", "-m", "sh", "-c", command))) {
            child.says("/dev/net/tun");
            assertThat(child.exitCode()).isEqualTo(ExitCode.MISSING);
        }
        assertHostIsAsItWas();
    }

    @Test
    void aTakenTapNameIsExitFour() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        TapChannel holder = network.call(() -> TapChannel.open("us1", true));
        try {
            group.register(holder).sync();
            before = state();
            try (Child child = run()) {
                child.says("us1");
                assertThat(child.exitCode()).isEqualTo(ExitCode.MISSING);
            }
            assertHostIsAsItWas();
        } finally {
            holder.close().sync();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void aMissingProgramIsExitFourWithThePackageToInstall() throws Exception {
        Path bin = Files.createDirectory(directory.resolve("bin"));
        for (String program : List.of("setpriv", "nsenter", "ip")) {
            Files.createSymbolicLink(bin.resolve(program), which(program));
        }
        List<String> command = Child.command(arguments());
        try (Child child = Child.start(network, directory, bin.toString(), command)) {
            child.says("The program 'nft' is missing. Install it: sudo apt-get install nftables");
            assertThat(child.exitCode()).isEqualTo(ExitCode.MISSING);
        }
        assertHostIsAsItWas();
        Files.delete(bin.resolve("ip"));
        try (Child child = Child.start(network, directory, bin.toString(), command)) {
            child.says("The program 'ip' is missing. Install it: sudo apt-get install iproute2");
            assertThat(child.exitCode()).isEqualTo(ExitCode.MISSING);
        }
        assertHostIsAsItWas();
    }

    private static Path which(String program) {
        for (String in : System.getenv("PATH").split(":", -1)) {
            if (!in.isEmpty() && Files.isExecutable(Path.of(in, program))) {
                return Path.of(in, program);
            }
        }
        throw new IllegalStateException(program + " is not installed");
    }

    @Test
    void inlineSetsNothingUpButTheLinks() throws Exception {
        Files.writeString(
                file,
                YAML.replaceAll(", address: [0-9./]+", "").replaceFirst("^", "attach: inline\n"));
        try (Child child = run().ready()) {
            assertThat(network.run("ip", "link", "show", "us0")).contains(",UP");
            assertThat(network.run("ip", "rule")).doesNotContain("us1");
            assertThat(child.signal("TERM").exitCode()).isEqualTo(143);
        }
        assertHostIsAsItWas();
    }

    @Test
    void eventsAreJsonForPrograms() throws Exception {
        try (Child child = run("--json").ready()) {
            Files.writeString(file, YAML.replace("113.10:80", "113.77:80"));
            child.signal("HUP").says("\"kind\":\"reloaded\"");
            assertThat(child.signal("INT").exitCode()).isEqualTo(130);
        }
        assertHostIsAsItWas();
    }
}
