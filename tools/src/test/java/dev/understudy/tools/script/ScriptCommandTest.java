package dev.understudy.tools.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.tools.ExitCode;
import dev.understudy.tools.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the command prints, and with which code it exits. */
@Tag("B15")
class ScriptCommandTest {
    private static final String REFUSED =
            """
            0 < S 0:0(0) win 1000
            +0 > R. 0:0(0)! ack 1
            """;
    private static final String WRONG =
            """
            0 < S 0:0(0) win 1000

            +0 > S. 0:0(0) ack 1 <...>
            """;
    private static final String FAST_OPEN = "0 < S 0:0(0) win 1000 <mss 1000,FO,nop,nop>\n";

    @TempDir private Path directory;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private Path script(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private int run(Object... arguments) {
        List<String> words = new ArrayList<>(List.of("script"));
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(out));
        command.setErr(new PrintWriter(err));
        return command.execute(words.toArray(String[]::new));
    }

    private List<String> lines() {
        return out.toString().lines().toList();
    }

    private String lastLine() {
        return lines().get(lines().size() - 1);
    }

    @Test
    void scriptsThatHoldAreOk() throws IOException {
        Path file = script("a.pkt", REFUSED);
        assertThat(run(file)).isEqualTo(ExitCode.OK);
        assertThat(lines()).containsExactly(file + ": ok", "1 passed, 0 failed, 0 skipped");
    }

    @Test
    void aFailureSaysWhereWhatAndWhatInstead() throws IOException {
        Path file = script("a.pkt", WRONG);
        assertThat(run(file)).isEqualTo(ExitCode.CHECK);
        assertThat(lines())
                .containsExactly(
                        file + ":3: failed",
                        "    expected: > S. 0:0(0) ack 1 <...>",
                        "    seen:     > R. 0:0(0) ack 1 win 0 (other flags)",
                        "0 passed, 1 failed, 0 skipped");
    }

    @Test
    void whatIsNotSupportedIsSkippedAndNamed() throws IOException {
        Path file = script("a.pkt", FAST_OPEN);
        assertThat(run(file)).isEqualTo(ExitCode.OK);
        assertThat(lines())
                .containsExactly(
                        file + ":1: unsupported: TCP Fast Open", "0 passed, 0 failed, 1 skipped");
    }

    @Test
    void aFileThatIsNoScriptExitsWithItsPlaceAndTheOthersRun() throws IOException {
        Path bad = script("a.pkt", "0 close(3) = 0\n0 < S 0:1(0) win 1000\n");
        Path good = script("b.pkt", REFUSED);
        assertThat(run(bad, good)).isEqualTo(ExitCode.USAGE);
        assertThat(lines())
                .containsExactly(
                        bad + ":2:7: 0 + 0 bytes is 0, not 1",
                        good + ": ok",
                        "1 passed, 1 failed, 0 skipped");
    }

    @Test
    void aFileThatIsNotThereIsAUsageError() {
        assertThat(run(directory.resolve("none.pkt"))).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("none.pkt cannot be read");
    }

    @Test
    void aDirectoryStandsForItsScripts() throws IOException {
        script("a.pkt", REFUSED);
        script("b.pkt", WRONG);
        script("c.pkt", FAST_OPEN);
        script("notes.txt", "not a script");
        assertThat(run(directory)).isEqualTo(ExitCode.CHECK);
        assertThat(lastLine()).isEqualTo("1 passed, 1 failed, 1 skipped");
    }

    @Test
    void jsonIsAnObjectForEachAndOneThatCounts() throws IOException {
        script("a.pkt", REFUSED);
        script("b.pkt", WRONG);
        assertThat(run("--json", directory)).isEqualTo(ExitCode.CHECK);
        assertThat(lines().get(0)).endsWith("a.pkt\",\"result\":\"ok\"}");
        assertThat(lines().get(1))
                .contains("\"result\":\"failed\",\"line\":3,\"expected\":\"> S. 0:0(0)");
        assertThat(lastLine()).isEqualTo("{\"passed\":1,\"failed\":1,\"skipped\":0}");
    }

    @Test
    void traceShowsWhatHappens() throws IOException {
        Path file = script("a.pkt", REFUSED);
        assertThat(run("--trace", file)).isEqualTo(ExitCode.OK);
        assertThat(lines())
                .contains("0.000000 < S 0:0(0) win 1000", "0.000000 > R. 0:0(0) ack 1 win 0");
    }

    @Test
    void namesAndTheIpVersionMayBeGiven() throws IOException {
        Path file =
                script(
                        "a.pkt",
                        """
                        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
                        +0 bind(3, ..., ...) = 0
                        +0 listen(3, 1) = 0
                        +0 < S 0:0(0) win 1000 <mss 500>
                        +0 > S. 0:0(0) ack 1 <mss MSS>
                        """);
        assertThat(run("-D", "MSS=1440", "--ip-version=ipv6", file)).isEqualTo(ExitCode.OK);
        assertThat(run("-D", "MSS=1440", "--ip-version=ipv4", file)).isEqualTo(ExitCode.CHECK);
        assertThat(run("--ip-version=ipv5", file)).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void onlyStrictMindsWhatIsLeftOver() throws IOException {
        Path file = script("a.pkt", "0 < S 0:0(0) win 1000\n");
        assertThat(run(file)).isEqualTo(ExitCode.OK);
        assertThat(run("--strict", file)).isEqualTo(ExitCode.CHECK);
        assertThat(out.toString()).contains("expected: nothing more");
    }

    @Test
    void aCallThatBlocksReturnsWhenTheScriptSays() throws IOException {
        String opening =
                """
                0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
                +0 bind(3, ..., ...) = 0
                +0 listen(3, 1) = 0
                +0...%s accept(3, ..., ...) = 4
                +.1 < S 0:0(0) win 1000 <mss 500>
                +0 > S. 0:0(0) ack 1 <...>
                +.1 < . 1:1(0) ack 1 win 1000
                """;
        assertThat(run(script("a.pkt", opening.formatted("0.2")))).isEqualTo(ExitCode.OK);
        assertThat(run(script("b.pkt", opening.formatted("0.3")))).isEqualTo(ExitCode.CHECK);
        assertThat(out.toString()).contains("its return at 0.200000");
    }

    @Test
    void assertionsAreEvaluated() throws IOException {
        String opening =
                """
                0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
                +0 bind(3, ..., ...) = 0
                +0 listen(3, 1) = 0
                +0 < S 0:0(0) win 1000 <mss 500>
                +0 > S. 0:0(0) ack 1 <...>
                +.1 < . 1:1(0) ack 1 win 1000
                +0 accept(3, ..., ...) = 4
                +0 %%{ %s }%%
                """;
        assertThat(
                        run(
                                script(
                                        "a.pkt",
                                        opening.formatted(
                                                "assert tcpi_snd_mss == 500, tcpi_snd_mss"))))
                .isEqualTo(ExitCode.OK);
        assertThat(run(script("b.pkt", opening.formatted("assert 1 < tcpi_snd_cwnd < 2 + 3 * 2"))))
                .isEqualTo(ExitCode.CHECK);
        assertThat(out.toString()).contains("tcpi_snd_cwnd is 10");
        assertThat(run(script("c.pkt", opening.formatted("import os")))).isEqualTo(ExitCode.OK);
        assertThat(lastLine()).isEqualTo("0 passed, 0 failed, 1 skipped");
    }
}
