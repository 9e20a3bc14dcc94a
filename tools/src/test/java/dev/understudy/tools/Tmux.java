package dev.understudy.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** A terminal that somebody sits at: a tmux server of its own, which is gone with its socket. */
final class Tmux implements AutoCloseable {
    private static final long LOOK_NANOS = 100_000_000L;

    private final Path socket;
    private boolean gone;

    /** A shell on a terminal of this size. */
    Tmux(Path directory, int columns, int rows) throws IOException, InterruptedException {
        socket = directory.resolve("tmux");
        run(
                "-f",
                "/dev/null",
                "new-session",
                "-d",
                "-x",
                String.valueOf(columns),
                "-y",
                String.valueOf(rows),
                "env LC_ALL=C.UTF-8 PS1='$ ' sh");
    }

    /** Types text, and Enter. */
    void line(String text) throws IOException, InterruptedException {
        run("send-keys", "-l", text);
        keys("Enter");
    }

    /** Types keys, as tmux names them. */
    void keys(String... keys) throws IOException, InterruptedException {
        for (String key : keys) {
            run("send-keys", key);
        }
    }

    /** Presses and releases the left button over a cell, counted from 0, as a terminal tells it (xterm's mode 1000). */
    void click(int column, int row) throws IOException, InterruptedException {
        for (int button : new int[] {0, 3}) {
            List<String> bytes = new ArrayList<>(List.of("send-keys", "-H", "1b", "5b", "4d"));
            for (int value : new int[] {button, column + 1, row + 1}) {
                bytes.add(Integer.toHexString(32 + value));
            }
            run(bytes.toArray(String[]::new));
        }
    }

    /** What tmux knows of the terminal, by one of its format's names: {@code alternate_on}, {@code cursor_flag}. */
    String state(String name) throws IOException, InterruptedException {
        return run("display-message", "-p", "#{" + name + "}").strip();
    }

    /** Gives the window another size. */
    void resize(int columns, int rows) throws IOException, InterruptedException {
        run("resize-window", "-x", String.valueOf(columns), "-y", String.valueOf(rows));
    }

    /** Hangs the terminal up: what is on it loses it. */
    void hangUp() throws IOException, InterruptedException {
        run("kill-server");
        gone = true;
    }

    /** What is on the screen. */
    String screen() throws IOException, InterruptedException {
        return run("capture-pane", "-p");
    }

    /** Looks at the screen until it is as expected; returns it. */
    String await(String what, int seconds, Predicate<String> expected)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        String screen = screen();
        while (!expected.test(screen) && System.nanoTime() < end) {
            LockSupport.parkNanos(LOOK_NANOS);
            screen = screen();
        }
        assertThat(expected.test(screen)).as("%s on the screen:\n%s", what, screen).isTrue();
        return screen;
    }

    private String run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tmux", "-S", socket.toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(socket.getParent(), "tmux", ".out");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        String text = Files.readString(output, StandardCharsets.UTF_8);
        Files.delete(output);
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }

    @Override
    public void close() {
        if (gone) {
            return;
        }
        try {
            run("kill-server");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
