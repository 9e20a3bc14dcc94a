package dev.understudy.tools.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.net.Host;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ten thousand connections of several processes, all at once, on two servers. */
@Tag("kernel")
@Timeout(300)
@ExtendWith(SampledLeaks.class)
final class ManySessionsTest {
    private static final int PORT = 7;
    private static final int PROCESSES = 5;
    private static final int EACH = 2_000;
    private static final int BACKLOG = 4096;
    private static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:" + PORT);

    @Test
    @Tag("P14")
    void eachOfTenThousandSessionsHearsItselfAndNobodyElse() throws Exception {
        Kernel.requireTap();
        List<Process> swarms = new ArrayList<>();
        try (Theatre theatre = new Theatre();
                ServerSocketChannel listener = listen(theatre.server("B").host())) {
            // A's port is closed, so each of them is played by B under the name of A.
            theatre.play(theatre.service(ORIGINAL, Theatre.at(1, PORT), Theatre.at(2, PORT)));
            for (int i = 0; i < PROCESSES; i++) {
                swarms.add(swarm(theatre.client(), i));
            }
            List<BufferedReader> said = swarms.stream().map(Process::inputReader).toList();
            for (BufferedReader one : said) {
                assertThat(one.readLine()).isEqualTo("connected " + EACH);
            }
            assertThat(theatre.counters()).containsEntry("sessions", (long) PROCESSES * EACH);

            for (String round : List.of("first", "second")) {
                for (Process swarm : swarms) {
                    Writer orders = swarm.outputWriter(StandardCharsets.UTF_8);
                    orders.write(round + "\n");
                    orders.flush();
                }
                for (BufferedReader one : said) {
                    assertThat(one.readLine()).isEqualTo("right " + EACH);
                }
            }
            for (Process swarm : swarms) {
                swarm.outputWriter(StandardCharsets.UTF_8).close();
            }
            Rig.await("empty tables", () -> theatre.understudy().idle());
            assertThat(listener.isOpen()).isTrue();
        } finally {
            swarms.forEach(Process::destroyForcibly);
        }
    }

    private static ServerSocketChannel listen(Host host) throws IOException {
        host.run("sysctl", "-qw", "net.core.somaxconn=" + BACKLOG);
        ServerSocketChannel listener =
                host.namespace()
                        .call(
                                () ->
                                        ServerSocketChannel.open()
                                                .bind(new InetSocketAddress(PORT), BACKLOG));
        Thread thread = new Thread(() -> Swarm.echo(listener), "echo");
        thread.setDaemon(true);
        thread.start();
        return listener;
    }

    private static Process swarm(Host client, int number) throws IOException {
        return client.namespace()
                .start(
                        new ProcessBuilder(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-Xmx256m",
                                        "-XX:+UseSerialGC",
                                        "-XX:TieredStopAtLevel=1",
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        Swarm.class.getName(),
                                        ORIGINAL.address().toString(),
                                        Integer.toString(PORT),
                                        Integer.toString(EACH),
                                        "swarm" + number)
                                .redirectError(ProcessBuilder.Redirect.INHERIT));
    }
}
