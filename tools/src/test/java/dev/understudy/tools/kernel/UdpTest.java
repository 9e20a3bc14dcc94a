package dev.understudy.tools.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.PortUnreachableException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** UDP from the client's chair: its kernel's sockets, and dig, ask an original whose server is dead. */
@Tag("kernel")
@Tag("P59")
final class UdpTest {
    private static final int PORT = 7;
    private static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:7");
    private static final Endpoint NAMES = Endpoint.parse("203.0.113.10:53");

    @BeforeEach
    void requirements() {
        Kernel.requireTap();
    }

    private static ServiceConfig udp(Theatre theatre, Endpoint original, Strategy strategy) {
        ServiceConfig tcp =
                theatre.service(
                        original,
                        Theatre.at(1, original.port()),
                        Theatre.at(2, original.port()),
                        Theatre.at(3, original.port()));
        Connect standard = Connect.DEFAULT;
        return new ServiceConfig(
                tcp.name(),
                tcp.originals(),
                tcp.servers(),
                new Connect(strategy, standard.staggerNanos(), standard.timeoutNanos(), 3),
                tcp.recover(),
                Protocol.UDP);
    }

    private static EchoServer echo(Theatre theatre, String name) throws IOException {
        return new EchoServer(name, theatre.server(name).host().namespace(), PORT);
    }

    /** A client's socket, connected, so that its kernel tells it of ICMP errors. */
    private static DatagramSocket client(Theatre theatre) throws IOException {
        return theatre.client()
                .namespace()
                .call(
                        () -> {
                            DatagramSocket socket = new DatagramSocket();
                            socket.connect(ORIGINAL.address().toInetAddress(), PORT);
                            socket.setSoTimeout((int) Rig.PATIENCE.toMillis());
                            return socket;
                        });
    }

    private static String ask(DatagramSocket socket, String question) throws IOException {
        byte[] bytes = question.getBytes(StandardCharsets.US_ASCII);
        socket.send(new DatagramPacket(bytes, bytes.length));
        DatagramPacket answer = new DatagramPacket(new byte[0xFFFF], 0xFFFF);
        socket.receive(answer);
        return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
    }

    @Test
    void aDeadServersPartIsPlayedByTheNextOneInTheSameConversation() throws IOException {
        try (Theatre theatre = new Theatre();
                EchoServer b = echo(theatre, "B")) {
            theatre.play(udp(theatre, ORIGINAL, Strategy.IN_ORDER));
            try (DatagramSocket socket = client(theatre)) {
                try (EchoServer a = echo(theatre, "A")) {
                    assertThat(ask(socket, " one")).isEqualTo("A one");
                    assertThat(a).isNotNull();
                }
                // A's kernel says port unreachable, which the client's never hears.
                assertThat(ask(socket, " two")).isEqualTo("B two");
                assertThat(ask(socket, " three")).isEqualTo("B three");
            }
            Rig.await("one session", () -> theatre.snapshot().sessions().size() == 1);
            assertThat(theatre.counters()).containsEntry("relocations", 1L);
            assertThat(b).isNotNull();
        }
    }

    @Test
    void aServerWithoutAnyReactionIsReplacedInTime() throws IOException {
        try (Theatre theatre = new Theatre();
                EchoServer a = echo(theatre, "A");
                EchoServer b = echo(theatre, "B")) {
            theatre.play(udp(theatre, ORIGINAL, Strategy.STAGGERED));
            try (DatagramSocket socket = client(theatre)) {
                assertThat(ask(socket, " one")).isEqualTo("A one");
                theatre.server("A").host().route("blackhole default");
                assertThat(ask(socket, " two")).isEqualTo("B two");
            }
            try (DatagramSocket socket = client(theatre)) {
                // What is remembered of A costs the next conversation nothing.
                assertThat(ask(socket, " three")).isEqualTo("B three");
            }
            assertThat(a).isNotSameAs(b);
        }
    }

