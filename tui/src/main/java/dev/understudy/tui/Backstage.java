package dev.understudy.tui;

import com.sun.jna.LastErrorException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Optional;

/**
 * Keeps what is printed while a screen is shown, and prints it afterwards. Standard output and error are replaced below
 * Java, at their file descriptors, so that the JVM's own warnings, its list of threads after a SIGQUIT and child processes
 * do not write across the screen either; the screen itself has a file descriptor of its own. The last 64 KiB are kept; a
 * standard error that goes to a file is left alone.
 */
final class Backstage {
    private static final int MOST = 64 << 10;

    private static final long LAST_WORDS_MILLIS = 100;

    private final PrintStream formerOut;
    private final int formerStdout;
    private final int formerStderr;
    private final Optional<Thread> reader;
    private final byte[] kept = new byte[MOST];
    private long length;
    private boolean keeping = true;
    private boolean left;

    private Backstage(
            PrintStream formerOut, int formerStdout, int formerStderr, Optional<InputStream> pipe) {
        this.formerOut = formerOut;
        this.formerStdout = formerStdout;
        this.formerStderr = formerStderr;
        this.reader = pipe.map(source -> new Thread(() -> keep(source), "understudy-backstage"));
    }

    /**
     * Begins to keep what is printed.
     *
     * @throws IOException if the pipe for it cannot be made
     */
    static Backstage enter() throws IOException {
        Libc libc = Libc.INSTANCE;
        int stdout = -1;
        int stderr = -1;
        int[] pipe = new int[2];
        boolean errorOnScreen = libc.isatty(Libc.STDERR) == 1;
        boolean onScreen = errorOnScreen || libc.isatty(Libc.STDOUT) == 1;
        try {
            if (onScreen) {
                libc.pipe2(pipe, Libc.O_CLOEXEC);
                stdout = replace(Libc.STDOUT, pipe[1]);
                stderr = errorOnScreen ? replace(Libc.STDERR, pipe[1]) : -1;
                libc.close(pipe[1]);
            }
        } catch (LastErrorException e) {
            throw new IOException("cannot keep what is printed off the screen: " + e, e);
        }
        Optional<InputStream> source = Optional.empty();
        if (onScreen) {
            source = Optional.of(new FileInputStream("/proc/self/fd/" + pipe[0]));
            libc.close(pipe[0]);
        }
        Backstage backstage = new Backstage(System.out, stdout, stderr, source);
        backstage.reader.ifPresent(
                thread -> {
                    thread.setDaemon(true);
                    thread.start();
                });
        System.setOut(System.err);
        return backstage;
    }

    /** Puts another file in a descriptor's place; returns where the former one is kept. */
    private static int replace(int descriptor, int by) {
        int kept = Libc.INSTANCE.fcntl(descriptor, Libc.F_DUPFD_CLOEXEC, Libc.STDERR + 1);
        Libc.INSTANCE.dup2(by, descriptor);
        return kept;
    }

    private static void giveBack(int kept, int descriptor) {
        if (kept >= 0) {
            Libc.INSTANCE.dup2(kept, descriptor);
            Libc.INSTANCE.close(kept);
        }
    }

    /** Gives standard output and error back, and prints what was kept. */
    void leave() {
        synchronized (this) {
            if (left) {
                return;
            }
            left = true;
        }
        System.setOut(formerOut);
        if (reader.isEmpty()) {
            return;
        }
        System.err.flush();
        try {
            giveBack(formerStdout, Libc.STDOUT);
            giveBack(formerStderr, Libc.STDERR);
            // The pipe's end is reached at once, unless a child process still holds it.
            reader.get().join(LAST_WORDS_MILLIS);
        } catch (LastErrorException e) {
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            keeping = false;
            long from = Math.max(0, length - MOST);
            byte[] text = new byte[(int) (length - from)];
            for (int i = 0; i < text.length; i++) {
                text[i] = kept[(int) ((from + i) % MOST)];
            }
            System.err.write(text, 0, text.length);
            System.err.flush();
        }
    }

    /** Until the last writer of the pipe is gone; child processes may outlive the screen. */
    private void keep(InputStream source) {
        byte[] chunk = new byte[4096];
        try (source) {
            for (int n = source.read(chunk); n >= 0; n = source.read(chunk)) {
                synchronized (this) {
                    if (keeping) {
                        for (int i = 0; i < n; i++) {
                            kept[(int) (length % MOST)] = chunk[i];
                            length++;
                        }
                    } else {
                        System.err.write(chunk, 0, n);
                        System.err.flush();
                    }
                }
            }
        } catch (IOException e) {
            // A pipe that cannot be read holds nothing worth showing.
        }
    }
}
