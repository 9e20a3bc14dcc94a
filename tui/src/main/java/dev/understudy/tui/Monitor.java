package dev.understudy.tui;

import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.input.KeyStroke;
import com.googlecode.lanterna.input.KeyType;
import com.googlecode.lanterna.screen.Screen;
import com.googlecode.lanterna.screen.TerminalScreen;
import com.googlecode.lanterna.terminal.Terminal;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Snapshot;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/**
 * Shows live sessions on a terminal until somebody leaves. Everything happens on the thread that calls {@link #run}: keys
 * are looked for 40 times a second, and the picture is renewed at most ten times a second, less often when making it takes
 * long, so that the monitor never has more than about a tenth of one core. Only cells that differ are sent.
 */
public final class Monitor implements AutoCloseable {
    private static final long KEY_INTERVAL = 25_000_000L;
    private static final long PICTURE_INTERVAL = 100_000_000L;
    private static final int RESTS_PER_WORK = 10;

    private final Control control;
    private final Terminal terminal;
    private final TerminalScreen screen;
    private final MonitorOptions options;
    private final MonitorState state = new MonitorState();
    private final EventTail events = new EventTail();
    private final RateMeter opened = new RateMeter();
    private final Painter painter;
    private volatile boolean leaving;
    private int tableRows = 1;

    /**
     * A monitor on a terminal, which it takes over when it runs and closes when it ends.
     *
     * @throws IOException if the terminal does not answer
     */
    public Monitor(Control control, Terminal terminal, MonitorOptions options) throws IOException {
        this.control = control;
        this.terminal = terminal;
        this.options = options;
        this.screen = new TerminalScreen(terminal);
        this.painter = new Painter(options);
    }

    /**
     * A monitor on standard input and output.
     *
     * @param title what is being watched, next to the program's name; may be empty
     * @throws IOException with a sentence for people, if that is not a terminal or one that cannot show a screen
     */
    public static Monitor open(Control control, String title) throws IOException {
        return new Monitor(control, TtyTerminal.open(), MonitorOptions.fromEnvironment(title));
    }

    /** Whether standard input and output are a terminal. */
    public static boolean isTerminalPresent() {
        return TtyTerminal.isPresent();
    }

    /**
     * Shows the sessions until q or ^C is typed, {@link #close} is called, or the thread is interrupted. The terminal is
     * restored when this returns, also by an exception.
     *
     * @throws IOException if the terminal is gone
     */
    public void run() throws IOException {
        try {
            screen.setCursorPosition(null);
            screen.startScreen();
            draw(true);
            long nextPicture = System.nanoTime() + PICTURE_INTERVAL;
            while (!leaving && !Thread.currentThread().isInterrupted()) {
                boolean changed = handleKeys();
                changed |= adaptToTerminal();
                long now = System.nanoTime();
                if (!leaving && (changed || now - nextPicture >= 0)) {
                    draw(now - nextPicture >= 0);
                    long work = System.nanoTime() - now;
                    nextPicture = now + Math.max(PICTURE_INTERVAL, RESTS_PER_WORK * work);
                }
                LockSupport.parkNanos(this, KEY_INTERVAL);
            }
        } finally {
            try {
                screen.stopScreen(false);
            } finally {
                terminal.close();
            }
        }
    }

    /** Makes {@link #run} return soon. Callable from any thread, and more than once. */
    @Override
    public void close() {
        leaving = true;
    }

    private void draw(boolean renewed) throws IOException {
        if (renewed && !state.paused()) {
            Snapshot snapshot = control.snapshot();
            state.show(snapshot);
            events.read(control, options.clock(), snapshot.nanos());
            opened.add(snapshot.nanos(), Painter.count(snapshot, Counter.SESSIONS_OPENED));
        }
        Canvas canvas = new Canvas(screen, options);
        tableRows = painter.paint(canvas, state, events, opened.perSecond());
        screen.refresh(Screen.RefreshType.DELTA);
    }

    private boolean adaptToTerminal() throws IOException {
        TerminalSize before = screen.getTerminalSize();
        terminal.getTerminalSize();
        if (screen.doResizeIfNecessary() != null && !before.equals(screen.getTerminalSize())) {
            redrawAll();
            return true;
        }
        if (terminal instanceof TtyTerminal tty && tty.retake()) {
            redrawAll();
            return true;
        }
        return false;
    }

    /** Forgets what the terminal is thought to show. */
    private void redrawAll() throws IOException {
        screen.clear();
        screen.refresh(Screen.RefreshType.COMPLETE);
    }

    private boolean handleKeys() throws IOException {
        boolean any = false;
        for (KeyStroke key = screen.pollInput(); key != null; key = screen.pollInput()) {
            if (key.getKeyType() == KeyType.EOF) {
                leaving = true;
                return true;
            }
            handle(key);
            any = true;
        }
        return any;
    }

    private void handle(KeyStroke key) throws IOException {
        if (key.getKeyType() == KeyType.Character && key.isCtrlDown()) {
            switch (key.getCharacter()) {
                case 'c' -> leaving = true;
                case 'z' -> suspend();
                case 'l' -> redrawAll();
                default -> {}
            }
        } else if (state.typing()) {
            handleSearch(key);
        } else if (state.page() == MonitorState.Page.HELP) {
            state.turnTo(MonitorState.Page.HELP);
        } else if (key.getKeyType() == KeyType.Character) {
            handleCharacter(key.getCharacter());
        } else {
            handleMove(key.getKeyType());
        }
    }

    private void handleSearch(KeyStroke key) {
        switch (key.getKeyType()) {
            case Character -> state.type(key.getCharacter());
            case Backspace -> state.eraseOne();
            case Enter -> state.endSearch(true);
            case Escape -> state.endSearch(false);
            default -> {}
        }
    }

    private void handleCharacter(char c) {
        switch (c) {
            case 'q', 'Q' -> leaving = true;
            case '?', 'h' -> state.turnTo(MonitorState.Page.HELP);
            case 's' -> state.sortByNext();
            case 'S' -> state.reverse();
            case 'p', ' ' -> state.togglePause();
            case 'e' -> state.toggleAllEvents();
            case 'c' -> state.turnTo(MonitorState.Page.COUNTERS);
            case '/' -> state.beginSearch();
            case 'n' -> state.findNext();
            case 'j' -> state.move(1);
            case 'k' -> state.move(-1);
            default -> {}
        }
    }

    private void handleMove(KeyType key) {
        switch (key) {
            case ArrowDown -> state.move(1);
            case ArrowUp -> state.move(-1);
            case PageDown -> state.move(tableRows);
            case PageUp -> state.move(-tableRows);
            case Home -> state.select(0);
            case End -> state.select(Integer.MAX_VALUE);
            case Escape -> state.deselect();
            case F1 -> state.turnTo(MonitorState.Page.HELP);
            default -> {}
        }
    }

    private void suspend() throws IOException {
        if (terminal instanceof TtyTerminal tty) {
            screen.stopScreen(false);
            tty.suspend();
            screen.startScreen();
            redrawAll();
        }
    }
}
