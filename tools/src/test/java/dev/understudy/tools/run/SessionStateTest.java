package dev.understudy.tools.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.link.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the control API says of a live session (P02), beside what others see of it who know nothing of Understudy: {@code
 * ss} the sockets of both ends, {@code tcpdump} the packets on both devices. The client is an unmodified curl.
 */
@Tag("kernel")
class SessionStateTest {
    private static final String YAML =
            """
            client: {link: "tap:us0", address: 10.111.0.2/24}
            network: {link: "tap:us1", address: 10.112.0.2/24}
            services:
              - name: shop
                original: 203.0.113.10:80
                servers: [10.20.0.11:80, 10.20.0.12:8080]
                connect: {strategy: in-order}
                recover: {on: [reset]}
              - name: quiet
                original: 203.0.113.10:81
                servers: [10.20.0.13:80]
                connect: {timeout: 60s}
                bind: url
                accept: instant
            control: {socket: SOCKET}
            """;

    private static final String ORIGINAL = "203.0.113.10:80";
    private static final String A = "10.20.0.11:80";
    private static final String B = "10.20.0.12:8080";
    private static final String SILENT = "10.20.0.13:80";
    private static final double CLOCKS_AGREE_TO_SECONDS = 0.25;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir private Path directory;

    private final List<Process> programs = new ArrayList<>();
    private NetworkNamespace network;
    private Path socket;
    private Path file;

    @BeforeEach
    void open() throws IOException {
        Kernel.requireTap();
        for (String program : List.of("nft", "curl", "ss", "tcpdump")) {
            Kernel.requireProgram(program);
        }
        network = NetworkNamespace.create("state");
        network.run("ip", "addr", "add", "10.20.0.11/32", "dev", "lo");
        network.run("ip", "addr", "add", "10.20.0.12/32", "dev", "lo");
        network.run("ip", "route", "add", "blackhole", "10.20.0.13/32");
        socket = directory.resolve("control.sock");
        file =
                Files.writeString(
                        directory.resolve("shop.yaml"), YAML.replace("SOCKET", socket.toString()));
    }

    @AfterEach
    void close() {
        programs.forEach(Process::destroyForcibly);
        if (network != null) {
            network.close();
        }
    }

    private Child start() throws IOException, InterruptedException {
        return Child.start(network, directory, Child.command("run", "-c", file.toString())).ready();
    }

    // ---- three who look

    /** The API, asked as anybody would. */
    private JsonNode api(String path) throws IOException {
        return JSON.readTree(
                network.run(
                        "curl",
                        "-sS",
                        "--unix-socket",
                        socket.toString(),
                        "http://localhost" + path));
    }

