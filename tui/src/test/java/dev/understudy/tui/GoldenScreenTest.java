package dev.understudy.tui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.screen.TerminalScreen;
import com.googlecode.lanterna.terminal.virtual.DefaultVirtualTerminal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The monitor's pictures, cell by cell, against stored ones. With the property {@code golden.write} the stored ones are
 * made anew, to be read before they are committed.
 */
class GoldenScreenTest {
    static final Clock NOON = Clock.fixed(Instant.parse("2026-01-01T12:00:00Z"), ZoneOffset.UTC);

    @ParameterizedTest
    @Tag("P02")
    @CsvSource({"160, 40", "120, 30", "80, 24", "60, 12", "40, 8"})
    void thePictureFitsTheTerminal(int columns, int rows) throws IOException {
        MonitorState state = new MonitorState();
        String picture = paint(columns, rows, true, state);
        compare("monitor-" + columns + "x" + rows + ".txt", picture);
    }

    @Test
    @Tag("P02")
    void theSelectedSessionIsShownInFull() throws IOException {
        MonitorState state = new MonitorState();
        state.show(FakeControl.scene().snapshot());
        state.move(1);
        state.move(1);
        compare("selected-120x30.txt", paint(120, 30, true, state));
    }

    @Test
    void theCountersHaveTheirPage() throws IOException {
        MonitorState state = new MonitorState();
        state.turnTo(MonitorState.Page.COUNTERS);
        compare("counters-80x24.txt", paint(80, 24, true, state));
    }

    @Test
    void theHelpExplainsKeysAndWords() throws IOException {
        MonitorState state = new MonitorState();
        state.turnTo(MonitorState.Page.HELP);
        compare("help-80x24.txt", paint(80, 24, true, state));
    }

    @Test
    void withoutUnicodeThePictureIsAscii() throws IOException {
        assertThat(paint(80, 24, false, new MonitorState())).matches("[ -~\\n]*");
    }

    @Test
    void aTerminalTooSmallGetsASentence() throws IOException {
        assertThat(paint(39, 8, true, new MonitorState()).replaceAll("\\s+", ""))
                .contains("needs40x8cells;hereare39x8");
        assertThat(paint(12, 3, true, new MonitorState())).startsWith("The monitor");
        assertThat(paint(1, 1, true, new MonitorState())).startsWith("T");
    }

    private static String paint(int columns, int rows, boolean unicode, MonitorState state)
            throws IOException {
        FakeControl control = FakeControl.scene();
        DefaultVirtualTerminal terminal =
                new DefaultVirtualTerminal(new TerminalSize(columns, rows));
        try (TerminalScreen screen = new TerminalScreen(terminal)) {
            screen.startScreen();
            MonitorOptions options = new MonitorOptions("lab", true, unicode, NOON);
            EventTail events = new EventTail();
            state.show(control.snapshot());
            events.read(control, NOON, control.snapshot().nanos());
            new Painter(options).paint(new Canvas(screen, options), state, events, 12.34);
            screen.refresh();
            return Pictures.of(terminal);
        }
    }

    private static void compare(String name, String picture) throws IOException {
        if (System.getProperty("golden.write") != null) {
            Path file = Path.of("src/test/resources/dev/understudy/tui", name);
            Files.writeString(file, picture);
            return;
        }
        try (InputStream stored = GoldenScreenTest.class.getResourceAsStream(name)) {
            if (stored == null) {
                fail("no stored picture " + name + "; this is the new one:\n" + picture);
            } else {
                assertThat(picture)
                        .isEqualTo(new String(stored.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
    }
}
