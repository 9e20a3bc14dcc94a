package dev.understudy.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The monitor on a real terminal (tmux's), in the hands of a shell with job control: stopped and continued, from within and from
 * without, made larger and smaller, hung up on and killed. Whenever the shell has the terminal it is as it was before, and
 * whenever the monitor has it the picture is whole.
 */
@Timeout(120)
final class JobControlTest {
    private static final int SOON = 30;
    private static final String RECORDED =
            """
            {"id":7,"time":"2026-01-01T12:00:00.000Z","kind":"opened","session":3,"client":"10.0.0.1:40000","server":"203.0.113.10:80","number":0,"text":"shop"}
            {"id":8,"time":"2026-01-01T12:00:00.001Z","kind":"won","session":3,"client":"10.0.0.1:40000","server":"10.20.0.12:80","number":251000000,"text":""}
            {"id":9,"time":"2026-01-01T12:00:00.002Z","kind":"server-down","client":"10.0.0.1:40000","server":"10.20.0.11:80","number":30000000000,"text":"timeout"}
            """;

    /** The picture is whole: heads, what happened and the keys. */
    private static boolean whole(String screen) {
        return screen.startsWith("Understudy")
                && screen.contains("10.0.0.1:40000")
                && screen.stripTrailing()
                        .lines()
                        .reduce((a, b) -> b)
                        .orElse("")
                        .startsWith("q quit")
                && !screen.contains("$ ")
                && !screen.contains("Stopped");
    }

    @TempDir private Path directory;
    private Tmux tmux;

    @BeforeEach
    void start() throws Exception {
        Kernel.requireProgram("tmux");
        Files.writeString(directory.resolve("events.json"), RECORDED);
        Files.writeString(
                directory.resolve("start"),
                "exec '%s' -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '%s' %s monitor --mouse --replay '%s'\n"
                        .formatted(
                                Path.of(System.getProperty("java.home"), "bin", "java"),
                                System.getProperty("java.class.path"),
                                Main.class.getName(),
                                directory.resolve("events.json")));
        tmux = new Tmux(directory, 120, 30);
        tmux.line("stty -g >" + directory.resolve("before") + "; echo THE SHELL''S SCREEN");
        tmux.await("the shell", SOON, s -> s.contains("THE SHELLS SCREEN"));
        tmux.line("sh " + directory.resolve("start"));
        shown();
    }

    @AfterEach
    void end() {
        if (tmux != null) {
            tmux.close();
        }
    }

    private void shown() throws IOException, InterruptedException {
        tmux.await("the picture", SOON, JobControlTest::whole);
        assertThat(tmux.state("alternate_on")).isEqualTo("1");
        assertThat(tmux.state("cursor_flag")).isEqualTo("0");
        assertThat(tmux.state("mouse_any_flag")).isEqualTo("1");
    }

    /** The shell has the terminal, and it is as it was. */
    private void given(String what) throws IOException, InterruptedException {
        tmux.await(what, SOON, s -> s.contains("THE SHELLS SCREEN") && s.contains(what));
        Path now = directory.resolve("now");
        tmux.line("stty -g >" + now + " && mv " + now + " " + now + ".whole");
        Path whole = directory.resolve("now.whole");
        tmux.await("its settings", SOON, s -> Files.exists(whole));
        assertThat(Files.readString(whole))
                .isEqualTo(Files.readString(directory.resolve("before")));
        Files.delete(whole);
        assertThat(tmux.state("alternate_on")).isEqualTo("0");
        assertThat(tmux.state("cursor_flag")).isEqualTo("1");
        assertThat(tmux.state("mouse_any_flag")).isEqualTo("0");
    }

    private ProcessHandle monitor() {
        return ProcessHandle.allProcesses()
                .filter(
                        p ->
                                p.info()
                                        .arguments()
                                        .map(a -> String.join(" ", a))
                                        .orElse("")
                                        .endsWith("--replay " + directory.resolve("events.json")))
                .findFirst()
                .orElseThrow();
    }

    private static void signal(ProcessHandle process, String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
        assertThat(kill.waitFor()).isZero();
    }

    @Test
    void itIsStoppedByItsKeyAndContinuedAsOftenAsSomebodyLikes() throws Exception {
        for (int round = 0; round < 2; round++) {
            tmux.keys("C-z");
            given("Stopped");
            tmux.line("clear; echo THE SHELL''S SCREEN; fg");
            shown();
        }
        tmux.keys("5");
        tmux.await("another view", SOON, s -> s.contains("COUNTER"));
        tmux.keys("q");
        given("THE SHELLS SCREEN");
    }

    @Test
    void theTerminalMayBecomeAnotherOneWhileItIsStopped() throws Exception {
        tmux.keys("C-z");
        given("Stopped");
        tmux.resize(80, 24);
        tmux.line("fg");
        shown();
        String small = tmux.screen();
        assertThat(small.lines().filter(line -> line.length() > 80)).isEmpty();
        assertThat(small.lines().toList().get(23)).startsWith("q quit");
    }

    @Test
    void itIsStoppedFromOutsideAndTakesTheTerminalAgain() throws Exception {
        signal(monitor(), "STOP");
        // The shell takes the terminal back by itself; what is on it is the monitor's still.
        tmux.await("the shell", SOON, s -> s.contains("Stopped"));
        tmux.line("fg");
        shown();
        tmux.keys("5");
        tmux.await("another view", SOON, s -> s.contains("COUNTER"));
        tmux.keys("q");
        given("THE SHELLS SCREEN");
    }

    @Test
    void everySizeIsTakenAtOnce() throws Exception {
        tmux.resize(60, 15);
        tmux.await("a small picture", SOON, s -> s.lines().toList().get(14).startsWith("q quit"));
        tmux.resize(39, 7);
        tmux.await("a sentence", SOON, s -> s.contains("needs 40 x 8 cells"));
        tmux.resize(120, 30);
        shown();
        tmux.await("the last line", SOON, s -> s.lines().toList().get(29).startsWith("q quit"));
    }

    @Test
    void itsMouseTurnsToAnotherViewAndOpensARow() throws Exception {
        String head = tmux.screen().lines().findFirst().orElseThrow();
        tmux.click(head.indexOf("4 Events"), 0);
        tmux.await("another view", SOON, s -> s.contains("Events that matter"));
        tmux.keys("e");
        String events = tmux.await("all events", SOON, s -> s.contains("plays the part"));
        List<String> lines = events.lines().toList();
        int row = 0;
        while (!lines.get(row).contains("plays the part")) {
            row++;
        }
        tmux.click(5, row);
        tmux.click(5, row);
        tmux.await("its ladder", SOON, s -> s.contains("Session #3"));
    }

    @Test
    void itsQuitKeyEndsItInGoodOrder() throws Exception {
        tmux.keys("C-\\");
        given("$ ");
    }

    @Test
    void killedItLeavesTheTerminalAsItWas() throws Exception {
        signal(monitor(), "KILL");
        given("the terminal is as it was");
    }

    @Test
    void hungUpOnItEnds() throws Exception {
        ProcessHandle monitor = monitor();
        tmux.hangUp();
        assertThat(monitor.onExit().get(SOON, TimeUnit.SECONDS).isAlive()).isFalse();
    }
}
