package dev.understudy.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.Kernel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole program as a newcomer meets it: the lab on a real terminal, with a real kernel's clients. Somebody sees a session
 * relocate, opens its ladder, filters, drains a server, and leaves; the terminal is as it was.
 */
@Tag("kernel")
@Timeout(180)
final class MonitorLabTest {
    private static final int SOON = 30;
    private static final int A_ROUND_OF_THE_LAB = 60;

    @TempDir Path directory;

    @Test
    void aNewcomerWatchesTheLabAndActs() throws Exception {
        Kernel.requireTap();
        Kernel.requireProgram("tmux");
        Path before = directory.resolve("before");
        Path after = directory.resolve("after");
        Path start = directory.resolve("start");
        Files.writeString(
                start,
                "exec '%s' -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '%s' %s \"$@\"\n"
                        .formatted(
                                Path.of(System.getProperty("java.home"), "bin", "java"),
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        try (Tmux tmux = new Tmux(directory, 120, 30)) {
            tmux.line("stty -g >" + before + "; sh " + start + " lab");

            tmux.await("the table", SOON, s -> s.contains("SERVER") && s.contains("new/s"));

            tmux.keys("4", "f");
            tmux.line("kind=relocated");
            tmux.await(
                    "a session that went on elsewhere",
                    A_ROUND_OF_THE_LAB,
                    s -> s.contains("has taken over"));
            tmux.keys("G", "Enter");
            tmux.await("its ladder", SOON, s -> s.contains("asked for"));
            tmux.keys("/");
            tmux.line("taken over");
            String ladder =
                    tmux.await(
                            "the decision",
                            SOON,
                            s -> s.contains("━━ ") && s.contains("has taken over"));
            assertThat(ladder).contains("client", "Understudy", "server A (original)");

            tmux.keys("1", "f");
            tmux.line("hidden and original=203.0.113.10");
            tmux.await("the filter", SOON, s -> s.contains("filter hidden and original="));

            tmux.keys("2", "Down", "d");
            tmux.await("the question", SOON, s -> s.contains("Drain B"));
            tmux.keys("y");
            tmux.await("a drained server", SOON, s -> s.contains("drained"));
            tmux.keys("u");
            tmux.await("an undrained one", SOON, s -> !s.contains("drained"));

            tmux.keys("q");
            tmux.await("the shell and the lab's sums", SOON, s -> s.contains("failures seen"));
            tmux.line("stty -g >" + after + "; echo 'DO''NE'");
            String left = tmux.await("the shell", SOON, s -> s.contains("DONE"));
            assertThat(left).contains("requests", "failures seen            0");
            assertThat(Files.readString(after)).isEqualTo(Files.readString(before));
        }
    }
}
