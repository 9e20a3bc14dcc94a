package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.refusal;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.ControlAccess;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.dispatcher.control.Watch;
import dev.understudy.dispatcher.control.api.ApiAddress;
import dev.understudy.dispatcher.control.api.ApiClient;
import dev.understudy.dispatcher.control.api.ApiException;
import dev.understudy.dispatcher.control.api.ControlServer;
import dev.understudy.dispatcher.control.api.RemoteControl;
import dev.understudy.stack.wire.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The control API as its clients see it: over a real socket, in front of a dispatcher on its own thread. */
class ControlApiTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir Path folder;
    private LiveApi api;
    private ApiClient client;

    @BeforeEach
    void open() throws IOException {
        Path token = Files.writeString(folder.resolve("token"), "0123456789abcdef0123\n");
        api = new LiveApi(Stage.of(Strategy.IN_ORDER), folder, Optional.of(token));
        client = new ApiClient(ApiAddress.socket(api.socket));
    }

    @AfterEach
    void close() {
        client.close();
        api.close();
    }

    private JsonNode get(String path) throws Exception {
        return JSON.readTree(client.get(path));
    }

    /** Looks again and again until it holds, as somebody at a screen does. */
    private static <T> T await(Supplier<Optional<T>> look) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            Optional<T> seen = look.get();
            if (seen.isPresent()) {
                return seen.get();
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("not seen in " + PATIENCE);
    }

    private SessionView live(Control control) {
        return await(() -> control.snapshot().sessions().stream().findFirst());
    }

    /** Waits until all has been read anew: sessions, and the counters in their own turn. */
    private void readAnew() {
        long asked = System.nanoTime();
        await(() -> api.control.wholeSince() - asked >= 0 ? Optional.of(true) : Optional.empty());
    }

    // ---- what is there

    @Test
    @Tag("P02")
    void aSessionIsThereWithAllThatIsKnownOfIt() throws Exception {
        api.on(() -> api.stage.establish(5000));
        live(api.control);

        JsonNode session = get("/sessions").path("sessions").get(0);

        assertThat(session.path("client").asText()).isEqualTo("10.0.0.1:40000");
        assertThat(session.path("original").asText()).isEqualTo("203.0.113.10:80");
        assertThat(session.path("server").asText()).isEqualTo(A);
        assertThat(session.path("clientState").asText()).isEqualTo("ESTABLISHED");
        assertThat(session.path("serverState").asText()).isEqualTo("ESTABLISHED");
        assertThat(session.path("phase").asText()).isEqualTo("relaying");
        for (String number :
                List.of("delta", "bytesUp", "bytesDown", "storedPackets", "lastPacketAt")) {
            assertThat(session.path(number).isNumber()).as(number).isTrue();
        }
        assertThat(get("/sessions?server=10.20.0.2").path("found").asInt()).isZero();
        assertThat(get("/sessions?server=10.20.0.1").path("found").asInt()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Bind.By.class)
    void aServiceSaysHowItBinds(Bind.By by) throws Exception {
        Stage stage =
                Stage.plan()
                        .bind(new Bind(by, Bind.Accept.HONEST, 250_000_000L, List.of()))
                        .build();
        Path other = Files.createDirectory(folder.resolve("other"));
        try (LiveApi bound = new LiveApi(stage, other, Optional.empty());
                ApiClient reader = new ApiClient(ApiAddress.socket(bound.socket))) {
            await(() -> bound.control.snapshot().services().stream().findFirst());

            JsonNode service = JSON.readTree(reader.get("/services")).path("services").get(0);

            assertThat(service.path("bind").asText()).isEqualTo(by.name().toLowerCase(Locale.ROOT));
        }
    }

    @Test
    @Tag("B05")
    void aStoryTellsWhatWasHiddenAndWhatItCost() throws Exception {
        api.on(
                () -> {
                    api.stage.clientSyn();
                    api.stage.network(refusal(A).build());
                    api.stage.network(synAck(B, 9000).build());
                    return null;
                });

        JsonNode story = get("/sessions/1/story");

        assertThat(story.path("events").findValuesAsText("kind"))
                .containsSubsequence("opened", "attempt", "failed", "attempt", "hidden", "won");
        assertThat(story.path("events").findValuesAsText("sentence"))
                .anyMatch(s -> s.startsWith(A + " refused; hidden from the client (cost "));
        JsonNode hidden = story.path("hidden");
        assertThat(hidden).hasSize(1);
        assertThat(hidden.get(0).path("server").asText()).isEqualTo(A);
        assertThat(hidden.get(0).path("what").asText()).isEqualTo("refused");
        assertThat(hidden.get(0).path("costNanos").isNumber()).isTrue();
        assertThat(hidden.get(0).path("costBytes").asLong()).isZero();
        assertThat(hidden.get(0).path("successor").asText()).isEqualTo(B);
        assertThat(hidden.get(0).path("why").asText()).isEqualTo("next in the list");
        assertThat(hidden.get(0).path("time").asText()).isNotEmpty();
    }

    @Test
    @Tag("B05")
    void aReplayedRequestIsInTheStoryWithItsBytes() throws Exception {
        String request = "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n";
        api.on(
                () -> {
                    api.stage.establish(5000);
                    api.stage.client(Stage.up(1, 5001).flags("P.").payload(request).build());
                    api.stage.network(Stage.down(A, 5001, 1).flags("R").build());
                    api.stage.network(synAck(B, 9000).build());
                    return null;
                });

        JsonNode hidden = get("/sessions/1/story").path("hidden");

        assertThat(hidden).hasSize(1);
        assertThat(hidden.get(0).path("what").asText()).isEqualTo("reset");
        assertThat(hidden.get(0).path("costBytes").asInt()).isEqualTo(request.length());
        assertThat(hidden.get(0).path("sentence").asText())
                .startsWith(A + " reset the connection (cost ")
                .endsWith(", 38 bytes); " + B + " took over (next in the list).");
        assertThat(request).hasSize(38);
    }

    @Test
    void metricsHaveBaseUnitsAndNoAddresses() throws Exception {
        api.on(() -> api.stage.establish(5000));
        readAnew();

        String metrics = new String(client.get("/metrics"), StandardCharsets.UTF_8);

        assertThat(metrics).contains("understudy_sessions_opened_total 1\n");
        assertThat(metrics).contains("understudy_server_sessions{service=\"shop\",server=\"1\"} 1");
        assertThat(metrics).contains("understudy_server_syn_seconds_bucket{");
        assertThat(metrics).contains("understudy_server_first_byte_seconds_count{");
        assertThat(metrics)
                .contains("understudy_server_retransmissions_total{")
                .contains("understudy_server_stalls_total{");
        assertThat(metrics).doesNotContain("10.20.0");
        assertThat(metrics.lines().filter(line -> !line.startsWith("#")))
                .allMatch(line -> line.matches("[a-z_]+(\\{[^}]*})? -?[0-9.e+-]+"));
    }

    // ---- events

    @Test
    void aStreamOfEventsGoesOnFromAnId() throws Exception {
        api.on(() -> api.stage.clientSyn());
        List<String> seen = new ArrayList<>();

        CompletableFuture<Void> stream =
                client.follow(
                        "/events?follow=true&after=1",
                        piece -> {
                            synchronized (seen) {
                                seen.add(new String(piece, StandardCharsets.UTF_8));
                            }
                        });
        await(() -> first(seen, "\"id\":2"));
        api.on(() -> api.stage.network(synAck(A, 5000).build()));
        await(() -> first(seen, "\"kind\":\"won\""));
        stream.cancel(true);

        assertThat(String.join("", seen)).doesNotContain("\"id\":1,");
    }

    @Test
    void aReaderThatTheRingHasOvertakenIsToldWhatItMissed() throws Exception {
        api.on(
                () -> {
                    for (int i = 0; i < 20_000; i++) {
                        api.stage.dispatcher.reloadRefused("nothing", api.stage.now);
                    }
                    return null;
                });
        List<String> seen = new ArrayList<>();

        client.follow(
                        "/events?after=10&follow=false",
                        piece -> {
                            synchronized (seen) {
                                seen.add(new String(piece, StandardCharsets.UTF_8));
                            }
                        })
                .get(20, TimeUnit.SECONDS);
        JsonNode events = JSON.readTree(String.join("", seen)).path("events");

        assertThat(events.get(0).path("id").asLong()).isEqualTo(20_000 - (1 << 14) + 1);
    }

    private static Optional<String> first(List<String> seen, String part) {
        synchronized (seen) {
            String all = String.join("", seen);
            return all.contains(part) ? Optional.of(all) : Optional.empty();
        }
    }

    // ---- doing

    @Test
    void aDrainedServerGetsNoNewSessionsUntilItIsUndrained() throws Exception {
        JsonNode done = JSON.readTree(client.post("/servers/" + A + "/drain", new byte[0]));
        assertThat(done.path("done").asBoolean()).isTrue();

        api.on(() -> api.stage.clientSyn());
        api.stage.toNetwork().to(B);

        client.post("/servers/" + A + "/undrain", new byte[0]);
        assertThat(api.control.perform(new Command.Drain("", Endpoint.parse(A))).get().done())
                .isTrue();
    }

    @Test
    void theLastServerOfAServiceCannotBeDrained() {
        assertThat(drain(A).done()).isTrue();
        assertThat(drain(B).done()).isTrue();

        Outcome last = drain(Stage.C);

        assertThat(last.done()).isFalse();
        assertThat(last.sentence()).contains("is the last server of 'shop' that is not drained");
    }

    private Outcome drain(String server) {
        return api.control.perform(new Command.Drain("", Endpoint.parse(server))).join();
    }

    @Test
    void aSessionCanBeMovedAndReset() throws Exception {
        api.on(() -> api.stage.establish(5000));

        client.post("/sessions/1/relocate", new byte[0]);
        api.on(() -> api.stage.network(synAck(B, 9000).build()));
        assertThat(
                        await(
                                        () ->
                                                api.control.snapshot().sessions().stream()
                                                        .filter(s -> s.moves() == 1)
                                                        .filter(s -> s.phase().equals("relaying"))
                                                        .findFirst())
                                .server())
                .hasToString(B);
        assertThat(api.stage.events()).doesNotContain(Event.Kind.SERVER_DOWN, Event.Kind.HIDDEN);

        client.post("/sessions/1/reset", new byte[0]);
        await(
                () ->
                        api.control.snapshot().sessions().isEmpty()
                                ? Optional.of(1)
                                : Optional.empty());
        ApiException gone =
                catchThrowableOfType(
                        ApiException.class, () -> client.post("/sessions/1/reset", new byte[0]));
        assertThat(gone.status()).isEqualTo(409);
        assertThat(gone).hasMessage("There is no live session #1.");
    }

    @Test
    @Tag("B08")
    void aResetAtAByteComesAtThatByte() throws Exception {
        api.on(() -> api.stage.establish(5000));
        live(api.control);
        client.post(
                "/sessions/1/impair", "{\"resetAtByte\":1500}".getBytes(StandardCharsets.US_ASCII));
        await(
                () ->
                        api.control
                                .session(1)
                                .filter(s -> s.impairment().equals("reset at byte 1500")));

        api.on(
                () -> {
                    String data = "x".repeat(1000);
                    api.stage.network(Stage.down(A, 5001, 1).payload(data).build());
                    api.stage.network(Stage.down(A, 6001, 1).payload(data).build());
                    api.stage.network(Stage.down(A, 7001, 1).payload(data).build());
                    return null;
                });

        api.stage.toClient().seq(5001).payloadLength(1000);
        api.stage.toClient().seq(6001).payloadLength(500);
        api.stage.toClient().from(Stage.ORIGINAL).flags("R.").seq(6501);
        api.stage.toNetwork().to(A).flags("R");
        assertThat(api.stage.framesToClient()).as("nothing behind the reset").isZero();
        await(
                () ->
                        api.control.snapshot().sessions().isEmpty()
                                ? Optional.of(1)
                                : Optional.empty());
    }

    // ---- refusals

    @Test
    void aWrongTokenIsRefusedAndTheRightOneIsNot() throws Exception {
        Endpoint tcp = new Endpoint(Endpoint.parse("127.0.0.1:1").address(), api.server.tcpPort());
        try (ApiClient wrong = new ApiClient(ApiAddress.tcp(tcp, "0123456789abcdef0124"));
                ApiClient right = new ApiClient(ApiAddress.tcp(tcp, "0123456789abcdef0123"))) {
            ApiException refused =
                    catchThrowableOfType(ApiException.class, () -> wrong.get("/sessions"));
            assertThat(refused.status()).isEqualTo(401);
            assertThat(right.get("/sessions")).isNotEmpty();
        }
        await(() -> counted("control-refused", 1));
    }

    private Optional<Long> counted(String counter, long least) {
        return Optional.ofNullable(api.control.snapshot().counters().get(counter))
                .filter(count -> count >= least);
    }

    @Test
    void hugeAndBrokenRequestsAreRefusedAndSaid() throws Exception {
        assertThat(raw("GET /" + "x".repeat(5_000) + " HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 414");
        assertThat(raw("GET / HTTP/1.1\r\nX: " + "x".repeat(9_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431");
        assertThat(raw("POST /reload HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"))
                .startsWith("HTTP/1.1 413");
        assertThat(raw("\0\0\0 nonsense\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(raw("GET /sessions?filter=1 HTTP/1.1\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("There is no parameter 'filter' here");
        String impair = "POST /sessions/1/impair HTTP/1.1\r\nConnection: close\r\n";
        assertThat(raw(impair + "Content-Length: 10\r\n\r\n{\"loss\":7}"))
                .startsWith("HTTP/1.1 400")
                .contains("loss is a probability");
        assertThat(get("/").path("api").asInt()).isEqualTo(1);
    }

    private String raw(String request) throws IOException {
        try (SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
            return new String(
                    Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(api.socket));
        return channel;
    }

    @Test
    void aThousandIdleClientsKeepNobodyOut() throws Exception {
        List<SocketChannel> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 1_000; i++) {
                idle.add(connect());
            }
            assertThat(get("/").path("name").asText()).isEqualTo("shop.yaml");
            await(() -> counted("control-refused", 1_000 - ControlServer.MOST_CLIENTS));
            assertThat(api.control.snapshot().counters().get("control-clients"))
                    .isLessThanOrEqualTo(ControlServer.MOST_CLIENTS);
        } finally {
            for (SocketChannel each : idle) {
                each.close();
            }
        }
    }

    @Test
    void aReaderThatHangsHoldsNothingUp() throws Exception {
        String follow = "GET /events?follow=true HTTP/1.1\r\n\r\n";
        try (SocketChannel hung = connect()) {
            hung.write(ByteBuffer.wrap(follow.getBytes(StandardCharsets.US_ASCII)));
            for (int round = 0; round < 20; round++) {
                api.on(
                        () -> {
                            for (int i = 0; i < 10_000; i++) {
                                api.stage.dispatcher.reloadRefused("nothing", api.stage.now);
                            }
                            return null;
                        });
                get("/counters");
            }
            assertThat(api.stage.dispatcher.events().newest()).isEqualTo(200_000);
        }
    }

    // ---- the socket

    @Test
    void theSocketIsForItsOwnerAndGroup() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(api.socket)))
                .isEqualTo("rw-rw----");
    }

    @Test
    void aSecondStartSaysThatThePlaceIsTaken() {
        assertThatThrownBy(() -> start(api.socket))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another understudy listens on " + api.socket);
        assertThat(api.socket).exists();
    }

    @Test
    void aSocketThatAKilledProcessLeftIsReplaced() throws Exception {
        Path left = folder.resolve("left.sock");
        try (var killed = java.nio.channels.ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(left));
        }
        assertThat(left).exists();

        start(left).close();

        assertThat(left).doesNotExist();
    }

    @Test
    void aFileThatIsNoSocketIsLeftAlone() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "precious");

        assertThatThrownBy(() -> start(file)).hasMessageContaining("is no socket");

        assertThat(file).hasContent("precious");
    }

    private ControlServer start(Path socket) throws IOException {
        return ControlServer.start(
                new ControlAccess(Optional.of(socket), Optional.empty(), Optional.empty()),
                api.control,
                "second");
    }

    // ---- from afar

    @Test
    void theSameIsSeenAndDoneFromAfar() throws Exception {
        api.on(() -> api.stage.establish(5000));
        live(api.control);
        try (RemoteControl remote = RemoteControl.attach(ApiAddress.socket(api.socket))) {
            SessionView session = live(remote);
            assertThat(session.server()).hasToString(A);
            await(
                    () ->
                            Optional.of(remote.snapshot().services())
                                    .filter(api.control.snapshot().services()::equals));
            await(() -> remote.events(0, 10).stream().findFirst());
            assertThat(remote.perform(new Command.SetWatch(Watch.ALL_NEW)).get().done()).isTrue();
            assertThat(remote.perform(new Command.WatchSession(1)).get().done()).isTrue();
            api.on(() -> api.stage.client(Stage.up(1, 5001).timestamps(1002, 77_000).build()));
            assertThat(await(() -> remote.packets(1, 0, 10).stream().findFirst()).seq())
                    .isEqualTo(1);
            assertThat(remote.story(1).get().orElseThrow().events()).isNotEmpty();
            api.on(() -> api.stage.client(Stage.up(1, 5001).flags("R").build()));
            await(() -> remote.snapshot().sessions().isEmpty() ? Optional.of(1) : Optional.empty());
        }
    }

    @Test
    @Tag("B06")
    void aSessionIsCapturedOnBothSidesWithTheDecisions() throws Exception {
        api.on(
                () -> {
                    api.stage.dispatcher.packets().watch(Watch.ALL_NEW);
                    api.stage.clientSyn();
                    api.stage.network(refusal(A).build());
                    api.stage.network(synAck(B, 9000).build());
                    return null;
                });
        live(api.control);

        byte[] capture = client.get("/sessions/1/capture?follow=false");
        Path file = Files.write(folder.resolve("session.pcapng"), capture);

        Process tshark =
                new ProcessBuilder(
                                "tshark",
                                "-r",
                                file.toString(),
                                "-T",
                                "fields",
                                "-e",
                                "frame.interface_name",
                                "-e",
                                "ip.dst",
                                "-e",
                                "tcp.flags.str",
                                "-e",
                                "frame.comment")
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        String lines;
        try (InputStream in = tshark.getInputStream()) {
            lines = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(tshark.waitFor()).isZero();
        assertThat(lines).contains("client side\t203.0.113.10").contains("network side\t10.20.0.1");
        assertThat(lines).contains("10.20.0.1:80 refused").contains("Made by Understudy.");
    }

    @Test
    void nobodyThereIsSaid() {
        try (ApiClient none = new ApiClient(ApiAddress.socket(folder.resolve("none.sock")))) {
            ApiException nobody = catchThrowableOfType(ApiException.class, () -> none.get("/"));
            assertThat(nobody.nobody()).isTrue();
            assertThat(nobody).hasMessageContaining("No understudy listens on");
        }
    }
}
