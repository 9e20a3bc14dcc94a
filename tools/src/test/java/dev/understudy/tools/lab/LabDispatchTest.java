package dev.understudy.tools.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.stack.link.Kernel;
import dev.understudy.tools.net.TapDispatcher;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The lab with the dispatcher in the middle: the kernel's own client, real servers, real faults. */
@Tag("kernel")
final class LabDispatchTest {
    private static final InetSocketAddress ORIGINAL =
            new InetSocketAddress(
                    LabNetwork.ORIGINAL.address().toInetAddress(), LabNetwork.ORIGINAL.port());
    private static final int PATIENCE_MILLIS = 5_000;

    private LabNetwork network;
    private TapDispatcher dispatcher;

    @BeforeEach
    void build() throws IOException {
        Kernel.requireTap();
        network = new LabNetwork();
        dispatcher = network.connectDispatcher();
    }

    @AfterEach
    void end() throws IOException {
        if (dispatcher != null) {
            dispatcher.close();
        }
        if (network != null) {
            network.close();
        }
    }

    @Test
    @Tag("P01")
    @Tag("P15")
    void aClientOfAHealthyOriginalGetsTheOriginal() throws IOException {
        try (WebClient client = connect()) {
            assertThat(client.get(0, false)).isEqualTo("A");
            assertThat(client.get(2_000_000, true)).isEqualTo("A");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REFUSE", "SILENT", "UNREACHABLE"})
    @Tag("P12")
    @Tag("P16")
    @Tag("P17")
    void aClientOfADeadOriginalGetsAnotherServerUnderTheOriginalsAddress(Fault fault)
            throws IOException, InterruptedException {
        network.server("A").inflict(fault);

        try (WebClient client = connect()) {
            assertThat(client.get(0, false)).isEqualTo("B");
            assertThat(client.remote()).isEqualTo(ORIGINAL);
            assertThat(client.get(2_000_000, true)).isEqualTo("B");
        }
        assertThat(dispatcher.understudy().control().events(0, 1_000))
                .extracting(Event::kind)
                .contains(Event.Kind.HIDDEN);
    }

    @Test
    @Tag("P18")
    void whenAllServersRefuseTheClientIsRefused() throws IOException, InterruptedException {
        for (LabServer server : network.servers()) {
            server.inflict(Fault.REFUSE);
        }

        assertThatThrownBy(this::connect)
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("refused");
    }

    @Test
    @Tag("P26")
    void clientsThatAskAllTheTimeSeeNothingOfADeath() throws IOException, InterruptedException {
        Schedule deaths =
                new Schedule(
                        List.of(
                                new Schedule.Step(Duration.ofMillis(500), "A", Fault.REFUSE),
                                new Schedule.Step(Duration.ofMillis(1_000), "B", Fault.SILENT),
                                new Schedule.Step(Duration.ofMillis(2_500), "A", Fault.NONE),
                                new Schedule.Step(Duration.ofMillis(2_500), "B", Fault.NONE)),
                        Duration.ofSeconds(3));

        Summary summary =
                new Lab(network, dispatcher.understudy().control(), deaths, 42, said -> {})
                        .play(deaths.length(), () -> false);

        assertThat(summary.failuresSeen()).as("%s", summary).isZero();
        assertThat(summary.failuresHidden()).as("%s", summary).isPositive();
        assertThat(summary.migrations()).as("%s", summary).isPositive();
        assertThat(summary.holds()).isTrue();
    }

    private WebClient connect() throws IOException {
        return network.client().namespace().call(() -> new WebClient(ORIGINAL, PATIENCE_MILLIS));
    }
}
