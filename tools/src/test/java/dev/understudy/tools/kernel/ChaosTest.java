package dev.understudy.tools.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.kernel.Crowd.Fate;
import dev.understudy.tools.lab.LabServer;
import dev.understudy.tools.net.Nginx;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand clients at once, while nginx servers are killed, silenced, cut off and restarted at random; one of the three
 * is always alive, though not always the same.
 *
 * <p>No client may see an error that a living server could have prevented: every connection is made, and the first request
 * of every connection is answered, unless a server has touched it ({@link ServersWatch}) and then died. What was touched is
 * counted apart: a server that has acknowledged a request may have executed it, so that the honest answer is a reset.
 *
 * <p>{@code -Dchaos.seconds=60 -Dchaos.seed=7} for more of it, or the same again.
 */
@Tag("kernel")
@ExtendWith(SampledLeaks.class)
final class ChaosTest {
    private static final int CLIENTS = 1_000;
    private static final int PORT = 8080;
    private static final Duration SECONDS = Duration.ofSeconds(Long.getLong("chaos.seconds", 10));
    private static final long SEED = Long.getLong("chaos.seed", 20_260_101);

    /** How long a new anchor has been well before the old one may die: longer than any opening takes. */
    private static final long OVERLAP_NANOS = 1_500_000_000L;

    private static final long ANCHOR_NANOS = 4_000_000_000L;
    private static final int FILE_BYTES = 50_000;

    @TempDir Path scratch;

    @BeforeEach
    void requirements() {
        Kernel.requireTap();
        Kernel.requireProgram("nginx");
    }

    @Test
    @Tag("P05")
    @Tag("P18")
    @Tag("P25")
    @Tag("P26")
    void aThousandClientsSeeNoErrorThatALivingServerCouldHavePrevented() throws Exception {
        byte[] file = new byte[FILE_BYTES];
        new Random(SEED).nextBytes(file);
        Path files = Files.createDirectory(scratch.resolve("files"));
        Files.write(files.resolve("file"), file);
        ServersWatch watch = new ServersWatch();
        List<Actor> troupe = new ArrayList<>();
        try (Theatre theatre =
                new Theatre(true, true, (client, servers) -> servers.pipeline().addFirst(watch))) {
            Endpoint original = Endpoint.parse("203.0.113.10:" + PORT);
            Endpoint[] servers = new Endpoint[3];
            for (LabServer server : theatre.servers()) {
                servers[troupe.size()] =
                        Endpoint.parse("10.20." + (troupe.size() + 1) + ".2:" + PORT);
                Path own = Files.createDirectory(scratch.resolve(server.name()));
                troupe.add(new Actor(theatre, server, new Nginx(server.host(), PORT, own, files)));
            }
            for (Actor one : troupe) {
                one.nginx.start();
            }
            theatre.play(theatre.service(original, servers));
            // Client ports would run out in a minute: those in TIME-WAIT are used again.
            theatre.client().set("tcp_tw_reuse", "1").set("ip_local_port_range", "10000 65000");
            InetSocketAddress address =
                    new InetSocketAddress(original.address().toInetAddress(), PORT);
            try (Crowd crowd =
                    new Crowd(
                            theatre.client().namespace(),
                            address,
                            CLIENTS,
                            file,
                            SEED,
                            watch::touched)) {
                crowd.start();
                Rig.await("the crowd", () -> crowd.open() >= CLIENTS * 9 / 10);
                int faults = torment(troupe);
                for (Actor one : troupe) {
                    one.mend();
                }
                crowd.leave();

                Rig.await("empty tables", () -> theatre.understudy().idle());
                Map<String, Long> counters = theatre.counters();
                report(crowd, faults, counters);
                String explanation = explain(crowd, theatre, troupe);
                assertThat(crowd.complaints().stream().limit(5))
                        .as("the first of %d: %s", crowd.complaints().size(), explanation)
                        .isEmpty();
                assertThat(counters)
                        .as(explanation)
                        .containsEntry("sessions", 0L)
                        .containsEntry("half-open", 0L)
                        .containsEntry("stored-bytes", 0L);
                // Thousands of rows are read slice by slice; a row goes as soon as its end is told.
                Rig.await("an empty table on the screen", () -> theatre.rows().isEmpty());
                assertThat(counters.get("failures-hidden")).isPositive();
                assertThat(crowd.count(Fate.ANSWERED)).isGreaterThan(CLIENTS);
            }
        } finally {
            for (Actor one : troupe) {
                one.nginx.close();
            }
        }
    }

