package dev.understudy.tools.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.wire.Endpoint;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The lab's network with a plain router in the middle: what a client sees if nobody hides anything. */
@Tag("kernel")
final class LabNetworkTest {
    private static final Endpoint B = Endpoint.parse("10.20.2.2:80");
    private static final int BRIEF_MILLIS = 300;
    private static final int LONG_MILLIS = 5_000;

    private static LabNetwork network;

    @BeforeAll
    static void build() throws IOException {
        Kernel.requireNamespaces();
        network = new LabNetwork();
        network.connectPlainly();
    }

    @AfterAll
    static void end() throws IOException {
        if (network != null) {
            network.close();
        }
    }

    @AfterEach
    void mend() throws IOException, InterruptedException {
        for (LabServer server : network.servers()) {
            server.inflict(Fault.NONE);
        }
    }

    @Test
    void everyServerAnswersWithItsName() throws IOException {
        for (LabServer server : network.servers()) {
            assertThat(get(server.endpoint(), 0, LONG_MILLIS)).isEqualTo(server.name());
        }
    }

    @Test
    void bigBodiesAreTheSameOnEveryServer() throws IOException {
        assertThat(get(LabNetwork.ORIGINAL, 3_000_000, LONG_MILLIS)).isEqualTo("A");
        assertThat(get(B, 3_000_000, LONG_MILLIS)).isEqualTo("B");
    }

    @Test
    void aPingCrossesIt() throws IOException {
        Kernel.requireProgram("ping");
        assertThat(network.client().run("ping", "-c1", "-W2", "203.0.113.10"))
                .contains(" 0% packet loss");
    }

    @Test
    void aServerThatRefusesIsBackAtOnce() throws IOException, InterruptedException {
        LabServer a = network.server("A");

        a.inflict(Fault.REFUSE);
        assertThatThrownBy(() -> get(a.endpoint(), 0, LONG_MILLIS))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("refused");

        a.inflict(Fault.NONE);
        assertThat(get(a.endpoint(), 0, LONG_MILLIS)).isEqualTo("A");
    }

    @Test
    void aServerThatRefusesServesTheConnectionsThatItHas()
            throws IOException, InterruptedException {
        LabServer a = network.server("A");
        try (WebClient client = connect(a.endpoint(), LONG_MILLIS)) {
            assertThat(client.get(0, false)).isEqualTo("A");
            a.inflict(Fault.REFUSE);
            assertThat(client.get(0, true)).isEqualTo("A");
        }
    }

    @Test
    void aSilentServerSendsNeitherResetNorIcmp() throws IOException, InterruptedException {
        LabServer b = network.server("B");

        b.inflict(Fault.SILENT);
        assertThatThrownBy(() -> get(b.endpoint(), 0, BRIEF_MILLIS))
                .isInstanceOf(SocketTimeoutException.class);

        b.inflict(Fault.NONE);
        assertThat(get(b.endpoint(), 0, LONG_MILLIS)).isEqualTo("B");
    }

    @Test
    void aConnectionToASilentServerStandsStillAndThenGoesOn()
            throws IOException, InterruptedException {
        LabServer b = network.server("B");
        try (WebClient client = connect(b.endpoint(), LONG_MILLIS)) {
            assertThat(client.get(0, false)).isEqualTo("B");
            b.inflict(Fault.SILENT);
            client.ask(0, true);
            b.inflict(Fault.NONE);
            assertThat(client.answer(0)).isEqualTo("B");
        }
    }

    @Test
    void anUnreachableServerIsReportedByTheRouter() throws IOException, InterruptedException {
        LabServer a = network.server("A");

        a.inflict(Fault.UNREACHABLE);
        assertThatThrownBy(() -> get(a.endpoint(), 0, LONG_MILLIS))
                .isInstanceOf(NoRouteToHostException.class);

        a.inflict(Fault.NONE);
        assertThat(get(a.endpoint(), 0, LONG_MILLIS)).isEqualTo("A");
    }

    @Test
    void clientsOfAHealthyNetworkSeeNoFailureAndClientsOfASickOneDo()
            throws IOException, InterruptedException {
        Schedule sick =
                new Schedule(
                        List.of(
                                new Schedule.Step(Duration.ofMillis(100), "A", Fault.REFUSE),
                                new Schedule.Step(Duration.ofMillis(1_500), "A", Fault.NONE)),
                        Duration.ofMillis(1_600));
        Schedule healthy = new Schedule(List.of(), Duration.ofMillis(700));

        Summary good = play(healthy, new ArrayList<>());
        assertThat(good.failuresSeen()).as("%s", good).isZero();
        assertThat(good.requests()).isGreaterThan(60);
        assertThat(good.holds()).as("nothing was hidden").isFalse();

        List<String> said = new ArrayList<>();
        Summary bad = play(sick, said);
        assertThat(bad.failuresSeen()).as("%s", bad).isPositive();
        assertThat(bad.reasons()).containsExactly("Connection refused");
        assertThat(said).hasSize(2).first().asString().endsWith("A refuses connections");
    }

    private static Summary play(Schedule schedule, List<String> said)
            throws IOException, InterruptedException {
        return new Lab(network, new NoControl(), schedule, 42, said::add)
                .play(schedule.length(), () -> false);
    }

    private static String get(Endpoint server, int size, int millis) throws IOException {
        try (WebClient client = connect(server, millis)) {
            return client.get(size, true);
        }
    }

    /** A socket belongs to the namespace of the thread that makes it. */
    private static WebClient connect(Endpoint server, int millis) throws IOException {
        InetSocketAddress address =
                new InetSocketAddress(server.address().toInetAddress(), server.port());
        return network.client().namespace().call(() -> new WebClient(address, millis));
    }

    /** A middle that decides nothing. */
    private static final class NoControl implements Control {
        @Override
        public Snapshot snapshot() {
            return Snapshot.EMPTY;
        }

        @Override
        public List<Event> events(long after, int most) {
            return List.of();
        }
    }
}