    /** Looks at the only session of a service until it is as expected. */
    private JsonNode session(String service, Predicate<JsonNode> expected) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        JsonNode sessions = api("/sessions?service=" + service);
        while (System.nanoTime() < end) {
            if (sessions.path("found").asInt() == 1) {
                JsonNode one = api("/sessions/" + sessions.at("/sessions/0/id").asLong());
                if (expected.test(one)) {
                    return one;
                }
            }
            LockSupport.parkNanos(20_000_000);
            sessions = api("/sessions?service=" + service);
        }
        throw new AssertionError("not seen, but " + sessions);
    }

    /** State, own end and other end of the only TCP socket that a filter of {@code ss} finds. */
    private String[] ss(String... filter) throws IOException {
        List<String> command = new ArrayList<>(List.of("ss", "-Htn"));
        command.addAll(List.of(filter));
        String[] lines = network.run(command.toArray(String[]::new)).strip().split("\n", -1);
        assertThat(lines).hasSize(1);
        String[] fields = lines[0].split("\\s+", -1);
        return new String[] {fields[0], plain(fields[3]), plain(fields[4])};
    }

    /** The JVM's sockets are IPv6 ones, which show IPv4 addresses as mapped. */
    private static String plain(String address) {
        return address.replaceFirst("\\[::ffff:([0-9.]+)]", "$1");
    }

    private Wiretap tap(String device) throws IOException, InterruptedException {
        Wiretap tap = Wiretap.on(network, device, directory.resolve(device + ".pcap"));
        programs.add(tap.process());
        return tap;
    }

    private Process curl(String url) throws IOException {
        Process curl = network.start("curl", "-sS", "-m", "60", url);
        programs.add(curl);
        return curl;
    }

    private String understudy(String... arguments) throws IOException {
        List<String> command = Child.command(arguments);
        command.addAll(List.of("--socket", socket.toString()));
        return network.run(command.toArray(String[]::new));
    }

    private static String text(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    // ---- what they see

    @Test
    @Tag("P02")
    @Tag("B05")
    void whatTheApiSaysOfARelocatedSessionIsWhatSocketsAndPacketsSay() throws Exception {
        try (Child child = start();
                HangingServer first = HangingServer.thatResets(network, A);
                HangingServer second = HangingServer.thatWaits(network, B)) {
            Wiretap client = tap("us0");
            Wiretap servers = tap("us1");
            Process curl = curl("http://203.0.113.10/play");
            first.asked();
            second.asked();

            JsonNode said =
                    session(
                            "shop",
                            s ->
                                    s.path("moves").asInt() == 1
                                            && idleSeconds(s) > 3 * CLOCKS_AGREE_TO_SECONDS);

            String[] near = ss("dst", "203.0.113.10", "and", "dport", "=", ":80");
            String[] far = ss("src", "10.20.0.12", "and", "sport", "=", ":8080");
            assertThat(near[0]).isEqualTo("ESTAB");
            assertThat(far[0]).isEqualTo("ESTAB");
            assertThat(said.path("clientState").asText()).isEqualTo("ESTABLISHED");
            assertThat(said.path("serverState").asText()).isEqualTo("ESTABLISHED");
            assertThat(said.path("phase").asText()).isEqualTo("relaying");
            assertThat(said.path("client").asText()).isEqualTo(near[1]);
            assertThat(said.path("original").asText()).isEqualTo(near[2]).isEqualTo(ORIGINAL);
            assertThat(said.path("server").asText()).isEqualTo(far[1]).isEqualTo(B);
            assertThat(said.path("local").asText()).isEqualTo(far[2]);

            long seen = client.only("S.", ORIGINAL).seq();
            long real = servers.only("S.", B).seq();
            assertThat(said.path("delta").asInt()).isEqualTo((int) (real - seen));
            List<Wiretap.Segment> sent = client.from(near[1]);
            assertThat(said.path("storedPackets").asInt()).isEqualTo(sent.size());
            assertThat(said.path("bytesUp").asLong())
                    .isEqualTo(sent.stream().mapToLong(Wiretap.Segment::length).sum());
            assertThat(lastPacketAt(said))
                    .isCloseTo(
                            Math.max(client.last().at(), servers.last().at()),
                            within(CLOCKS_AGREE_TO_SECONDS));
            assertThat(said.path("hidden").asInt()).isEqualTo(1);
            // The client knows neither server, and saw no RST.
            assertThat(client.segments())
                    .allMatch(s -> s.from().equals(near[1]) || s.from().equals(ORIGINAL))
                    .noneMatch(s -> s.flags().contains("R"));

            JsonNode told = JSON.readTree(understudy("sessions", "--service", "shop", "--json"));
            assertThat(unread(told)).isEqualTo(unread(said));
            assertThat(understudy("explain", said.path("id").asText()))
                    .contains(B + " plays the part (relaying, delta " + said.path("delta").asText())
                    .contains("1 failure was hidden from the client, at a cost of ")
                    .containsPattern(
                            A
                                    + " reset the connection \\(cost .*, "
                                    + said.path("bytesUp").asText()
                                    + " bytes\\); "
                                    + B
                                    + " took over \\(next in the list\\)\\.");

            second.answer();
            assertThat(text(curl)).isEqualTo("This is " + B + ".\n");
            assertThat(child.signal("TERM").exitCode()).isEqualTo(143);
        }
    }

    @Test
    @Tag("P02")
    @Tag("P08")
    void theTwoLegsOfASessionAreInStatesOfTheirOwn() throws Exception {
        try (Child child = start()) {
            Wiretap servers = tap("us1");
            curl("http://203.0.113.10:81/");

            JsonNode said =
                    session(
                            "quiet",
                            s ->
                                    s.path("phase").asText().equals("binding")
                                            && s.path("bytesUp").asLong() > 0);

            String[] near = ss("dst", "203.0.113.10", "and", "dport", "=", ":81");
            assertThat(near[0]).isEqualTo("ESTAB");
            assertThat(said.path("clientState").asText()).isEqualTo("ESTABLISHED");
            assertThat(said.path("serverState").asText()).isEqualTo("SYN-SENT");
            assertThat(said.path("client").asText()).isEqualTo(near[1]);
            servers.await(
                    SILENT + " to be asked", s -> s.to().equals(SILENT) && s.flags().equals("S"));
            assertThat(servers.from(SILENT)).isEmpty();
            assertThat(child.signal("TERM").exitCode()).isEqualTo(143);
        }
    }

    @Test
    @Tag("B08")
    void aResetThatWasOrderedComesAtItsByteAndNotAByteLater() throws Exception {
        int at = 50_000;
        try (Child child = start();
                HangingServer first = HangingServer.thatWaits(network, A)) {
            Wiretap servers = tap("us1");
            Path file = directory.resolve("answer");
            Process curl =
                    network.start(
                            "curl",
                            "-sS",
                            "-i",
                            "-m",
                            "60",
                            "-o",
                            file.toString(),
                            "http://203.0.113.10/play");
            programs.add(curl);
            first.asked();
            String id =
                    session("shop", s -> s.path("server").asText().equals(A)).path("id").asText();

            assertThat(understudy("impair", id, "--reset-at", "" + at))
                    .contains("has reset at byte " + at);
            first.answer("x".repeat(4 * at));

            assertThat(curl.waitFor())
                    .as("curl's code for a connection that was reset")
                    .isEqualTo(56);
            assertThat(Files.size(file)).isEqualTo(at);
            servers.await("A to be told of it", s -> s.to().equals(A) && s.flags().contains("R"));
            assertThat(child.signal("TERM").exitCode()).isEqualTo(143);
        }
    }

    private static double idleSeconds(JsonNode session) {
        return (session.path("seenAt").asLong() - session.path("lastPacketAt").asLong()) / 1e9;
    }

    /** The wall-clock time of a session's last packet, in seconds. */
    private double lastPacketAt(JsonNode session) throws IOException {
        JsonNode clock = api("/sessions?limit=1");
        Instant now = Instant.parse(clock.path("time").asText());
        double since = (clock.path("nanos").asLong() - session.path("lastPacketAt").asLong()) / 1e9;
        return now.toEpochMilli() / 1e3 - since;
    }

    /** Without the time of the look itself. */
    private static JsonNode unread(JsonNode session) {
        return ((ObjectNode) session).without("seenAt");
    }
}
