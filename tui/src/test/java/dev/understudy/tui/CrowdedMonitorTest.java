package dev.understudy.tui;

import static org.assertj.core.api.Assertions.assertThat;

import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.input.KeyStroke;
import com.googlecode.lanterna.input.KeyType;
import com.googlecode.lanterna.screen.Screen;
import com.googlecode.lanterna.screen.TerminalScreen;
import com.googlecode.lanterna.terminal.virtual.DefaultVirtualTerminal;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.tui.view.Desk;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Palette;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * 100,000 sessions are drawn, sorted, filtered and walked through. It prints what a picture and a key cost of this thread's own
 * time on a processor; the goals are 10 ms a picture, a tenth of a core at ten a second, and 50 ms a key.
 */
class CrowdedMonitorTest {
    private static final int SESSIONS = 100_000;
    private static final int WARM = 60;
    private static final int MEASURED = 100;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Crowd crowd = new Crowd();
    private final Desk desk =
            new Desk(crowd, "crowd", true, ZoneOffset.UTC, Optional.empty(), () -> {});
    private final DefaultVirtualTerminal terminal =
            new DefaultVirtualTerminal(new TerminalSize(120, 30));

    @Test
    void aHundredThousandSessionsAreWatched() throws IOException {
        try (TerminalScreen screen = new TerminalScreen(terminal)) {
            screen.startScreen();
            for (String way : List.of("", "s", "fnot server=10.0.0.5 and hidden=0E", "DDD")) {
                type(way, screen);
                for (int i = 0; i < WARM; i++) {
                    picture(screen);
                }
                double millis = 0;
                for (int i = 0; i < MEASURED; i++) {
                    millis += picture(screen);
                }
                double each = millis / MEASURED;
                System.out.printf(
                        "%,d sessions, after '%s': %.1f ms of a core a picture%n",
                        SESSIONS, way, each);
            }
            for (KeyStroke key :
                    List.of(
                            new KeyStroke(KeyType.ArrowDown),
                            new KeyStroke(KeyType.End),
                            new KeyStroke(KeyType.PageUp),
                            new KeyStroke('s', false, false),
                            new KeyStroke('S', false, false))) {
                double worst = 0;
                for (int i = 0; i < 20; i++) {
                    long begin = THREADS.getCurrentThreadCpuTime();
                    desk.type(key);
                    draw(screen);
                    worst = Math.max(worst, (THREADS.getCurrentThreadCpuTime() - begin) / 1e6);
                }
                System.out.printf("%,d sessions, key %s: at most %.1f ms%n", SESSIONS, key, worst);
            }
            assertThat(text(screen)).contains("10.0.0.");
        }
    }

    private static String text(TerminalScreen screen) {
        StringBuilder text = new StringBuilder();
        for (int y = 0; y < screen.getTerminalSize().getRows(); y++) {
            for (int x = 0; x < screen.getTerminalSize().getColumns(); x++) {
                text.append(screen.getFrontCharacter(x, y).getCharacterString());
            }
            text.append('\n');
        }
        return text.toString();
    }

    private double picture(TerminalScreen screen) throws IOException {
        crowd.tick();
        long begin = THREADS.getCurrentThreadCpuTime();
        desk.refresh();
        desk.work();
        draw(screen);
        return (THREADS.getCurrentThreadCpuTime() - begin) / 1e6;
    }

    private void draw(TerminalScreen screen) throws IOException {
        Canvas canvas = new Canvas(screen, Palette.SIXTEEN, true);
        desk.paint(canvas);
        if (canvas.changed()) {
            screen.refresh(Screen.RefreshType.DELTA);
        }
    }

    /** Types characters; E is Enter, D is an arrow down. */
    private void type(String text, TerminalScreen screen) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            KeyStroke key = new KeyStroke(c, false, false);
            desk.type(
                    c == 'E'
                            ? new KeyStroke(KeyType.Enter)
                            : c == 'D' ? new KeyStroke(KeyType.ArrowDown) : key);
            draw(screen);
        }
    }

    /** A large table of which a part changes between two pictures. */
    private static final class Crowd implements Control {
        private final List<SessionView> sessions = new ArrayList<>();
        private Snapshot snapshot = Snapshot.EMPTY;
        private int tick;

        Crowd() {
            for (int i = 0; i < SESSIONS; i++) {
                String client = "10." + (i >> 16) + "." + (i >> 8 & 0xFF) + "." + (i & 0xFF);
                sessions.add(
                        FakeControl.session(
                                i + 1,
                                client + ":40000",
                                i % 3 == 0 ? FakeControl.B : FakeControl.C,
                                "ESTABLISHED",
                                i,
                                i % 7 == 0 ? 1 : 0));
            }
            tick();
        }

        void tick() {
            tick++;
            snapshot =
                    new Snapshot(
                            (1000 + tick / 10) * FakeControl.SECOND + tick * 100_000_000L,
                            FakeControl.NOON,
                            List.copyOf(sessions),
                            List.of(),
                            List.of(),
                            List.of(),
                            List.of(),
                            java.util.Map.of());
        }

        @Override
        public Snapshot snapshot() {
            return snapshot;
        }

        @Override
        public List<Event> events(long after, int most) {
            return List.of();
        }

        @Override
        public List<SessionView> sessions(List<Long> ids) {
            return ids.stream().map(id -> sessions.get((int) (id - 1))).toList();
        }
    }
}
