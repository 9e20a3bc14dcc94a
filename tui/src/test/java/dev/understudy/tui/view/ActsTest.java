package dev.understudy.tui.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.input.KeyStroke;
import com.googlecode.lanterna.input.KeyType;
import com.googlecode.lanterna.screen.TerminalScreen;
import com.googlecode.lanterna.terminal.virtual.DefaultVirtualTerminal;
import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Impair;
import dev.understudy.tui.FakeControl;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Palette;
import java.io.IOException;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is done from the screen: asked before, said after, and taken back where that can be. */
class ActsTest {
    private final FakeControl control = FakeControl.scene();
    private final DefaultVirtualTerminal terminal =
            new DefaultVirtualTerminal(new TerminalSize(120, 30));

    @Test
    void aServerIsDrainedWhenSomebodyHasSaidYesAndUndrainedByU() throws IOException {
        Desk desk = desk(false);
        type(desk, "2jd");
        assertThat(control.commands()).isEmpty();
        assertThat(screen(desk)).contains("Drain B 10.20.0.11:80?");
        type(desk, "y");
        assertThat(control.commands()).containsExactly(new Command.Drain("shop", FakeControl.B));
        assertThat(screen(desk)).contains("gets no new sessions. (u: undrain B");
        type(desk, "u");
        assertThat(control.commands())
                .containsExactly(
                        new Command.Drain("shop", FakeControl.B),
                        new Command.Undrain("shop", FakeControl.B));
    }

    @Test
    void noMeansThatNothingIsDone() throws IOException {
        Desk desk = desk(false);
        type(desk, "2dn");
        assertThat(control.commands()).isEmpty();
        assertThat(screen(desk)).doesNotContain("Drain A");
    }

    @Test
    void markedSessionsAreMovedTogetherAndARefusalIsSaid() throws IOException {
        Desk desk = desk(false);
        type(desk, "jmmR");
        assertThat(screen(desk)).contains("Move the 2 marked sessions to another server?");
        type(desk, "y");
        assertThat(control.commands())
                .containsExactlyInAnyOrder(new Command.Relocate(41), new Command.Relocate(40));
        assertThat(screen(desk))
                .contains("1 of 2 done; one was refused: Session #41 has no server");
    }

    @Test
    void aSessionsPathIsMadeWorseInWordsAndMendedByU() throws IOException {
        Desk desk = desk(false);
        type(desk, "jjIloss 5% delay 20ms reset 1000Ey");
        Impair impair = new Impair(0.05, 20_000_000, 0, 0, 0, false, 1000);
        assertThat(control.commands()).containsExactly(new Command.ImpairSession(40, impair));
        type(desk, "u");
        assertThat(control.commands()).endsWith(new Command.ImpairSession(40, Impair.NONE));
    }

    @Test
    void anImpairmentThatIsNoneIsAMistakeWithAPlace() throws IOException {
        Desk desk = desk(false);
        type(desk, "jjIloss muchE");
        assertThat(screen(desk)).contains("^^^^ a share belongs here, such as 5%");
        assertThat(control.commands()).isEmpty();
    }

    @Test
    void whoOnlyWatchesDoesNothing() throws IOException {
        Desk desk = desk(true);
        type(desk, "2d");
        assertThat(screen(desk)).contains("this monitor only watches");
        type(desk, "1jRy");
        assertThat(control.commands()).isEmpty();
    }

    private Desk desk(boolean readOnly) throws IOException {
        Desk desk = new Desk(control, "lab", readOnly, ZoneOffset.UTC, Optional.empty(), () -> {});
        desk.refresh();
        screen(desk);
        return desk;
    }

    /** Types characters, with a picture after each as people see it; E is Enter. */
    private void type(Desk desk, String text) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            desk.type(c == 'E' ? new KeyStroke(KeyType.Enter) : new KeyStroke(c, false, false));
            desk.work();
            desk.refresh();
            screen(desk);
        }
    }

    private String screen(Desk desk) throws IOException {
        try (TerminalScreen screen = new TerminalScreen(terminal)) {
            screen.startScreen();
            desk.paint(new Canvas(screen, Palette.NONE, true));
            screen.refresh();
            StringBuilder picture = new StringBuilder();
            for (int y = 0; y < 30; y++) {
                for (int x = 0; x < 120; x++) {
                    picture.append(terminal.getCharacter(x, y).getCharacterString());
                }
                picture.append('\n');
            }
            return picture.toString();
        }
    }
}
