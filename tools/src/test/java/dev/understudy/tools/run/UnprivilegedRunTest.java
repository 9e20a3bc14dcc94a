package dev.understudy.tools.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.link.NetworkNamespace;
import dev.understudy.tools.ExitCode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code understudy run} as a user without any privilege, on a machine where everybody may open {@code /dev/net/tun}, as is
 * usual. What it advises is done to the letter, and has to suffice.
 */
@Tag("kernel")
final class UnprivilegedRunTest {
    private static final String USER = "12345";
    private static final String ADVICE = " Try: ";

    private static final String ROUTED =
            """
            client: {link: "tap:us0", address: 10.111.0.2/24}
            network: {link: "tap:us1", address: 10.112.0.2/24, gateway: 10.112.0.1}
            services:
              - {name: shop, original: "203.0.113.10:80", servers: ["10.20.0.11:80"]}
            """;

    @TempDir private Path directory;

    private NetworkNamespace network;
    private Path file;
    private Path launcher;
    private String before;

    @BeforeEach
    void open() throws IOException {
        Kernel.requireTap();
        Kernel.requireProgram("nft");
        network = NetworkNamespace.create("unprivileged");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        file = Files.writeString(directory.resolve("my shop.yaml"), ROUTED);
        launcher = launcher();
        before = state();
    }

    @AfterEach
    void close() {
        if (network != null) {
            network.close();
        }
    }

    /** The program where such a user can read it, and a sudo that asks nothing. */
    private Path launcher() throws IOException {
        Path library = Files.createDirectory(directory.resolve("lib"));
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!entry.isEmpty() && Files.exists(Path.of(entry))) {
                Path copy = library.resolve(copies.size() + "-" + Path.of(entry).getFileName());
                network.run("cp", "-r", entry, copy.toString());
                copies.add(copy.toString());
            }
        }
        network.run("chmod", "-R", "a+rX", library.toString());
        Path bin = Files.createDirectory(directory.resolve("bin"));
        List<String> java = Child.command("\"$@\"");
        java.set(java.indexOf("-cp") + 1, String.join(File.pathSeparator, copies));
        script(bin.resolve("sudo"), "exec env \"$@\"");
        return script(bin.resolve("understudy"), "exec " + String.join(" ", java));
    }

    private static Path script(Path path, String line) throws IOException {
        Files.writeString(path, "#!/bin/sh\n" + line + "\n");
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String state() throws IOException {
        return network.run("ip", "addr")
                + network.run("ip", "rule")
                + network.run("nft", "list", "ruleset");
    }

    /** A shell command, on a machine whose device everybody may open. */
    private Child shell(String command) throws IOException {
        String device =
                "mount -t tmpfs none /dev/net && chmod 755 /dev/net"
                        + " && mknod -m 666 /dev/net/tun c 10 200";
        Path runtime = directory.resolve("runtime");
        String path = directory.resolve("bin") + ":" + System.getenv("PATH");
        return Child.start(
                network,
                runtime,
                path,
                List.of(
                        "unshare",
                        "-m",
                        "sh",
                        "-c",
                        device
                                + " && export UNDERSTUDY_LAUNCHER='"
                                + launcher
                                + "' && "
                                + command));
    }

    private Child asUser() throws IOException {
        String drop = "exec setpriv --reuid=%s --regid=%s --clear-groups ".formatted(USER, USER);
        return shell(drop + launcher + " run -c '" + file + "'");
    }

    /** The command in what was said last, to be run by somebody who may. */
    private static String advice(String said) {
        assertThat(said).contains(ADVICE);
        return said.substring(said.lastIndexOf(ADVICE) + ADVICE.length());
    }

    @Test
    void whatSetsTheHostUpIsToBeRunAsRootByTheCommandThatIsShown() throws Exception {
        String advice;
        try (Child child = asUser()) {
            advice = advice(child.line("which this user may not."));
            assertThat(child.exitCode()).isEqualTo(ExitCode.MISSING);
        }
        assertThat(state()).isEqualTo(before);
        assertThat(advice).startsWith("sudo ").endsWith(" run -c '" + file + "'");

        try (Child child = shell("exec " + advice).ready()) {
            assertThat(network.run("ip", "rule")).contains("203.0.113.10");
            assertThat(child.signal("TERM").exitCode()).isEqualTo(143);
        }
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void rootOfANamespaceThatDoesNotOwnTheNetworkIsToldTheSame() throws Exception {
        try (Child child = shell("exec unshare -Ur " + launcher + " run -c '" + file + "'")) {
            assertThat(advice(child.line(ADVICE))).endsWith(" run -c '" + file + "'");
            assertThat(child.exitCode()).isEqualTo(ExitCode.MISSING);
        }
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void withoutSetUpTheInterfacesThatAreShownSuffice() throws Exception {
        Files.writeString(file, "setup: none\n" + ROUTED);
        String advice;
        try (Child child = asUser()) {
            advice = advice(child.line("may not make the TAP interface us0."));
            assertThat(child.exitCode()).isEqualTo(ExitCode.MISSING);
        }
        assertThat(state()).isEqualTo(before);

        try (Child commands = shell(advice)) {
            assertThat(commands.exitCode()).as(advice).isZero();
        }
        try (Child child = asUser().ready()) {
            assertThat(child.signal("INT").exitCode()).isEqualTo(130);
        }
    }

    @Test
    void anInterfaceOfSomebodyElsesIsReplacedByTheCommandsThatAreShown() throws Exception {
        Files.writeString(file, "setup: none\n" + ROUTED);
        network.run("ip", "tuntap", "add", "dev", "us0", "mode", "tap", "user", USER);
        network.run("ip", "tuntap", "add", "dev", "us1", "mode", "tap", "user", "54321");
        String advice;
        try (Child child = asUser()) {
            advice = advice(child.line("may not make the TAP interface us1."));
            assertThat(child.exitCode()).isEqualTo(ExitCode.MISSING);
        }

        try (Child commands = shell(advice)) {
            assertThat(commands.exitCode()).as(advice).isZero();
        }
        try (Child child = asUser().ready()) {
            assertThat(child.signal("INT").exitCode()).isEqualTo(130);
        }
    }
}
