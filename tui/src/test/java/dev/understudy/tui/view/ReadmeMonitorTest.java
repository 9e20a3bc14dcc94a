package dev.understudy.tui.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.input.KeyStroke;
import com.googlecode.lanterna.input.KeyType;
import com.googlecode.lanterna.screen.TerminalScreen;
import com.googlecode.lanterna.terminal.virtual.DefaultVirtualTerminal;
import dev.understudy.tui.FakeControl;
import dev.understudy.tui.PatentFigures;
import dev.understudy.tui.filter.Field;
import dev.understudy.tui.filter.Filter;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Palette;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What README.md says of the monitor is so: its pictures are the stored ones, its tables are made of the keys and the fields
 * themselves. {@code -Dtest.jvm.args=-Dreadme.write=true} writes them.
 */
class ReadmeMonitorTest {
    private static final Path README = Path.of("..", "README.md");
    private static final Path PICTURES = Path.of("src/test/resources/dev/understudy/tui");
    private static final Pattern PART =
            Pattern.compile("<!-- monitor: ([a-z0-9-]+) -->\n(.*?)<!-- end -->\n", Pattern.DOTALL);

    @Test
    void everyPictureAndTableIsRight() throws IOException {
        String readme = Files.readString(README);
        StringBuilder right = new StringBuilder();
        List<String> parts = new ArrayList<>();
        Matcher matcher = PART.matcher(readme);
        while (matcher.find()) {
            String name = matcher.group(1);
            parts.add(name);
            String part = "<!-- monitor: " + name + " -->\n" + part(name) + "<!-- end -->\n";
            matcher.appendReplacement(right, Matcher.quoteReplacement(part));
        }
        matcher.appendTail(right);
        assertThat(parts).contains("keys", "fields", "sessions-120x30", "ladder-staggered-120x30");
        if (System.getProperty("readme.write") != null) {
            Files.writeString(README, right.toString());
        } else {
            assertThat(readme).isEqualTo(right.toString());
        }
    }

    private static String part(String name) throws IOException {
        return switch (name) {
            case "keys" -> keys();
            case "fields" -> fields();
            default ->
                    "```text\n" + trim(Files.readString(PICTURES.resolve(name + ".txt"))) + "```\n";
        };
    }

    /** Blank lines in the middle of a table say nothing on paper. */
    private static String trim(String picture) {
        return picture.replaceAll("\n{3,}", "\n\n");
    }

    private static String keys() throws IOException {
        StringBuilder table = new StringBuilder("| where | key | what it does |\n|---|---|---|\n");
        Desk desk = desk();
        section(table, "everywhere", desk.keys());
        for (String tab : List.of("1", "2", "3", "4", "5")) {
            type(desk, tab);
            section(
                    table,
                    desk.view().name().toLowerCase(java.util.Locale.ROOT),
                    desk.view().keys());
        }
        type(desk, "4eE"); // all events; the ladder of the first one's session
        section(table, "ladder", desk.view().keys());
        type(desk, "/200EE");
        assertThat(desk.view()).isInstanceOf(PacketView.class);
        section(table, "packet", desk.view().keys());
        return table.toString();
    }

    private static void section(StringBuilder table, String where, List<Key> keys) {
        for (Key key : keys) {
            String names = "`" + String.join("` `", key.strokes()) + "`";
            table.append("| %s | %s | %s |\n".formatted(where, names, key.fully()));
        }
    }

    private static String fields() {
        StringBuilder table = new StringBuilder("| field | what it is | takes |\n|---|---|---|\n");
        for (Field<?> field : SessionFields.schema(() -> 0, id -> false).fields()) {
            table.append(
                    "| `%s` | %s | %s |\n".formatted(field.name(), field.what(), field.takes()));
        }
        return table.toString();
    }

    @Test
    void itsFiltersAreUnderstood() throws IOException {
        Matcher matcher =
                Pattern.compile("(?m)^    filter: (.*)$").matcher(Files.readString(README));
        int filters = 0;
        while (matcher.find()) {
            filters++;
            String text = matcher.group(1).replaceAll("\\s{3,}.*", "");
            assertThat(Filter.parse(text, SessionFields.schema(() -> 0, id -> false)).mistake())
                    .as(text)
                    .isEmpty();
        }
        assertThat(filters).isGreaterThan(2);
    }

    @Test
    void noKeyMeansTwoThingsInOneView() throws IOException {
        Desk desk = desk();
        for (String tab : List.of("1", "2", "3", "4", "5", "4eE", "/200EE")) {
            type(desk, tab);
            List<String> strokes =
                    desk.view().keys().stream().flatMap(key -> key.strokes().stream()).toList();
            assertThat(strokes).as(desk.view().name()).doesNotHaveDuplicates();
        }
        assertThat(desk.keys().stream().flatMap(key -> key.strokes().stream()))
                .doesNotHaveDuplicates();
    }

    private static Desk desk() {
        FakeControl control = PatentFigures.fig6();
        Desk desk = new Desk(control, "lab", false, ZoneOffset.UTC, Optional.empty(), () -> {});
        desk.refresh();
        return desk;
    }

    /** Types characters; E is Enter. The picture is drawn after each, as it is for people. */
    private static void type(Desk desk, String text) throws IOException {
        DefaultVirtualTerminal terminal = new DefaultVirtualTerminal(new TerminalSize(120, 30));
        try (TerminalScreen screen = new TerminalScreen(terminal)) {
            screen.startScreen();
            Canvas canvas = new Canvas(screen, Palette.SIXTEEN, true);
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                desk.type(c == 'E' ? new KeyStroke(KeyType.Enter) : new KeyStroke(c, false, false));
                desk.work();
                desk.paint(canvas);
            }
        }
    }
}
