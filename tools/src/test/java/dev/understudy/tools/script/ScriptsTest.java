package dev.understudy.tools.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.understudy.tools.script.language.Script;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Our own scripts, one for each rule of TCP, over IPv4 and IPv6; one that names a version is for that alone. */
class ScriptsTest {
    @TestFactory
    @Tag("B15")
    Stream<DynamicTest> eachScriptHolds() throws IOException {
        List<Path> scripts;
        try (Stream<Path> files = Files.list(directory())) {
            scripts = files.filter(file -> file.toString().endsWith(".pkt")).sorted().toList();
        }
        assertThat(scripts).hasSizeGreaterThan(75);
        return scripts.stream().flatMap(ScriptsTest::tests);
    }

    private static Stream<DynamicTest> tests(Path file) {
        String text = text(file);
        List<String> versions =
                Script.parse(text)
                        .option("ip_version")
                        .map(List::of)
                        .orElse(List.of("ipv4", "ipv6"));
        return versions.stream()
                .map(
                        version ->
                                dynamicTest(
                                        file.getFileName() + " " + version,
                                        () -> run(file, text, version)));
    }

    private static void run(Path file, String text, String version) {
        StringBuilder lines = new StringBuilder();
        Trace trace = new Trace(line -> lines.append(line).append('\n'));
        ScriptResult result =
                new ScriptFile(file.getFileName().toString(), text, version, true)
                        .run(Map.of(), trace);
        assertThat(result.passed()).as("%s%n%s", result, lines).isTrue();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Surefire runs in the module's directory, an IDE perhaps in the root. */
    private static Path directory() {
        Path here = Path.of("scripts").toAbsolutePath();
        return Files.isDirectory(here) ? here : Path.of("../scripts").toAbsolutePath();
    }
}
