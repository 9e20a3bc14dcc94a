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
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code understudy bench failover}, short: what is lost does not depend on how long one looks. */
final class FailoverCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... options) {
        CommandLine commands = Main.commandLine();
        commands.setOut(new PrintWriter(out));
        commands.setErr(new PrintWriter(err));
        List<String> line = new ArrayList<>(List.of("bench", "failover", "--json"));
        line.addAll(List.of(options));
        return commands.execute(line.toArray(String[]::new));
    }

    private List<JsonNode> rows(String path) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            JsonNode row = new ObjectMapper().readTree(line);
            if (row.get("path").asText().equals(path)) {
                rows.add(row);
            }
        }
        return rows;
    }

    private static void requirePrograms(String... names) {
        Kernel.requireTap();
        for (String name : names) {
            Kernel.requireProgram(name);
        }
    }

    @Test
    @Tag("kernel")
    void noFailureOfTheFirstServerCostsARequest() throws IOException {
        requirePrograms("curl", "haproxy", "nginx", "wrk");

        int code = run("--case=refused,silent,late-reset,mid-body,not-found", "--requests=2");

        assertThat(code).as(() -> out + "\n" + err).isEqualTo(ExitCode.OK);
        assertThat(rows("Understudy"))
                .hasSize(5)
                .allSatisfy(row -> assertThat(row.get("lost").asInt()).isZero());
        assertThat(rows("HAProxy"))
                .hasSize(5)
                .filteredOn(row -> row.get("case").asText().equals("mid-body"))
                .allSatisfy(row -> assertThat(row.get("note").asText()).contains("cannot"));
    }

    @Test
    @Tag("kernel")
    void noRequestFailsWhileServersAreKilledInTurn() throws IOException {
        requirePrograms("haproxy", "nginx", "wrk");

        int code = run("--case=storm", "--seconds=5");

        assertThat(code).as(() -> out + "\n" + err).isEqualTo(ExitCode.OK);
        assertThat(rows("Understudy"))
                .singleElement()
                .satisfies(
                        row -> {
                            assertThat(row.get("requests").asLong()).isPositive();
                            assertThat(row.get("failed").asLong()).isZero();
                            assertThat(row.get("killed").asInt()).isEqualTo(2);
                        });
    }

    @Test
    @Tag("kernel")
    @Tag("B03")
    void downloadsArriveWholeWhoeverDies() throws IOException {
        requirePrograms("curl", "haproxy", "nginx");

        int code = run("--case=download", "--size=32", "--deaths=1");

        assertThat(code).as(() -> out + "\n" + err).isEqualTo(ExitCode.OK);
        assertThat(rows("Understudy"))
                .hasSize(8)
                .allSatisfy(row -> assertThat(row.get("whole").asBoolean()).isTrue())
                .allSatisfy(row -> assertThat(row.get("usualMillis").asDouble()).isPositive())
                .extracting(row -> row.get("death").asText())
                .startsWith("none", "killed", "replaced", "silent");
        assertThat(rows("Understudy"))
                .filteredOn(row -> !row.get("death").asText().equals("silent"))
                .as("what shows itself is not waited for")
                .allSatisfy(row -> assertThat(row.get("stallMillis").asDouble()).isLessThan(2_000));
    }

    @Test
    void wrkIsReadToTheLastError() throws IOException {
        StormBench.Row row =
                StormBench.row(
                        "peer",
                        3,
                        """
                        Running 10s test @ http://10.1.0.2:8081/page
                          1 threads and 64 connections
                          Thread Stats   Avg      Stdev     Max   +/- Stdev
                            Latency     4.91ms   10.53ms   1.25s    97.29%
                            Req/Sec    14.61k     2.15k   20.03k    71.00%
                          145331 requests in 10.01s, 176.84MB read
                          Socket errors: connect 1, read 20, write 300, timeout 4000
                          Non-2xx or 3xx responses: 50000
                        Requests/sec:  14521.24
                        Transfer/sec:     17.67MB
                        """,
                        Map.of());

        assertThat(row.failed()).isEqualTo(54_321);
        assertThat(row.requests()).isEqualTo(145_331);
        assertThat(row.longestMillis()).isEqualTo(1_250);
        assertThat(row.perSecond()).isEqualTo(14_521.24);
    }

    @Test
    void whatIsAddedIsMeasuredFromTheMedianOfUndisturbedRequests() {
        CaseBench.Row row =
                new CaseBench.Row(
                        FailoverCase.REFUSED,
                        "peer",
                        "",
                        List.of(0.003, 0.001, 0.002),
                        List.of(0.102, 0.004, 0.003, 0.002),
                        6);

        assertThat(row.undisturbedMicros()).isEqualTo(2_000);
        assertThat(Math.round(row.addedMicros(50))).isEqualTo(1_000);
        assertThat(Math.round(row.addedMicros(99))).isEqualTo(100_000);
        assertThat(row.requests()).isEqualTo(10);
    }

    @Test
    void aCaseThatThereIsNotIsNamedBesideThoseThatThereAre() {
        assertThat(run("--case=strom")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("'strom'").contains("storm");
    }
}
