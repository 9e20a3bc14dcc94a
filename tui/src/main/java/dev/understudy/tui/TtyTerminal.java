package dev.understudy.tui;

import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.terminal.ansi.ANSITerminal;
import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * The terminal on standard input and output. Lanterna's own UnixTerminal is not used: it learns the size by moving the
 * cursor and asking where it is, which costs five seconds on a terminal that does not answer and mixes the answer with
 * keys; it runs stty half a dozen times; and ^Z leaves it with the screen unrestored. Here the size and the settings come
 * from the kernel.
 *
 * <p>Restored by {@link #close}, and by a shutdown hook: so also after SIGTERM, SIGHUP, an exception that ends the
 * program, and System.exit; after SIGKILL by a {@link TerminalGuard}. After that nothing more of the screen gets out.
 */
final class TtyTerminal extends ANSITerminal {
    private static final int FALLBACK_COLUMNS = 80;
    private static final int FALLBACK_ROWS = 24;

    private final Gate gate;
    private final Libc.Termios former;
    private final Thread hook;
    private final Memory window = new Memory(8);
    private final Continued continued = Continued.listen();
    private Optional<TerminalGuard> guard = Optional.empty();
    private Backstage backstage;
    private boolean shown;
    private boolean restored;

    private TtyTerminal(Gate gate, Libc.Termios former) {
        super(
                new FileInputStream(FileDescriptor.in),
                gate,
                localeIsUtf8() ? StandardCharsets.UTF_8 : StandardCharsets.US_ASCII);
        this.gate = gate;
        this.former = former;
        this.hook = new Thread(this::restore, "understudy-terminal-restore");
    }

    /**
     * Takes the terminal over.
     *
     * @throws IOException with a sentence for people, if there is none
     */
    static TtyTerminal open() throws IOException {
        String kind = System.getenv("TERM");
        if (kind == null || kind.isEmpty() || kind.equals("dumb")) {
            throw new IOException("the terminal cannot show a screen (TERM is '" + kind + "')");
        }
        if (!isPresent()) {
            throw new IOException("standard input and output are not a terminal");
        }
        try {
            Libc.Termios former = Libc.Termios.current();
            TtyTerminal terminal = new TtyTerminal(new Gate(screen()), former);
            Runtime.getRuntime().addShutdownHook(terminal.hook);
            return terminal;
        } catch (LastErrorException e) {
            throw new IOException("the terminal's settings cannot be read: " + e, e);
        }
    }

    /** The terminal by a descriptor of its own: standard output is put elsewhere while the screen is shown. */
    private static FileOutputStream screen() throws IOException {
        int screen = Libc.INSTANCE.fcntl(Libc.STDOUT, Libc.F_DUPFD_CLOEXEC, Libc.STDERR + 1);
        try {
            return new FileOutputStream("/proc/self/fd/" + screen);
        } finally {
            Libc.INSTANCE.close(screen);
        }
    }

    /** Whether there is a terminal to show anything on. */
    static boolean isPresent() {
        return Libc.INSTANCE.isatty(Libc.STDIN) == 1 && Libc.INSTANCE.isatty(Libc.STDOUT) == 1;
    }

    /** Whether the locale (LC_ALL, LC_CTYPE, LANG, the first that is set) is one of UTF-8. */
    static boolean localeIsUtf8() {
        for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
            String value = System.getenv(name);
            if (value != null && !value.isEmpty()) {
                String upper = value.toUpperCase(Locale.ROOT);
                return upper.contains("UTF-8") || upper.contains("UTF8");
            }
        }
        return false;
    }

    @Override
    public synchronized void enterPrivateMode() throws IOException {
        if (restored) {
            throw new IOException("the terminal has been given back");
        }
        guard = TerminalGuard.post();
        backstage = Backstage.enter();
        try {
            former.byKey().apply();
        } catch (LastErrorException e) {
            throw new IOException("the terminal's settings cannot be changed: " + e, e);
        }
        shown = true;
        super.enterPrivateMode();
    }

    @Override
    public synchronized void exitPrivateMode() throws IOException {
        if (!shown) {
            return;
        }
        shown = false;
        try {
            super.exitPrivateMode();
        } finally {
            try {
                former.apply();
            } catch (LastErrorException e) {
                // The terminal is gone, and its settings with it.
            }
            guard.ifPresent(TerminalGuard::dismiss);
            backstage.leave();
        }
    }

    /**
     * Stops the program as ^Z does, and returns when it is continued. To be called outside private mode. The whole process
     * group stops, as it would if the terminal had sent the signal.
     */
    void suspend() {
        Libc.INSTANCE.kill(0, Libc.SIGTSTP);
    }

    /**
     * Sets the terminal up again if somebody has had it meanwhile: a shell, when the program was stopped from outside and
     * continued. Some shells reset it then; all write on it.
     *
     * @return whether that was so, and everything must be drawn anew
     */
    synchronized boolean retake() throws IOException {
        try {
            boolean lent = continued.happened();
            if (!shown || !lent && Libc.Termios.current().isByKey()) {
                return false;
            }
            former.byKey().apply();
            return true;
        } catch (LastErrorException e) {
            throw new IOException("the terminal is gone: " + e, e);
        }
    }

    @Override
    protected TerminalSize findTerminalSize() {
        try {
            Libc.INSTANCE.ioctl(Libc.STDIN, Libc.TIOCGWINSZ, window);
            int rows = window.getShort(0) & 0xFFFF;
            int columns = window.getShort(2) & 0xFFFF;
            if (rows > 0 && columns > 0) {
                return new TerminalSize(columns, rows);
            }
        } catch (LastErrorException e) {
            // Some serial consoles do not know; the classic size is what they have.
        }
        return new TerminalSize(FALLBACK_COLUMNS, FALLBACK_ROWS);
    }

    @Override
    public void close() {
        restore();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is going down, and the hook has been or will be called.
        }
    }

    private synchronized void restore() {
        if (restored) {
            return;
        }
        restored = true;
        try {
            exitPrivateMode();
        } catch (IOException | IllegalStateException e) {
            // A terminal that is gone, or was never quite taken, needs no restoring.
        }
        gate.shut();
    }

    /** The way out to the screen: buffered, since Lanterna writes a few bytes at a time, and shut for good at the end. */
    private static final class Gate extends FilterOutputStream {
        private static final int BUFFER = 32 << 10;
        private boolean shut;

        Gate(OutputStream screen) {
            super(new BufferedOutputStream(screen, BUFFER));
        }

        @Override
        public synchronized void write(int b) throws IOException {
            if (!shut) {
                out.write(b);
            }
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
            if (!shut) {
                out.write(bytes, offset, length);
            }
        }

        @Override
        public synchronized void flush() throws IOException {
            if (!shut) {
                out.flush();
            }
        }

        synchronized void shut() {
            shut = true;
        }
    }
}
