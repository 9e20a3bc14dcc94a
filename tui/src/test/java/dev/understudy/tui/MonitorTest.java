package dev.understudy.tui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.input.KeyStroke;
import com.googlecode.lanterna.input.KeyType;
import com.googlecode.lanterna.terminal.Terminal;
import com.googlecode.lanterna.terminal.virtual.DefaultVirtualTerminal;
import com.googlecode.lanterna.terminal.virtual.VirtualTerminalListener;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tui.widget.Palette;
import java.io.IOException;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The monitor as somebody uses it: keys in, pictures out. */
@Timeout(30)
class MonitorTest {
    private static final MonitorOptions OPTIONS =
            new MonitorOptions("test", Palette.NONE, true, false, false, ZoneOffset.UTC);

    private final FakeControl control = FakeControl.scene();
    private final DefaultVirtualTerminal terminal =
            new DefaultVirtualTerminal(new TerminalSize(120, 30));
    private final BlockingQueue<Boolean> flushes = new LinkedBlockingQueue<>();
    private Monitor monitor;
    private CompletableFuture<Void> running;
    private boolean closed;

    @BeforeEach
    void start() throws IOException {
        terminal.addVirtualTerminalListener(
                new VirtualTerminalListener() {
                    @Override
                    public void onFlush() {
                        flushes.add(true);
                    }

                    @Override
                    public void onBell() {}

                    @Override
                    public void onClose() {
                        closed = true;
                    }

                    @Override
                    public void onResized(Terminal resized, TerminalSize size) {}
                });
        monitor = new Monitor(control, terminal, OPTIONS);
        running =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                monitor.run();
                            } catch (IOException e) {
                                throw new IllegalStateException(e);
                            }
                        });
    }

    @AfterEach
    void stop() throws Exception {
        monitor.close();
        running.get(10, TimeUnit.SECONDS);
        assertThat(closed).isTrue();
    }

    @Test
    void qLeaves() throws Exception {
        type("q");
        running.get(10, TimeUnit.SECONDS);
    }

    @Test
    void controlCLeaves() throws Exception {
        terminal.addInput(new KeyStroke('c', true, false));
        running.get(10, TimeUnit.SECONDS);
    }

    @Test
    void aNewSessionAppearsAndAnEndedOneGoes() throws Exception {
        await(p -> p.contains("10.111.0.1:40112"));
        control.add(
                FakeControl.session(
                        42,
                        "10.111.0.7:50000",
                        Endpoint.parse("10.20.0.13:80"),
                        "CLOSE-WAIT",
                        5,
                        0));
        control.remove(39);
        await(p -> p.contains("10.111.0.7:50000") && !p.contains("10.111.0.1:40112"));
    }

    @Test
    void aHiddenFailureIsSaidInASentence() throws Exception {
        control.say(41, Event.Kind.HIDDEN, Endpoint.parse("10.20.0.11:80"), 0, "unreachable");
        await(p -> p.contains("#41 10.111.0.1:40110: 10.20.0.11:80 is unreachable; hidden"));
    }

    @Test
    void theNewestLiveSessionIsOnTopUntilTheOrderIsReversed() throws Exception {
        await(p -> p.contains("▼ ID") && firstRow(p).startsWith("  41 "));
        type("S");
        await(p -> p.contains("▲ ID") && firstRow(p).startsWith("  39 "));
    }

    @Test
    void sSortsByTheNextColumn() throws Exception {
        type("sss");
        await(p -> p.contains("▼CLIENT") && firstRow(p).contains("40120"));
    }

    @Test
    void theSelectionStaysWithItsSessionWhenNewerOnesCome() throws Exception {
        press(KeyType.ArrowDown);
        await(p -> firstRow(p).startsWith("> 41"));
        control.add(
                FakeControl.session(
                        42,
                        "10.111.0.7:50000",
                        Endpoint.parse("10.20.0.13:80"),
                        "ESTABLISHED",
                        5,
                        0));
        await(p -> firstRow(p).startsWith("  42 ") && p.contains("\n> 41 "));
    }

    @Test
    void aSearchSelectsTheNextMatchAndSaysIfThereIsNone() throws Exception {
        type("/40112");
        press(KeyType.Enter);
        await(p -> p.contains("\n> 39 "));
        type("/nowhere");
        await(p -> p.contains("search: nowhere"));
        press(KeyType.Enter);
        await(p -> p.contains("No session has 'nowhere' in its row."));
    }

    @Test
    void pauseHoldsThePicture() throws Exception {
        await(p -> p.contains("10.111.0.1:40112"));
        type("p");
        await(p -> p.contains("PAUSED"));
        control.remove(39);
        type("j"); // whatever is typed, the picture tells of the moment at which it was held
        await(p -> p.contains("\n>"));
        assertThat(Pictures.of(terminal)).contains("10.111.0.1:40112");
        type("p");
        await(p -> !p.contains("10.111.0.1:40112"));
    }

    @Test
    void helpCoversTheScreenAndAnyKeyEndsIt() throws Exception {
        type("?");
        await(p -> p.contains("Keys ─"));
        type("x");
        await(p -> !p.contains("Keys ─"));
    }

    @Test
    void theLayoutFollowsTheTerminal() throws Exception {
        await(p -> p.contains("DELTA"));
        terminal.setTerminalSize(new TerminalSize(80, 24));
        await(p -> p.contains("ORIGINAL") && !p.contains("DELTA"));
        terminal.setTerminalSize(new TerminalSize(20, 5));
        await(p -> p.startsWith("The monitor needs"));
        terminal.setTerminalSize(new TerminalSize(120, 30));
        await(p -> p.contains("DELTA"));
    }

    @Test
    void aBrokenControlEndsTheMonitorAndStillGivesTheTerminalBack() throws Exception {
        DefaultVirtualTerminal other = new DefaultVirtualTerminal(new TerminalSize(80, 24));
        other.putString("before");
        Control broken =
                new Control() {
                    @Override
                    public Snapshot snapshot() {
                        throw new IllegalStateException("the loop is gone");
                    }

                    @Override
                    public List<Event> events(long after, int most) {
                        return List.of();
                    }
                };
        Monitor doomed = new Monitor(broken, other, OPTIONS);
        assertThatThrownBy(doomed::run).hasMessage("the loop is gone");
        assertThat(Pictures.of(other)).startsWith("before\n");
    }

    private void type(String text) {
        text.chars().forEach(c -> terminal.addInput(new KeyStroke((char) c, false, false)));
    }

    private void press(KeyType key) {
        terminal.addInput(new KeyStroke(key));
    }

    /** Looks at the picture, and again whenever it has changed. */
    private void await(Predicate<String> expected) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!expected.test(Pictures.of(terminal)) && System.nanoTime() < end) {
            flushes.poll(100, TimeUnit.MILLISECONDS);
        }
        assertThat(Pictures.of(terminal)).matches(expected);
    }

    /** The line below the headings. */
    private static String firstRow(String picture) {
        String[] lines = picture.split("\n", -1);
        for (int i = 0; i < lines.length - 1; i++) {
            if (lines[i].contains("ORIGINAL")) {
                return lines[i + 1];
            }
        }
        return "";
    }
}
