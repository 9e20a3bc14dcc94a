package dev.understudy.tools.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.Impairment;
import dev.understudy.stack.link.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Unmodified programs on a kernel, and our host at the other end of the TAP device. */
@Tag("kernel")
final class HostKernelTest {
    @TempDir private Path directory;

    @BeforeEach
    void requirements() {
        Kernel.requireTap();
        Kernel.requireProgram("curl");
    }

    @ParameterizedTest
    @CsvSource({
        "10.9.0.2,true,0,16",
        "10.9.0.2,false,0,16",
        "[fd00:9::2],true,0,16",
        "[fd00:9::2],false,0,16",
        "10.9.0.2,false,0.01,2",
        "[fd00:9::2],true,0.01,2",
        "10.9.0.2,false,0.05,1"
    })
    void curlGetsAndPutsEveryByte(String server, boolean offload, double bad, int mebibytes)
            throws Exception {
        byte[] bytes = new byte[mebibytes << 20];
        new Random(mebibytes).nextBytes(bytes);
        Path file = Files.write(directory.resolve("cargo"), bytes);
        Path got = directory.resolve("got");
        Impairment impairment =
                Impairment.NONE
                        .withLoss(bad)
                        .withDuplicate(bad)
                        .withReorder(bad, Duration.ofMillis(1));
        try (HostOnTap host = new HostOnTap(offload, impairment)) {
            Services.start(host.channels(), new Serve(Serve.Kind.HTTP, 80, directory));
            String url = "http://" + server + "/cargo";
            host.kernel().run("curl", "-sSgf", "--max-time", "100", "-o", got.toString(), url);
            assertThat(Files.mismatch(got, file)).isEqualTo(-1);
            assertThat(
                            host.kernel()
                                    .run(
                                            "curl",
                                            "-sSgf",
                                            "--max-time",
                                            "100",
                                            "-T",
                                            file.toString(),
                                            url))
                    .isEqualToIgnoringWhitespace(sha256(bytes) + "  " + bytes.length);
            assertThat(host.link().failures()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"10.9.0.2,56", "10.9.0.2,65507", "fd00:9::2,56", "fd00:9::2,65507"})
    void thePingOfTheKernelIsAnswered(String address, int size) throws Exception {
        Kernel.requireProgram("ping");
        try (HostOnTap host = new HostOnTap(true, Impairment.NONE)) {
            String said =
                    host.kernel().run("ping", "-c", "3", "-i", "0.2", "-s", "" + size, address);
            assertThat(said).contains("3 received");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.9.0.2", "[fd00:9::2]"})
    void rangesAndConditionsAreHeeded(String server) throws Exception {
        Files.writeString(directory.resolve("digits"), "0123456789");
        Files.createDirectory(directory.resolve("www"));
        Files.writeString(directory.resolve("secret"), "nobody sees this");
        Path www = directory.resolve("www");
        Files.writeString(www.resolve("digits"), "0123456789");
        Files.createSymbolicLink(www.resolve("leak"), directory.resolve("secret"));
        try (HostOnTap host = new HostOnTap(true, Impairment.NONE)) {
            Services.start(host.channels(), new Serve(Serve.Kind.HTTP, 80, www));
            String base = "http://" + server;
            assertThat(curl(host, "-r", "3-5", base + "/digits")).isEqualTo("345");
            assertThat(curl(host, "-r", "-2", base + "/digits")).isEqualTo("89");
            assertThat(status(host, "-r", "10-", base + "/digits")).isEqualTo("416");
            String head = curl(host, "-I", base + "/digits");
            assertThat(head).contains("etag: \"a-").contains("accept-ranges: bytes");
            String etag = head.replaceAll("(?s).*etag: (\"[^\"]*\").*", "$1");
            assertThat(status(host, "-H", "If-None-Match: " + etag, base + "/digits"))
                    .isEqualTo("304");
            assertThat(status(host, "-r", "0-1", "-H", "If-Range: \"old\"", base + "/digits"))
                    .isEqualTo("200");
            for (String path :
                    new String[] {"/../secret", "/%2e%2e/secret", "/..%2fsecret", "/leak", "/no"}) {
                assertThat(status(host, "--path-as-is", base + path)).isEqualTo("404");
            }
            assertThat(status(host, "-X", "DELETE", base + "/digits")).isEqualTo("405");
        }
    }

    @Test
    void aClosedPortRefusesAndTheOthersTalk() throws Exception {
        try (HostOnTap host = new HostOnTap(true, Impairment.NONE)) {
            Services.start(host.channels(), new Serve(Serve.Kind.CHARGEN, 19, directory));
            Services.start(host.channels(), new Serve(Serve.Kind.ECHO, 7, directory));
            assertThat(bash(host, "exec 3<>/dev/tcp/10.9.0.2/81 || true")).contains("refused");
            assertThat(bash(host, "head -c 74 < /dev/tcp/10.9.0.2/19")).startsWith(" !\"#$%&'()*+");
            assertThat(bash(host, "exec 3<>/dev/tcp/fd00:9::2/7; echo hello >&3; head -n 1 <&3"))
                    .isEqualToIgnoringWhitespace("hello");
        }
    }

    private static String bash(HostOnTap host, String script) throws IOException {
        return host.kernel().run("bash", "-c", "{ " + script + "; } 2>&1");
    }

    private static String curl(HostOnTap host, String... arguments) throws IOException {
        String[] command = new String[arguments.length + 2];
        command[0] = "curl";
        command[1] = "-sSg";
        System.arraycopy(arguments, 0, command, 2, arguments.length);
        return host.kernel().run(command);
    }

    private static String status(HostOnTap host, String... arguments) throws IOException {
        String[] more = new String[arguments.length + 4];
        more[0] = "-o";
        more[1] = "/dev/null";
        more[2] = "-w";
        more[3] = "%{http_code}";
        System.arraycopy(arguments, 0, more, 4, arguments.length);
        return curl(host, more);
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
