package dev.understudy.tools.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.lab.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The server dies when the client is connected already: by RST, and without a word. */
@Tag("kernel")
final class LateFailureTest {
    private static final int PORT = 80;
    private static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.20:" + PORT);
    private static Theatre theatre;

    @BeforeAll
    static void build() throws IOException {
        Kernel.requireTap();
        Kernel.requireProgram("curl");
        theatre = new Theatre();
    }

    @AfterAll
    static void end() throws IOException {
        if (theatre != null) {
            theatre.close();
        }
    }

    @BeforeEach
    void mend() throws IOException, InterruptedException {
        theatre.reset();
        theatre.play(theatre.service(ORIGINAL, Theatre.at(1, 8081), Theatre.at(2, PORT)));
    }

    /** The same service, in which the dispatcher knows what the client waits for. */
    private static ServiceConfig readingAlong() {
        ServiceConfig plain = theatre.service(ORIGINAL, Theatre.at(1, 8081), Theatre.at(2, PORT));
        return new ServiceConfig(
                plain.name(),
                plain.originals(),
                plain.servers(),
                plain.connect(),
                new Recover(true, true, true, true, List.of(), false));
    }

    private static Process curl() throws IOException {
        return theatre.client()
                .namespace()
                .start("curl", "-q", "-sS", "--noproxy", "*", "-m", "30", "http://203.0.113.20/");
    }

    /** A port of A's on which connections are completed by its kernel, and accepted by nobody. */
    private static ServerSocket deaf() throws IOException {
        return theatre.server("A")
                .host()
                .namespace()
                .call(() -> new ServerSocket(8081, 50, InetAddress.getByName("0.0.0.0")));
    }

    private static boolean happened(long after, Kind kind) {
        return theatre.eventsAfter(after).stream().map(Event::kind).anyMatch(kind::equals);
    }

    private static String answer(Process curl) throws IOException, InterruptedException {
        String text = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(curl.waitFor()).isZero();
        return text;
    }

    @Test
    @Tag("P19")
    void aRequestThatTheServerHasTakenIsReplayedWhenItResets()
            throws IOException, InterruptedException {
        long before = theatre.lastEvent();
        Process curl;
        try (ServerSocket listener = deaf()) {
            curl = curl();
            // The kernel of A has the request, and acknowledged it.
            Rig.await(
                    "the request at A",
                    () ->
                            listener.isBound()
                                    && theatre.snapshot().sessions().stream()
                                            .anyMatch(s -> s.bytesUp() > 0));
        }

        assertThat(answer(curl)).isEqualTo("This is B.\n");
        assertThat(happened(before, Kind.RELOCATED)).isTrue();
    }

    @Test
    @Tag("P20")
    void aServerThatFallsSilentIsReplacedAfterTheTimeOut()
            throws IOException, InterruptedException {
        theatre.play(readingAlong());
        long before = theatre.lastEvent();
        try (ServerSocket listener = deaf()) {
            Process curl = curl();
            Rig.await("A to win", () -> listener.isBound() && happened(before, Kind.WON));
            theatre.server("A").inflict(Fault.SILENT);

            assertThat(answer(curl)).isEqualTo("This is B.\n");
        }
        assertThat(happened(before, Kind.RELOCATED)).isTrue();
    }
}
