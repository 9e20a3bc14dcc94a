package dev.understudy.tui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.input.KeyStroke;
import com.googlecode.lanterna.input.KeyType;
import com.googlecode.lanterna.screen.TerminalScreen;
import com.googlecode.lanterna.terminal.virtual.DefaultVirtualTerminal;
import dev.understudy.tui.view.Desk;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Palette;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The monitor's pictures, cell by cell, against stored ones: each view at each size, as somebody comes to it by keys. With
 * the property {@code golden.write} the stored ones are made anew, to be read before they are committed.
 */
class GoldenScreenTest {
    private static final String SIZES = "160x40 120x30 80x24 60x16 40x8";

    /** Pictures in which throughput is measured before the one that is looked at. */
    private static final int MEASURED = 40;

    private boolean unicode = true;

    @ParameterizedTest
    @Tag("P02")
    @CsvSource({
        "sessions,  ''",
        "selected,  Down Down",
        "servers,   2",
        "services,  3",
        "events,    4",
        "counters,  5",
        "help,      ?",
        "columns,   o",
        "filter,    f s t a t e = r e l a y",
        "mistake,   f r t t > b l u e",
        "confirm,   Down Down R",
        "drain,     2 Down d"
    })
    void everyViewFitsEverySize(String name, String keys) throws IOException {
        for (String size : SIZES.split(" ", -1)) {
            compare(name + "-" + size, paint(FakeControl.scene(), size, keys));
        }
    }

    @ParameterizedTest
    @CsvSource({"fig5", "fig6", "fig6-reset", "fig7", "fig8", "staggered"})
    void aLadderShowsTheFigureOfThePatent(String figure) throws IOException {
        for (String size : SIZES.split(" ", -1)) {
            compare("ladder-" + figure + "-" + size, paint(figure(figure), size, "4 e Enter"));
        }
    }

    @Test
    void aPacketIsShownAsItCameAndAsItLeft() throws IOException {
        for (String size : SIZES.split(" ", -1)) {
            // The answer of the server that took over: sequence numbers are rewritten too.
            String keys = "4 e Enter / 2 0 0 Enter Enter d d d";
            compare("packet-" + size, paint(figure("fig6"), size, keys));
        }
    }

    @Test
    void withoutUnicodeEveryPictureIsAscii() throws IOException {
        unicode = false;
        for (String keys : new String[] {"", "2", "3", "4", "5", "?", "o"}) {
            assertThat(paint(FakeControl.scene(), "120x30", keys)).matches("[ -~\\n]*");
        }
        String ladder = paint(figure("fig5"), "120x30", "4 e Enter");
        assertThat(ladder).matches("[ -~\\n]*");
        compare("ladder-fig5-ascii-120x30", ladder);
    }

    @Test
    void aTerminalTooSmallGetsASentence() throws IOException {
        assertThat(paint(FakeControl.scene(), "39x8", "").replaceAll("\\s+", ""))
                .contains("needs40x8cells;hereare39x8");
        assertThat(paint(FakeControl.scene(), "12x3", "")).startsWith("The monitor");
        assertThat(paint(FakeControl.scene(), "1x1", "")).startsWith("T");
    }

    @Test
    void noKeyAndNoSizeBreaksAView() throws IOException {
        String keys =
                "Down f s t a t e = o p e n i n g Enter Esc Esc o Down Space Esc Enter Down Enter"
                        + " Down Esc Esc";
        for (int columns = 1; columns < 130; columns += 24) {
            for (int rows = 1; rows < 40; rows += 9) {
                String size = columns + "x" + rows;
                for (String view : new String[] {"1", "2", "3", "4", "5"}) {
                    assertThat(paint(PatentFigures.fig8(), size, view + " " + keys)).isNotNull();
                }
                assertThat(paint(PatentFigures.fig8(), size, "4 e Enter Up Up Enter")).isNotNull();
            }
        }
    }

    static FakeControl figure(String name) {
        return switch (name) {
            case "fig5" -> PatentFigures.fig5();
            case "fig6" -> PatentFigures.fig6();
            case "fig6-reset" -> PatentFigures.fig6Reset();
            case "fig7" -> PatentFigures.fig7();
            case "fig8" -> PatentFigures.fig8();
            default -> PatentFigures.staggered();
        };
    }

    /** What is on the screen after some keys; the picture is drawn after each, as it is for people. */
    private String paint(FakeControl control, String size, String keys) throws IOException {
        int x = size.indexOf('x');
        int columns = Integer.parseInt(size.substring(0, x));
        int rows = Integer.parseInt(size.substring(x + 1));
        DefaultVirtualTerminal terminal =
                new DefaultVirtualTerminal(new TerminalSize(columns, rows));
        try (TerminalScreen screen = new TerminalScreen(terminal)) {
            screen.startScreen();
            Desk desk = new Desk(control, "lab", false, ZoneOffset.UTC, Optional.empty(), () -> {});
            for (int i = 0; i < MEASURED; i++) {
                control.pass(100_000_000);
                control.carry(40_000L * (20 + (i * 7) % 13));
                desk.refresh();
            }
            desk.paint(new Canvas(screen, Palette.SIXTEEN, unicode));
            for (String key : keys.split(" ", -1)) {
                if (!key.isEmpty()) {
                    desk.type(stroke(key));
                    desk.work();
                    desk.paint(new Canvas(screen, Palette.SIXTEEN, unicode));
                }
            }
            screen.refresh();
            return Pictures.of(terminal);
        }
    }

    private static KeyStroke stroke(String name) {
        return switch (name) {
            case "Down" -> new KeyStroke(KeyType.ArrowDown);
            case "Up" -> new KeyStroke(KeyType.ArrowUp);
            case "Enter" -> new KeyStroke(KeyType.Enter);
            case "Esc" -> new KeyStroke(KeyType.Escape);
            case "Space" -> new KeyStroke(' ', false, false);
            default -> new KeyStroke(name.charAt(0), false, false);
        };
    }

    static void compare(String name, String picture) throws IOException {
        String file = name + ".txt";
        if (System.getProperty("golden.write") != null) {
            Files.writeString(Path.of("src/test/resources/dev/understudy/tui", file), picture);
            return;
        }
        try (InputStream stored = GoldenScreenTest.class.getResourceAsStream(file)) {
            if (stored == null) {
                fail("no stored picture " + file + "; this is the new one:\n" + picture);
            } else {
                assertThat(picture)
                        .as(file)
                        .isEqualTo(new String(stored.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
    }
}
