package dev.understudy.tools.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.CongestedRouter;
import dev.understudy.stack.link.Impairment;
import dev.understudy.stack.link.Kernel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Unmodified programs on a kernel, and our host at the other end of the TAP device. */
@Tag("kernel")
final class HostKernelTest {
    /** What is transferred in the build; {@code -Dfile.bytes=1000000000} makes it a gigabyte. */
    private static final long FILE_BYTES = Long.getLong("file.bytes", 2L << 20);

    /** Below this something is wrong, at any loss here. */
    private static final long SLOWEST_BYTES_PER_SECOND = 1_000_000;

    @TempDir private Path directory;

    @BeforeEach
    void requirements() {
        Kernel.requireTap();
        Kernel.requireProgram("curl");
    }

    /** Both families, with and without offload, at 0, 1 and 5 % loss. */
    static Stream<Arguments> transfers() {
        return Stream.of("10.9.0.2", "[fd00:9::2]")
                .flatMap(
                        server ->
                                Stream.of(true, false)
                                        .flatMap(
                                                offload ->
                                                        Stream.of(0, 1, 5)
                                                                .map(
                                                                        loss ->
                                                                                Arguments.of(
                                                                                        server,
                                                                                        offload,
                                                                                        loss))));
    }

    @ParameterizedTest(name = "{0}, offload {1}, {2} % loss")
    @MethodSource("transfers")
    void curlGetsAndPutsEveryByte(String server, boolean offload, int loss) throws Exception {
        String sum = write(directory.resolve("cargo"), FILE_BYTES, loss);
        Impairment impairment =
                Impairment.NONE
                        .withLoss(loss / 100.0)
                        .withDuplicate(0.01)
                        .withReorder(0.01, Duration.ofMillis(1));
        try (HostOnTap host = new HostOnTap(offload, impairment)) {
            Services.start(host.channels(), new Serve(Serve.Kind.HTTP, 80, directory));
            String curl =
                    "set -o pipefail; curl -sSgf --max-time "
                            + (100 + FILE_BYTES / SLOWEST_BYTES_PER_SECOND);
            String url = " http://" + server + "/cargo";
            assertThat(bash(host, curl + url + " | sha256sum")).startsWith(sum);
            assertThat(bash(host, curl + " -T " + directory.resolve("cargo") + url))
                    .isEqualToIgnoringWhitespace(sum + "  " + FILE_BYTES);
            assertThat(host.link().failures()).isZero();
        }
    }

    /** Writes random bytes; returns their SHA-256. */
    private static String write(Path file, long bytes, long seed)
            throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        Random random = new Random(seed);
        byte[] chunk = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long left = bytes; left > 0; left -= chunk.length) {
                random.nextBytes(chunk);
                int length = (int) Math.min(left, chunk.length);
                digest.update(chunk, 0, length);
                out.write(chunk, 0, length);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** RFC 3168 with a kernel: each hears the other's echo, and a transfer loses nothing. */
    @ParameterizedTest
    @CsvSource({"10.9.0.2,true", "10.9.0.2,false", "[fd00:9::2],true", "[fd00:9::2],false"})
    void aKernelThatAsksForItIsToldOfMarksAndTells(String server, boolean offload)
            throws Exception {
        String sum = write(directory.resolve("cargo"), 8 << 20, 3);
        try (HostOnTap host = new HostOnTap(offload, Optional.of(new CongestedRouter(20)))) {
            host.kernel().set("tcp_ecn", "1");
            Services.start(host.channels(), new Serve(Serve.Kind.HTTP, 80, directory));
            String curl = "set -o pipefail; curl -sSgf --max-time 100 ";
            String url = "http://" + server + "/cargo";
            assertThat(bash(host, curl + url + " | sha256sum")).startsWith(sum);
            assertThat(bash(host, curl + "-T " + directory.resolve("cargo") + ' ' + url))
                    .startsWith(sum);
            assertThat(host.counters()).containsEntry("tcp ecn agreed", 2L);
            assertThat(host.counters().get("tcp marks received")).isPositive();
            assertThat(host.counters().get("tcp marks heeded")).isPositive();
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
}
