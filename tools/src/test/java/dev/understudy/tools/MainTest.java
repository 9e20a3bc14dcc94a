package dev.understudy.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ConfigTemplate;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MainTest {
    @TempDir private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        CommandLine commands = Main.commandLine();
        commands.setOut(new PrintWriter(out));
        commands.setErr(new PrintWriter(err));
        return commands.execute(args);
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("shop.yaml"), yaml);
    }

    @Test
    void helpLeadsWithExamples() {
        assertThat(run("--help")).isEqualTo(ExitCode.OK);
        assertThat(out.toString().indexOf("understudy config template >"))
                .isPositive()
                .isLessThan(out.toString().indexOf("Usage:"));
    }

    @Test
    void versionGoesToStdout() {
        assertThat(run("--version")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).startsWith("understudy ").contains("Java ");
    }

    @Test
    void noCommandIsWrongUsage() {
        assertThat(run()).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("Usage: understudy");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aMisspeltCommandIsNamedWithTheNearestOne() {
        assertThat(run("conifg")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .contains("conifg")
                .contains("understudy config")
                .doesNotContain("\tat ");
    }

    @Test
    @Tag("P48")
    void checkAcceptsTheTemplate() throws IOException {
        assertThat(run("config", "check", file(ConfigTemplate.text()).toString()))
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString()).endsWith("shop.yaml: ok" + System.lineSeparator());
        assertThat(err.toString()).isEmpty();
    }

    @Test
    @Tag("P48")
    void checkSaysAllThatIsWrongOnStderr() throws IOException {
        String wrong =
                ConfigTemplate.text().replace("tap:us0", "tup:us0").replace("auto\n", "atuo\n");
        assertThat(run("config", "check", file(wrong).toString())).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString().lines())
                .hasSize(2)
                .allMatch(line -> line.matches(".*shop\\.yaml:\\d+:\\d+: .*[.)]"));
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void checkHasJsonForPrograms() throws IOException {
        assertThat(run("config", "check", "--json", file("a: \"\n").toString()))
                .isEqualTo(ExitCode.USAGE);
        assertThat(out.toString())
                .startsWith("{\"file\":\"")
                .contains("\"line\":")
                .contains("\"message\":\"");
    }

    @Test
    void templateIsPrintedWhole() {
        assertThat(run("config", "template")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).isEqualTo(ConfigTemplate.text());
    }
}