    @Test
    void whenAllAreUnreachableTheClientsKernelIsTold() throws IOException {
        try (Theatre theatre = new Theatre()) {
            theatre.play(udp(theatre, ORIGINAL, Strategy.IN_ORDER));
            try (DatagramSocket socket = client(theatre)) {
                assertThatThrownBy(() -> ask(socket, "anybody?"))
                        .isInstanceOf(PortUnreachableException.class);
            }
            assertThat(theatre.understudy().idle()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tap,true,true",
        "tap,true,false",
        "tap,false,true",
        "tap,false,false",
        "tun,true,true",
        "tun,false,false"
    })
    @Tag("P58")
    @Tag("P09")
    @Tag("P57")
    void aDatagramOfFourThousandBytesIsTranslatedInItsFragments(
            String kind, boolean clientOffload, boolean networkOffload) throws IOException {
        char[] much = new char[4_000];
        Arrays.fill(much, 'x');
        try (Theatre theatre = new Theatre(kind, clientOffload, networkOffload, Rig.Links.PLAIN);
                EchoServer b = echo(theatre, "B")) {
            theatre.play(udp(theatre, ORIGINAL, Strategy.IN_ORDER));
            try (DatagramSocket socket = client(theatre)) {
                for (int length : new int[] {1, 1472, 1473, 4_000, 60_000}) {
                    String text = "y".repeat(length);
                    assertThat(ask(socket, text)).isEqualTo("B" + text);
                }
                assertThat(ask(socket, new String(much))).hasSize(4_001);
            }
            assertThat(b).isNotNull();
        }
    }

    @Test
    void whatBelongsToNoServicePassesThrough() throws IOException {
        try (Theatre theatre = new Theatre();
                EchoServer a = new EchoServer("A", theatre.server("A").host().namespace(), 9)) {
            theatre.play(udp(theatre, ORIGINAL, Strategy.IN_ORDER));
            try (DatagramSocket socket =
                    theatre.client().namespace().call(() -> new DatagramSocket())) {
                socket.connect(Theatre.at(1, 9).address().toInetAddress(), 9);
                socket.setSoTimeout((int) Rig.PATIENCE.toMillis());
                assertThat(ask(socket, " itself")).isEqualTo("A itself");
            }
            theatre.client().run("ping", "-c", "1", "-W", "5", "10.20.1.2");
            assertThat(theatre.counters()).containsEntry("sessions-opened", 0L);
            assertThat(a).isNotNull();
        }
    }

    @Test
    @Tag("P01")
    void digGetsItsAnswerWhenTheNameServerThatItAsksIsDead() throws Exception {
        Kernel.requireProgram("dig");
        Kernel.requireProgram("dnsmasq");
        try (Theatre theatre = new Theatre()) {
            theatre.play(udp(theatre, NAMES, Strategy.STAGGERED));
            Process a = dnsmasq(theatre, 1, "192.0.2.1");
            Process b = dnsmasq(theatre, 2, "192.0.2.2");
            try {
                Rig.await("dnsmasq", () -> dig(theatre).equals("192.0.2.1"));
                a.destroyForcibly().waitFor();
                assertThat(dig(theatre)).isEqualTo("192.0.2.2");
                assertThat(dig(theatre)).isEqualTo("192.0.2.2");
            } finally {
                a.destroyForcibly();
                b.destroyForcibly();
            }
        }
    }

    private static Process dnsmasq(Theatre theatre, int number, String answer) throws IOException {
        Host host = theatre.servers().get(number - 1).host();
        return host.namespace()
                .start(
                        new ProcessBuilder(
                                        "dnsmasq",
                                        "--keep-in-foreground",
                                        "--conf-file=/dev/null",
                                        "--no-resolv",
                                        "--no-hosts",
                                        "--user=root",
                                        "--pid-file",
                                        "--bind-interfaces",
                                        "--listen-address=10.20." + number + ".2",
                                        "--address=/who.example/" + answer)
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD));
    }

    private static String dig(Theatre theatre) {
        try {
            return theatre.client()
                    .run("dig", "+short", "+tries=2", "+time=3", "@203.0.113.10", "who.example")
                    .strip();
        } catch (IOException notYet) {
            return "";
        }
    }
}
