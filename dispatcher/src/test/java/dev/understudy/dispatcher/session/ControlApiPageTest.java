package dev.understudy.dispatcher.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs every example of docs/control-api.md against a live API, in the order of the page, and compares what it says with what
 * the page shows: the same names and kinds of value, and the same sentences.
 */
class ControlApiPageTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private record Example(String command, String answer) {}

    @Test
    void everyExampleOfThePageIsTrue(@TempDir Path folder) throws Exception {
        List<Example> examples = examples(Path.of("../docs/control-api.md"));
        assertThat(examples).hasSizeGreaterThan(15);
        try (LiveApi api = new LiveApi(Stage.of(Strategy.IN_ORDER), folder, Optional.empty())) {
            api.on(() -> api.stage.establish(5000));
            while (api.control.snapshot().sessions().isEmpty()) {
                Thread.onSpinWait();
            }
            for (Example example : examples) {
                JsonNode said = JSON.readTree(run(example.command, api.socket));
                JsonNode shown = JSON.readTree(example.answer);
                compare(example.command, shown, said);
            }
        }
    }

    /** Commands after {@code $} in console blocks, and the line that follows each. */
    private static List<Example> examples(Path page) throws IOException {
        List<Example> examples = new ArrayList<>();
        boolean console = false;
        String command = null;
        for (String line : Files.readAllLines(page)) {
            if (line.startsWith("```")) {
                console = line.equals("```console");
            } else if (console && line.startsWith("$ ")) {
                command = line.substring(2);
            } else if (console && command != null) {
                examples.add(new Example(command, line));
                command = null;
            }
        }
        return examples;
    }

    private static String run(String command, Path socket) throws Exception {
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", command);
        shell.environment().put("SOCKET", socket.toString());
        Process process = shell.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(command + " said " + said).isZero();
        return said;
    }

    /** What stands for more in the page may be shorter there: lists show one element, and {"id":1} a whole session. */
    private static void compare(String where, JsonNode shown, JsonNode said) {
        assertThat(said.getNodeType()).as(where + " of " + said).isEqualTo(shown.getNodeType());
        if (shown.isObject()) {
            boolean shortened = shown.size() == 1 && shown.has("id");
            List<String> names = new ArrayList<>();
            said.fieldNames().forEachRemaining(names::add);
            List<String> wanted = new ArrayList<>();
            shown.fieldNames().forEachRemaining(wanted::add);
            if (shortened || shown.isEmpty()) {
                assertThat(names).as(where).containsAll(wanted);
            } else {
                assertThat(names).as(where).isEqualTo(wanted);
            }
            for (String name : wanted) {
                compare(where + " ." + name, shown.path(name), said.path(name));
            }
        } else if (shown.isArray() && !shown.isEmpty()) {
            assertThat(said).as(where).isNotEmpty();
            compare(where + "[0]", shown.get(0), said.get(0));
        } else if (where.endsWith(".sentence") || where.endsWith(".error")) {
            assertThat(said.asText()).as(where).isEqualTo(shown.asText());
        }
    }
}
