package dev.understudy.tools.setup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The host that is set up, as far as setting up needs it: programs that are run to their end, and the files of
 * {@code /proc/sys}. An interface, so that the host can be a network namespace.
 */
public interface Shell {
    /**
     * How a program ended.
     *
     * @param code its exit code; 127 if there is no such program
     */
    record Result(int code, String out, String err) {
        public boolean ok() {
            return code == 0;
        }

        /** What it said was wrong: the first line. */
        public String complaint() {
            String said = (err.isBlank() ? out : err).strip();
            int end = said.indexOf('\n');
            return said.isEmpty() ? "exit code " + code : end < 0 ? said : said.substring(0, end);
        }
    }

    int NO_SUCH_PROGRAM = 127;

    /** Runs a program without a shell in between, with some text as its standard input. */
    Result run(String input, List<String> command);

    default Result run(String... command) {
        return run("", List.of(command));
    }

    /** A small file's text without the newline at its end, or empty if it cannot be read. */
    Optional<String> read(Path file);

    /** Writes a small file that exists. */
    void write(Path file, String text) throws IOException;

    /** The names in a directory, in order; none if there is no such directory. */
    List<String> list(Path directory);
}
