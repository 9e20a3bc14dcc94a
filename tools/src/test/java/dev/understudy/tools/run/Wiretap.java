package dev.understudy.tools.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A {@code tcpdump} on one device: what is on the wire, as somebody sees it who knows nothing of Understudy. */
final class Wiretap {
    private static final Pattern LINE =
            Pattern.compile(
                    "(\\d+\\.\\d+) IP (\\S+)\\.(\\d+) > (\\S+)\\.(\\d+): Flags \\[([^]]*)]"
                            + "(?:, seq (\\d+)(?::\\d+)?)?.*, length (\\d+).*");

    /** One TCP segment; {@code at} in seconds of the wall clock, flags as tcpdump writes them. */
    record Segment(double at, String from, String to, String flags, long seq, int length) {}

    private final NetworkNamespace network;
    private final Process process;
    private final Path file;

    private Wiretap(NetworkNamespace network, Process process, Path file) {
        this.network = network;
        this.process = process;
        this.file = file;
    }

    /** Listens on a device from now on. */
    static Wiretap on(NetworkNamespace network, String device, Path file) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(
                                "tcpdump",
                                "-i",
                                device,
                                "-n",
                                "-U",
                                "--immediate-mode",
                                "-Z",
                                "root",
                                "-w",
                                file.toString(),
                                "tcp")
                        .redirectErrorStream(true);
        Process process = network.start(builder);
        BufferedReader said =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = said.readLine();
        while (line != null && !line.contains("listening on")) {
            line = said.readLine();
        }
        assertThat(line).as("tcpdump on " + device).isNotNull();
        return new Wiretap(network, process, file);
    }

    Process process() {
        return process;
    }

    /** All segments so far, in their order. */
    List<Segment> segments() throws IOException {
        List<Segment> segments = new ArrayList<>();
        String text = network.run("tcpdump", "-r", file.toString(), "-n", "-tt", "-S");
        for (String line : text.split("\n", -1)) {
            Matcher m = LINE.matcher(line);
            if (m.matches()) {
                segments.add(
                        new Segment(
                                Double.parseDouble(m.group(1)),
                                m.group(2) + ":" + m.group(3),
                                m.group(4) + ":" + m.group(5),
                                m.group(6),
                                m.group(7) == null ? 0 : Long.parseLong(m.group(7)),
                                Integer.parseInt(m.group(8))));
            }
        }
        return segments;
    }

    /** The segments of one sender. */
    List<Segment> from(String sender) throws IOException {
        return segments().stream().filter(s -> s.from().equals(sender)).toList();
    }

    /** The only segment with these flags of one sender. */
    Segment only(String flags, String sender) throws IOException {
        List<Segment> found = from(sender).stream().filter(s -> s.flags().equals(flags)).toList();
        assertThat(found).as(flags + " from " + sender).hasSize(1);
        return found.get(0);
    }

    /** The latest one. */
    Segment last() throws IOException {
        List<Segment> all = segments();
        assertThat(all).isNotEmpty();
        return all.get(all.size() - 1);
    }

    /** Waits for one. */
    void await(String what, Predicate<Segment> expected) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        while (segments().stream().noneMatch(expected)) {
            assertThat(System.nanoTime()).as("waited in vain for " + what).isLessThan(end);
            LockSupport.parkNanos(20_000_000);
        }
    }
}
