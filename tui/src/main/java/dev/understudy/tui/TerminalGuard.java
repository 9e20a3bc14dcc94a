package dev.understudy.tui;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Gives the terminal back if the program cannot: after SIGKILL, or when the kernel ran out of memory. A shell of two kilobytes
 * waits for the end of a pipe that only this process holds. If a line comes first, all is well and it ends; if the pipe just
 * ends, it restores the settings and leaves the other screen, as far as there is a terminal still.
 *
 * <p>It ignores what the terminal sends to all that is on it. Where it cannot be started (no sh, no stty), the program does
 * without, and {@code reset} is the remedy.
 */
final class TerminalGuard {
    private static final Path INPUT = Path.of("/proc/self/fd/0");
    private static final String KILLED = "understudy was killed; the terminal is as it was.";

    private static final String SCRIPT =
            """
            trap '' INT HUP TERM QUIT TSTP TTIN TTOU
            exec 3<>"$1" 2>/dev/null || exit 1
            saved=$(stty -g <&3) || exit 1
            echo ready
            read -r line && exit 0
            printf '\\033[0m\\033[?1000l\\033[?1005l\\033[?25h\\033[?1049l%s\\r\\n' "$2" >&3
            stty "$saved" <&3
            """;

    private final Process process;

    private TerminalGuard(Process process) {
        this.process = process;
    }

    /** Takes note of the terminal on standard input as it is now; to be called before anything of it is changed. */
    static Optional<TerminalGuard> post() {
        Process process;
        try {
            String terminal = Files.readSymbolicLink(INPUT).toString();
            process =
                    new ProcessBuilder(List.of("sh", "-c", SCRIPT, "sh", terminal, KILLED))
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
        } catch (IOException e) {
            return Optional.empty();
        }
        try {
            BufferedReader said =
                    new BufferedReader(
                            new InputStreamReader(
                                    process.getInputStream(), StandardCharsets.US_ASCII));
            if ("ready".equals(said.readLine())) {
                return Optional.of(new TerminalGuard(process));
            }
        } catch (IOException e) {
            // As if it had not been started.
        }
        process.destroyForcibly();
        return Optional.empty();
    }

    /** All is well: the program has given the terminal back itself. */
    void dismiss() {
        try (OutputStream line = process.getOutputStream()) {
            line.write('\n');
        } catch (IOException e) {
            process.destroyForcibly();
        }
    }
}
