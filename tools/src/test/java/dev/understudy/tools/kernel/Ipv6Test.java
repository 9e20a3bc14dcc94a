package dev.understudy.tools.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.lab.Fault;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** IPv6 does what IPv4 does: unmodified programs ask an IPv6 original, and another server answers. */
@Tag("kernel")
@Tag("B16")
final class Ipv6Test {
    @TempDir private Path scratch;

    @BeforeEach
    void requirements() {
        Kernel.requireTap();
        Kernel.requireProgram("curl");
    }

    private static Endpoint original(int port) {
        return Endpoint.parse("[2001:db8::10]:" + port);
    }

    private static Endpoint at(int server, int port) {
        return Endpoint.parse("[fd00:20:" + server + "::2]:" + port);
    }

    private static Theatre theatre(String kind, Rig.Links links) throws IOException {
        return new Theatre(kind, true, true, links).withIpv6();
    }

    /** In order: a loaded machine must not make a slow server of A. */
    private static ServiceConfig web(Theatre theatre) {
        ServiceConfig service = theatre.service(original(80), original(80), at(2, 80));
        Connect standard = Connect.DEFAULT;
        return new ServiceConfig(
                service.name(),
                service.originals(),
                service.servers(),
                new Connect(Strategy.IN_ORDER, standard.staggerNanos(), standard.timeoutNanos(), 3),
                service.recover());
    }

    private static String curl(Theatre theatre) throws IOException {
        return theatre.client()
                .run("curl", "-6", "-sS", "--max-time", "15", "http://[2001:db8::10]/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tap", "tun"})
    @Tag("P01")
    @Tag("P12")
    @Tag("P16")
    @Tag("P17")
    @Tag("P58")
    void anotherServerAnswersForADeadOne(String kind) throws IOException, InterruptedException {
        AddressWatch watch = new AddressWatch();
        try (Theatre theatre =
                theatre(kind, (client, servers) -> client.pipeline().addFirst(watch))) {
            theatre.play(web(theatre));
            assertThat(curl(theatre)).isEqualTo("This is A.\n");

            theatre.server("A").inflict(Fault.REFUSE);
            assertThat(curl(theatre)).isEqualTo("This is B.\n");
            theatre.server("A").inflict(Fault.NONE);

            theatre.router().run("ip", "-6", "route", "replace", "unreachable", "2001:db8::10/128");
            theatre.play(web(theatre));
            assertThat(curl(theatre)).isEqualTo("This is B.\n");

            theatre.router().run("ip", "-6", "route", "del", "2001:db8::10/128");
            theatre.router().run("ip", "-6", "route", "add", "blackhole", "2001:db8::10/128");
            theatre.play(web(theatre));
            assertThat(curl(theatre)).isEqualTo("This is B.\n");

            assertThat(watch.addresses())
                    .noneMatch(at -> at.startsWith("fd00:20:") || at.startsWith("fd00:112:"));
        }
    }

    @ParameterizedTest
    @CsvSource({"tap,true", "tap,false", "tun,true", "tun,false"})
    @Tag("P57")
    @Tag("P58")
    @Tag("P59")
    void aDatagramOfFourThousandBytesIsTranslatedInItsFragments(String kind, boolean offload)
            throws IOException {
        try (Theatre theatre = new Theatre(kind, offload, offload, Rig.Links.PLAIN).withIpv6();
                EchoServer b = new EchoServer("B", theatre.server("B").host().namespace(), 7);
                DatagramSocket socket =
                        theatre.client().namespace().call(() -> new DatagramSocket())) {
            ServiceConfig service = theatre.service(original(7), at(1, 7), at(2, 7));
            theatre.play(Rig.speaking(Protocol.UDP, service));
            socket.connect(InetAddress.getByName("2001:db8::10"), 7);
            socket.setSoTimeout((int) Rig.PATIENCE.toMillis());
            for (int length : new int[] {1, 1452, 1453, 4_000, 30_000}) {
                byte[] bytes = "z".repeat(length).getBytes(StandardCharsets.US_ASCII);
                socket.send(new DatagramPacket(bytes, length));
                DatagramPacket answer = new DatagramPacket(new byte[0xFFFF], 0xFFFF);
                socket.receive(answer);
                assertThat(answer.getLength()).isEqualTo(length + 1);
            }
            assertThat(b).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tap", "tun"})
    void whatBelongsToNoServicePassesThroughUnderOurAddress(String kind) throws IOException {
        try (Theatre theatre = theatre(kind, Rig.Links.PLAIN)) {
            theatre.client().run("ping", "-6", "-c", "1", "-W", "5", "fd00:20:2::2");
            theatre.client().run("ping", "-6", "-c", "1", "-W", "5", "fd00:111::2");
            assertThat(
                            theatre.client()
                                    .run(
                                            "curl",
                                            "-6",
                                            "-sS",
                                            "--max-time",
                                            "15",
                                            "http://[fd00:20:3::2]/"))
                    .isEqualTo("This is C.\n");
            assertThat(theatre.eventsAfter(0)).noneMatch(event -> event.session() != 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--ftp-pasv", "--ftp-port -"})
    @Tag("P61")
    void ftpWorksInItsExtendedForms(String options) throws IOException {
        Kernel.requireProgram("vsftpd");
        try (Theatre theatre = theatre("tap", Rig.Links.PLAIN);
                Vsftpd b = new Vsftpd(theatre.server("B").host(), "fd00:20:2::2", scratch)) {
            Files.writeString(scratch.resolve("files/who"), "B\n");
            theatre.play(
                    Rig.speaking(
                            Protocol.FTP, theatre.service(original(21), original(21), at(2, 21))));
            b.start();
            String[] words = ("curl -6 -sS --max-time 20 " + options).split(" ", -1);
            String[] command = Arrays.copyOf(words, words.length + 1);
            command[words.length] = "ftp://[2001:db8::10]/who";
            assertThat(theatre.client().run(command)).isEqualTo("B\n");
        }
    }
}
