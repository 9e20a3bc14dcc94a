package dev.understudy.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.understudy.tools.ExitCode;
import dev.understudy.tools.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code understudy bench monitor}, small and short: what it measures at that size says nothing, but that it does. */
final class MonitorBenchCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... options) {
        CommandLine commands = Main.commandLine();
        commands.setOut(new PrintWriter(out));
        commands.setErr(new PrintWriter(err));
        List<String> line = new ArrayList<>(List.of("bench", "monitor"));
        line.addAll(List.of(options));
        return commands.execute(line.toArray(String[]::new));
    }

    @Test
    void everyFigureStandsBesideItsGoal() {
        int code = run("--sessions=300", "--packets=2000", "--slices=1", "--seconds=1");

        assertThat(code).as(() -> out + "\n" + err).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .startsWith("300 sessions, 2,000 packets/s; monitor:")
                .containsPattern("lost on the way .* < 2 %")
                .containsPattern("lost to the monitor .* < 2 %")
                .containsPattern("monitor's thread, at ten pictures .* < 10 % of a core")
                .containsPattern("from a key to its screen, longest .* < 50 ms");
    }

    @Test
    void oneObjectHoldsAllOfThem() throws IOException {
        int code = run("--sessions=300", "--packets=2000", "--slices=1", "--seconds=1", "--json");

        assertThat(code).as(() -> out + "\n" + err).isEqualTo(ExitCode.OK);
        JsonNode figures = new ObjectMapper().readTree(out.toString());
        assertThat(figures.get("sessions").asInt()).isEqualTo(300);
        assertThat(figures.get("forwardedPerLoopSecondClosed").asDouble()).isPositive();
        assertThat(figures.get("forwardedPerLoopSecond").asDouble()).isPositive();
        assertThat(figures.get("picturesPerSecond").asDouble()).isPositive();
        assertThat(figures.get("keyWorstMillis").asDouble())
                .isGreaterThanOrEqualTo(figures.get("keyMedianMillis").asDouble());
        assertThat(figures.has("goalsMissed")).isTrue();
    }

    @Test
    void aSizeThatNobodyCanMeasureIsRefused() {
        assertThat(run("--sessions=0")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--sessions takes 1..120000, not 0");
    }
}
