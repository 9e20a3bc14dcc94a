package dev.understudy.tui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The monitor in a process of its own, on a pseudo-terminal that script(1) makes and that answers no question. However the
 * process ends, the terminal has to be left as it was found: the other screen gone, the cursor visible, the settings equal.
 */
@Timeout(60)
class TtyTerminalTest {
    private static final String OTHER_SCREEN = "\u001b[?1049h";
    private static final String FORMER_SCREEN = "\u001b[?1049l";
    private static final String CURSOR_SHOWN = "\u001b[?25h";
    private static final String WHERE_IS_THE_CURSOR = "\u001b[6n";
    private static final String CONTROL_C = "\u0003";
    private static final String CONTROL_BACKSLASH = "\u001c";
    private static final int MOST_SECONDS = 30;
    private static final Path SCRIPT = Path.of("/usr/bin/script");

    @BeforeAll
    static void needsScript() {
        boolean present = Files.isExecutable(SCRIPT);
        if (!present && System.getenv("CI") == null) {
            System.out.println("skipped: no " + SCRIPT + " to make a terminal with");
            assumeTrue(false);
        }
        assertThat(present).isTrue();
    }

    @Test
    void theTerminalIsAskedNothingSoThatAMuteOneCostsNoWait() throws Exception {
        String output = play("nothing", "q");
        assertThat(output).contains("ORIGINAL", "203.0.113.10:80");
        assertThat(output).doesNotContain(WHERE_IS_THE_CURSOR);
    }

    @ParameterizedTest
    @CsvSource({
        "nothing, q,      0",
        "nothing, ^C,     0",
        "nothing, ^\\,    0",
        "throw,   '',     1",
        "exit,    '',     3",
        "TERM,    '',     143",
        "HUP,     '',     129",
        "INT,     '',     130"
    })
    void howeverItEndsTheTerminalIsAsItWas(String end, String key, int code) throws Exception {
        String output = play(end, key.replace("^C", CONTROL_C).replace("^\\", CONTROL_BACKSLASH));
        assertThat(output).contains("CODE " + code + "\r");
        int left = output.lastIndexOf(FORMER_SCREEN);
        assertThat(left).isGreaterThan(output.lastIndexOf(OTHER_SCREEN));
        assertThat(output.lastIndexOf(CURSOR_SHOWN)).isBetween(0, left);
        assertThat(setting(output, "BEFORE ")).isEqualTo(setting(output, "AFTER "));
    }

    @Test
    void evenAfterSigkillTheTerminalIsAsItWas() throws Exception {
        String output = play("KILL", "");
        assertThat(output).contains("CODE 137\r", "the terminal is as it was.");
        int left = output.lastIndexOf(FORMER_SCREEN);
        assertThat(left).isGreaterThan(output.lastIndexOf(OTHER_SCREEN));
        assertThat(setting(output, "BEFORE ")).isEqualTo(setting(output, "AFTER "));
    }

    @Test
    void whatIsPrintedMeanwhileIsShownAfterwards() throws Exception {
        String output = play("noise", "q");
        String screen =
                output.substring(output.indexOf(OTHER_SCREEN), output.lastIndexOf(FORMER_SCREEN));
        String afterwards = output.substring(output.lastIndexOf(FORMER_SCREEN));
        assertThat(screen).doesNotContain("NOISE");
        assertThat(afterwards)
                .contains("NOISE OF STDERR", "NOISE OF STDOUT", "NOISE OF A CHILD", "RUN RETURNED");
    }

    @Test
    void anExceptionIsReadableAfterwards() throws Exception {
        String output = play("throw", "");
        assertThat(output.substring(output.lastIndexOf(FORMER_SCREEN)))
                .contains("THE LOOP IS GONE");
    }

    /** Runs the program on a terminal, types a key when that has happened, and waits for its end. */
    private static String play(String end, String key) throws IOException, InterruptedException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String command =
                """
                b=$(stty -g); echo BEFORE $b
                '%s' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '%s' %s %s; echo CODE $?
                until [ $(stty -g) = $b ]; do sleep 0.1; done; echo AFTER $(stty -g)
                """
                        .formatted(
                                java,
                                System.getProperty("java.class.path"),
                                MonitorProgram.class.getName(),
                                end);
        ProcessBuilder builder =
                new ProcessBuilder(SCRIPT.toString(), "-qefc", command, "/dev/null")
                        .redirectErrorStream(true);
        builder.environment().put("TERM", "xterm");
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("SHELL", "/bin/sh");
        Process process = builder.start();
        // Killing script(1) hangs the terminal up, and so ends whatever is on it.
        CompletableFuture.delayedExecutor(MOST_SECONDS, TimeUnit.SECONDS)
                .execute(process::destroyForcibly);
        StringBuilder output = new StringBuilder();
        boolean typed = key.isEmpty();
        byte[] chunk = new byte[8192];
        try (OutputStream keys = process.getOutputStream();
                InputStream screen = process.getInputStream()) {
            for (int n = screen.read(chunk); n >= 0; n = screen.read(chunk)) {
                output.append(new String(chunk, 0, n, StandardCharsets.UTF_8));
                if (!typed && output.indexOf(MonitorProgram.HAPPENED) >= 0) {
                    keys.write(key.getBytes(StandardCharsets.US_ASCII));
                    keys.flush();
                    typed = true;
                }
            }
        }
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return output.toString();
    }

    private static String setting(String output, String name) {
        int begin = output.lastIndexOf(name);
        assertThat(begin).isNotNegative();
        return output.substring(begin + name.length(), output.indexOf('\r', begin));
    }
}
