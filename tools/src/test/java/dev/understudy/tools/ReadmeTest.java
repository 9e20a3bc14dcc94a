package dev.understudy.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ConfigLoader;
import dev.understudy.dispatcher.config.HostResolver;
import dev.understudy.dispatcher.config.LoadResult;
import dev.understudy.tools.lab.scenario.Scenarios;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What README.md claims is so. Its table of capabilities is made from the tags of the tests; when it is stale, the failure
 * shows the right one, and {@code -Dtest.jvm.args=-Dreadme.write=true} writes it.
 */
class ReadmeTest {
    private static final List<String> MODULES = List.of("stack", "dispatcher", "tui", "tools");
    private static final String BEGIN = "<!-- capabilities: made by ReadmeTest -->\n";
    private static final String END = "<!-- end of capabilities -->\n";

    private final Path root = root();

    @Test
    void theCapabilityTableIsWhatTheTestsAreTaggedWith() throws IOException {
        Path file = root.resolve("README.md");
        String readme = Files.readString(file);
        assertThat(readme).contains(BEGIN, END);
        String before = readme.substring(0, readme.indexOf(BEGIN) + BEGIN.length());
        String after = readme.substring(readme.indexOf(END));
        String right = before + table() + after;
        if (System.getProperty("readme.write") != null) {
            Files.writeString(file, right);
        } else {
            assertThat(readme)
                    .as("README.md, whose table of capabilities is made from the tests' tags")
                    .isEqualTo(right);
        }
    }

    @Test
    void theExampleConfigurationIsRight() throws IOException {
        String readme = Files.readString(root.resolve("README.md"));
        int begin = readme.indexOf("```yaml\n") + "```yaml\n".length();
        String example = readme.substring(begin, readme.indexOf("```", begin));
        LoadResult result =
                new ConfigLoader(HostResolver.system())
                        .parse("README.md", example.getBytes(StandardCharsets.UTF_8));
        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
    }

    @Test
    void everyCommandThatItShowsExists() throws IOException {
        String readme = Files.readString(root.resolve("README.md"));
        List<String> shown = new ArrayList<>();
        for (String line : readme.split("\n", -1)) {
            String[] words = line.strip().split(" ", -1);
            int name = words[0].equals("sudo") ? 1 : 0;
            if (words.length > name + 1
                    && words[name].matches("(\\./)?understudy")
                    && words[name + 1].matches("[a-z]+")) {
                shown.add(words[name + 1]);
            }
        }
        assertThat(Main.commandLine().getSubcommands().keySet()).containsAll(shown);
        assertThat(shown).isNotEmpty();
    }

    @Test
    void everySceneOfTheLabIsNamed() throws IOException {
        String readme = Files.readString(root.resolve("README.md"));
        assertThat(Scenarios.all())
                .extracting(scenario -> "`" + scenario.name() + "`")
                .allMatch(readme::contains);
    }

    private String table() throws IOException {
        CapabilityTags tags = CapabilityTags.of(root, MODULES);
        StringBuilder table = new StringBuilder("| row | what is so | shown on |\n|---|---|---|\n");
        List<String> missing = new ArrayList<>();
        rows().forEach(
                        (row, what) -> {
                            if (tags.has(row)) {
                                String on = tags.onKernel(row) ? "kernel" : "in memory";
                                table.append("| %s | %s | %s |\n".formatted(row, what, on));
                            } else {
                                missing.add(row);
                            }
                        });
        return table.append("\nRows that no test holds yet: ")
                .append(String.join(" ", missing))
                .append(".\n")
                .toString();
    }

    private static Map<String, String> rows() throws IOException {
        Map<String, String> rows = new LinkedHashMap<>();
        try (InputStream in = ReadmeTest.class.getResourceAsStream("capabilities.txt")) {
            assertThat(in).isNotNull();
            for (String line :
                    new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
                if (!line.isBlank()) {
                    rows.put(line.substring(0, 3), line.substring(4));
                }
            }
        }
        return rows;
    }

    /** Surefire runs in the module's directory, an IDE perhaps in the root. */
    private static Path root() {
        Path here = Path.of("").toAbsolutePath();
        return Files.exists(here.resolve("README.md")) ? here : here.getParent();
    }
}
