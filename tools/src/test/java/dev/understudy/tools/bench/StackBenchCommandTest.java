package dev.understudy.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.understudy.stack.link.Kernel;
import dev.understudy.tools.ExitCode;
import dev.understudy.tools.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code understudy bench stack}, short: the figures mean nothing then, but that there is one in every row does. */
final class StackBenchCommandTest {
    private static final List<String> OURS = List.of("ours", "ours, MTU 65520", "ours, no offload");
    private static final List<String> ROWS =
            List.of(
                    "kernel over veth",
                    "slirp4netns",
                    "slirp4netns, MTU 65520",
                    "ours",
                    "ours, MTU 65520",
                    "ours, no offload");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... options) {
        CommandLine commands = Main.commandLine();
        commands.setOut(new PrintWriter(out));
        commands.setErr(new PrintWriter(err));
        List<String> line = new ArrayList<>(List.of("bench"));
        line.addAll(List.of(options));
        return commands.execute(line.toArray(String[]::new));
    }

    private static void requirePrograms() {
        Kernel.requireTap();
        for (String name : List.of("curl", "iperf3", "wrk", "nginx")) {
            Kernel.requireProgram(name);
        }
    }

    @Test
    @Tag("kernel")
    void everyStackHasItsRowInTheTableOfEachLoad() {
        requirePrograms();

        int code = run("stack", "--load=connections,download", "--seconds=1", "--rounds=1");

        assertThat(code).as(() -> out + "\n" + err).isEqualTo(ExitCode.OK);
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(2 * (1 + ROWS.size() + 1));
        for (int table = 0; table < 2; table++) {
            int at = table * (ROWS.size() + 2);
            assertThat(lines.get(at))
                    .startsWith(table == 0 ? "curl, one download" : "wrk, new connections")
                    .contains(table == 0 ? "Gb/s" : "conn/s")
                    .endsWith("of slirp4netns");
            for (int row = 0; row < ROWS.size(); row++) {
                String line = lines.get(at + 1 + row);
                assertThat(line).startsWith("  " + ROWS.get(row) + "  ");
                if (OURS.contains(ROWS.get(row))) {
                    // The figure, and what it is of the kernel's.
                    assertThat(line).containsPattern(" [0-9][0-9.,]* +[0-9]+\\.[0-9]{2} ");
                }
            }
        }
    }

    @Test
    @Tag("kernel")
    void anObjectForEachStackHoldsTheLoadsThatWereChosen() throws IOException {
        requirePrograms();

        int code = run("stack", "--load=keep-alive", "--seconds=1", "--rounds=1", "--json");

        assertThat(code).as(() -> out + "\n" + err).isEqualTo(ExitCode.OK);
        List<JsonNode> rows = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            rows.add(new ObjectMapper().readTree(line));
        }
        assertThat(rows).extracting(row -> row.get("path").asText()).isEqualTo(ROWS);
        assertThat(rows)
                .filteredOn(row -> !row.has("absent"))
                .extracting(row -> row.get("path").asText())
                .contains("kernel over veth")
                .containsAll(OURS);
        assertThat(rows)
                .filteredOn(row -> !row.has("absent"))
                .allSatisfy(
                        row -> {
                            assertThat(row.get("keep_alive").asDouble()).isPositive();
                            assertThat(row.has("download")).isFalse();
                        });
    }

    @Test
    void aLoadThatThereIsNotIsNamedBesideThoseThatThereAre() {
        assertThat(run("stack", "--load=download,uplaod")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .contains("'uplaod'")
                .contains("download, keep-alive, connections, round-trip");
    }

    @Test
    void aPathHasLoadsOfItsOwn() {
        assertThat(run("path", "--load=download")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("stream, keep-alive, connections, round-trip");
    }

    @Test
    void aTimeThatNobodyCanMeasureInIsRefused() {
        assertThat(run("stack", "--seconds=0")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--seconds takes 1..60");
    }
}
