package dev.understudy.tui;

import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.input.KeyStroke;
import com.googlecode.lanterna.screen.Screen;
import com.googlecode.lanterna.screen.TerminalScreen;
import com.googlecode.lanterna.terminal.ExtendedTerminal;
import com.googlecode.lanterna.terminal.MouseCaptureMode;
import com.googlecode.lanterna.terminal.Terminal;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.tui.view.Desk;
import dev.understudy.tui.widget.Canvas;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Shows live sessions on a terminal until somebody leaves. Everything happens on the thread that calls {@link #run}: keys
 * are looked for 100 times a second, and the picture is renewed at most ten times a second, less often when making it takes
 * long, so that the monitor never has more than about a tenth of one core. Only cells that differ are sent, and nothing at all
 * if none does.
 */
public final class Monitor implements AutoCloseable {
    private static final long KEY_INTERVAL = 10_000_000L;
    private static final long PICTURE_INTERVAL = 100_000_000L;
    private static final int RESTS_PER_WORK = 10;

    private final Terminal terminal;
    private final TerminalScreen screen;
    private final MonitorOptions options;
    private final Desk desk;
    private volatile boolean leaving;

    /**
     * A monitor on a terminal, which it takes over when it runs and closes when it ends.
     *
     * @throws IOException if the terminal does not answer
     */
    public Monitor(Control control, Terminal terminal, MonitorOptions options) throws IOException {
        this.terminal = terminal;
        this.options = options;
        this.screen = new TerminalScreen(terminal);
        this.desk =
                new Desk(
                        control,
                        options.title(),
                        options.readOnly(),
                        options.zone(),
                        terminal instanceof TtyTerminal
                                ? Optional.of(this::suspend)
                                : Optional.empty(),
                        this::redrawAll);
    }

    /**
     * A monitor on standard input and output.
     *
     * @throws IOException with a sentence for people, if that is not a terminal or one that cannot show a screen
     */
    public static Monitor open(Control control, MonitorOptions options) throws IOException {
        return new Monitor(control, TtyTerminal.open(), options);
    }

    /**
     * Says something on the screen from the moment on when there is something to say: that a dispatcher elsewhere is gone.
     * What was seen last stays.
     */
    public void warn(Supplier<Optional<String>> warning) {
        desk.warn(warning);
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
            mouse();
            desk.refresh();
            draw();
            watch();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } finally {
            try {
                screen.stopScreen(false);
            } finally {
                terminal.close();
            }
        }
    }

    private void watch() throws IOException {
        long nextPicture = System.nanoTime() + PICTURE_INTERVAL;
        while (!leaving && !Thread.currentThread().isInterrupted()) {
            boolean changed = handleKeys();
            changed |= adaptToTerminal();
            changed |= desk.work();
            long now = System.nanoTime();
            if (now - nextPicture >= 0) {
                changed |= desk.refresh();
                nextPicture = now + PICTURE_INTERVAL;
            }
            if (!leaving && changed) {
                draw();
                long work = System.nanoTime() - now;
                nextPicture = Math.max(nextPicture, now + RESTS_PER_WORK * work);
            }
            LockSupport.parkNanos(this, KEY_INTERVAL);
        }
    }

    /** Makes {@link #run} return soon. Callable from any thread, and more than once. */
    @Override
    public void close() {
        leaving = true;
    }

    private void draw() throws IOException {
        Canvas canvas = new Canvas(screen, options.palette(), options.unicode());
        desk.paint(canvas);
        if (canvas.changed()) {
            screen.refresh(Screen.RefreshType.DELTA);
        }
    }

    private boolean adaptToTerminal() throws IOException {
        TerminalSize before = screen.getTerminalSize();
        terminal.getTerminalSize();
        if (screen.doResizeIfNecessary() != null && !before.equals(screen.getTerminalSize())) {
            redrawAll();
            return true;
        }
        if (terminal instanceof TtyTerminal tty && tty.retake()) {
            mouse();
            redrawAll();
            return true;
        }
        return false;
    }

    private void mouse() throws IOException {
        if (options.mouse() && terminal instanceof ExtendedTerminal extended) {
            extended.setMouseCaptureMode(MouseCaptureMode.CLICK_RELEASE);
        }
    }

    /** Forgets what the terminal is thought to show. */
    private void redrawAll() {
        try {
            screen.clear();
            screen.refresh(Screen.RefreshType.COMPLETE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean handleKeys() throws IOException {
        boolean any = false;
        for (KeyStroke key = screen.pollInput(); key != null; key = screen.pollInput()) {
            if (any) {
                // Keys mean what they mean on the picture that follows from those before them.
                desk.paint(new Canvas(screen, options.palette(), options.unicode()));
            }
            desk.type(key);
            any = true;
            if (desk.leaving()) {
                leaving = true;
                return true;
            }
        }
        return any;
    }

    private void suspend() {
        if (terminal instanceof TtyTerminal tty) {
            try {
                screen.stopScreen(false);
                tty.suspend();
                screen.startScreen();
                mouse();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            redrawAll();
        }
    }
}