    /** Lets servers die and come back, one thing after another, and says how many died. */
    private static int torment(List<Actor> troupe) throws IOException {
        Random random = new Random(SEED);
        Actor anchor = troupe.get(troupe.size() - 1);
        Actor next = anchor;
        long start = System.nanoTime();
        long anchoredAt = start;
        int faults = 0;
        while (System.nanoTime() - start < SECONDS.toNanos()) {
            long now = System.nanoTime();
            if (next == anchor && now - anchoredAt > ANCHOR_NANOS) {
                next = other(troupe, anchor, random);
                next.mend();
                anchoredAt = System.nanoTime();
            } else if (next != anchor && now - anchoredAt > OVERLAP_NANOS) {
                anchor = next;
            }
            Actor victim = troupe.get(random.nextInt(troupe.size()));
            if (victim == anchor || victim == next) {
                continue;
            }
            if (victim.well()) {
                victim.strike(random.nextInt(3));
                faults++;
            } else {
                victim.mend();
            }
            LockSupport.parkNanos(random.nextLong(100_000_000L, 900_000_000L));
        }
        return faults;
    }

    private static Actor other(List<Actor> troupe, Actor than, Random random) {
        List<Actor> others = troupe.stream().filter(one -> one != than).toList();
        return others.get(random.nextInt(others.size()));
    }

    private static void report(Crowd crowd, int faults, Map<String, Long> counters) {
        StringBuilder line = new StringBuilder();
        line.append("chaos for ").append(SECONDS.toSeconds()).append(" s, seed ").append(SEED);
        line.append(": faults ").append(faults);
        for (Fate fate : Fate.values()) {
            line.append(", ").append(fate).append(' ').append(crowd.count(fate));
        }
        for (String name : List.of("failures-hidden", "failures-shown", "relocations")) {
            line.append(", ").append(name).append(' ').append(counters.get(name));
        }
        System.out.println(line);
    }

    /** What happened, and what the dispatcher did with the first connections that somebody complains about. */
    private static String explain(Crowd crowd, Theatre theatre, List<Actor> troupe)
            throws IOException {
        Set<Integer> ports = new HashSet<>();
        crowd.complaints().stream().limit(3).forEach(complaint -> ports.add(complaint.port()));
        theatre.eventsAfter(0).stream()
                .filter(event -> event.kind() == Event.Kind.EXHAUSTED)
                .limit(3)
                .forEach(event -> ports.add(event.client().port()));
        String journal =
                troupe.stream()
                        .flatMap(one -> one.journal.stream())
                        .sorted(Comparator.comparingLong(s -> Long.parseLong(s.split(" ", 2)[0])))
                        .collect(Collectors.joining("\n", "\n", "\n"));
        return theatre.client().run("ip", "-s", "link", "show", "us0")
                + theatre.router().run("ip", "-s", "link", "show", "us1")
                + journal
                + theatre.eventsAfter(0).stream()
                        .filter(event -> event.client() != null)
                        .filter(event -> ports.contains(event.client().port()))
                        .map(Event::toString)
                        .collect(Collectors.joining("\n", "\n", "\n"));
    }

    /** One server with everything that can happen to it. */
    private static final class Actor {
        private final Theatre theatre;
        private final LabServer server;
        private final Nginx nginx;
        private final List<String> journal = new ArrayList<>();
        private int ailment = -1;

        Actor(Theatre theatre, LabServer server, Nginx nginx) {
            this.theatre = theatre;
            this.server = server;
            this.nginx = nginx;
        }

        boolean well() {
            return ailment < 0;
        }

        void strike(int what) throws IOException {
            ailment = what;
            note(List.of("killed", "silenced", "cut off").get(what));
            switch (what) {
                case 0 -> nginx.kill();
                case 1 -> server.host().route("blackhole default");
                default -> theatre.router().route("unreachable " + address());
            }
        }

        void mend() throws IOException {
            switch (ailment) {
                case 0 -> nginx.start();
                case 1 -> server.host().route("default via " + subnet() + ".1");
                case 2 -> theatre.router().ip("route delete unreachable " + address());
                default -> {
                    // It is well.
                }
            }
            if (ailment >= 0) {
                note("well");
            }
            ailment = -1;
        }

        private void note(String what) {
            journal.add(theatre.understudy().now() + " " + server.name() + " " + what);
        }

        private String subnet() {
            return "10.20." + (server.name().charAt(0) - 'A' + 1);
        }

        private String address() {
            return subnet() + ".2/32";
        }
    }
}
