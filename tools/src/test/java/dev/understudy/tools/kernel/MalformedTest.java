package dev.understudy.tools.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.lab.Fault;
import dev.understudy.tools.lab.LabNetwork;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

/**
 * Malformed and forged frames on both links while transfers run: every byte still arrives, nothing throws, and the
 * dispatcher does its work afterwards as before.
 *
 * <p>{@code -Dmalformed.seconds=60 -Dmalformed.seed=7} for more of it, or the same again.
 */
@Tag("kernel")
@ExtendWith(SampledLeaks.class)
final class MalformedTest {
    private static final long NANOS = Long.getLong("malformed.seconds", 5) * 1_000_000_000L;
    private static final long SEED = Long.getLong("malformed.seed", 20_260_102);
    private static final int PORT = 9000;
    private static final int CARGO_BYTES = 2 << 20;
    private static final String WEB = "http://203.0.113.10/bytes/300000";

    @BeforeEach
    void requirements() {
        Kernel.requireTap();
        Kernel.requireProgram("curl");
    }

    @Test
    @Tag("P01")
    @Tag("P10")
    void transfersCompleteAmongMalformedFrames() throws Exception {
        Saboteur atClient = new Saboteur(SEED);
        Saboteur atNetwork = new Saboteur(SEED + 1);
        ListAppender<ILoggingEvent> log = listen();
        long moved = 0;
        int fetched = 0;
        try (Theatre theatre =
                        new Theatre(
                                true,
                                true,
                                (client, servers) -> {
                                    client.pipeline().addFirst(atClient);
                                    servers.pipeline().addFirst(atNetwork);
                                });
                Cargo.Depot depot = new Cargo.Depot(theatre.server("B").host().namespace(), PORT)) {
            String whole = fetch(theatre);
            Socket socket = theatre.relocated(PORT);
            socket.setSoTimeout((int) Rig.PATIENCE.toMillis());
            long relocation = theatre.lastEvent();
            theatre.server("A").inflict(Fault.REFUSE);
            theatre.play(
                    theatre.service(LabNetwork.ORIGINAL, theatre.server("A").endpoint(), at(2)));
            long end = System.nanoTime() + NANOS;
            atClient.active(true);
            atNetwork.active(true);
            CompletableFuture<Integer> fetching =
                    CompletableFuture.supplyAsync(() -> fetchUntil(theatre, whole, end));
            while (System.nanoTime() < end) {
                Cargo cargo = new Cargo(moved, CARGO_BYTES);
                try {
                    assertThat(cargo.download(socket)).isEqualTo(cargo.digest());
                    assertThat(cargo.upload(socket)).isEqualTo(cargo.digest());
                } catch (IOException e) {
                    throw new AssertionError(explain(theatre, socket.getLocalPort()), e);
                }
                moved += 2 * CARGO_BYTES;
            }
            fetched = fetching.get();
            atClient.active(false);
            atNetwork.active(false);
            socket.close();

            assertThat(fetch(theatre)).isEqualTo(whole);
            Map<String, Long> counters = theatre.counters();
            System.out.printf(
                    "malformed for %d s, seed %d: %d frames injected on the client side, %d on the"
                            + " network side; %d MiB in one session and %d pages all intact%n",
                    NANOS / 1_000_000_000,
                    SEED,
                    atClient.injected(),
                    atNetwork.injected(),
                    moved >> 20,
                    fetched);
            assertThat(counters)
                    .containsEntry("dropped: client side fault", 0L)
                    .containsEntry("dropped: network side fault", 0L);
            assertThat(theatre.eventsAfter(relocation)).isNotEmpty();
            assertThat(atClient.injected() + atNetwork.injected()).isGreaterThan(1_000);
            assertThat(fetched).isPositive();
            assertThat(depot).isNotNull();
        } finally {
            root().detachAppender(log);
        }
        assertThat(List.copyOf(log.list))
                .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                .extracting(ILoggingEvent::getFormattedMessage)
                .isEmpty();
    }

    private static String explain(Theatre theatre, int port) {
        return theatre.eventsAfter(0).stream()
                        .filter(event -> event.client() != null && event.client().port() == port)
                        .map(Event::toString)
                        .collect(Collectors.joining("\n", "\n", "\n"))
                + theatre.snapshot();
    }

    /** Fetches the page by curl again and again, each time by a new connection, and says how often. */
    private static int fetchUntil(Theatre theatre, String whole, long end) {
        int fetched = 0;
        try {
            while (System.nanoTime() < end) {
                assertThat(fetch(theatre)).isEqualTo(whole);
                fetched++;
            }
        } catch (IOException e) {
            throw new CompletionException(e);
        }
        return fetched;
    }

    /** The page's SHA-256, by what the client's host has installed. */
    private static String fetch(Theatre theatre) throws IOException {
        return theatre.client()
                .run(
                        "bash",
                        "-o",
                        "pipefail",
                        "-c",
                        "curl -q -sS --fail --noproxy '*' " + WEB + " | sha256sum");
    }

    private static Endpoint at(int server) {
        return Theatre.at(server, LabNetwork.ORIGINAL.port());
    }

    private static ListAppender<ILoggingEvent> listen() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        root().addAppender(log);
        return log;
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    }
}
