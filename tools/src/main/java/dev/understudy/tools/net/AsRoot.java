package dev.understudy.tools.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The command that does as root what this user may not: the program by its whole path, since root's {@code PATH} is another
 * one, and the JDK where root would not find it, since sudo hands no {@code JAVA_HOME} on.
 */
public final class AsRoot {
    private static final Path ORDINARY_JAVA = Path.of("/usr/bin/java");

    private AsRoot() {}

    /** A line for a shell: {@code sudo /opt/understudy/understudy run -c shop.yaml}. */
    public static String command(List<String> arguments) {
        String program =
                Optional.ofNullable(System.getenv("UNDERSTUDY_LAUNCHER")).orElse("understudy");
        return command(Path.of(System.getProperty("java.home")), program, arguments);
    }

    /** As {@link #command(List)}. */
    public static String command(String... arguments) {
        return command(List.of(arguments));
    }

    static String command(Path javaHome, String program, List<String> arguments) {
        Stream<String> java = ordinary(javaHome) ? Stream.of() : Stream.of("JAVA_HOME=" + javaHome);
        return Stream.of(Stream.of("sudo"), java, Stream.of(program), arguments.stream())
                .flatMap(words -> words)
                .map(AsRoot::quoted)
                .collect(Collectors.joining(" "));
    }

    private static boolean ordinary(Path javaHome) {
        try {
            return Files.isSameFile(ORDINARY_JAVA, javaHome.resolve("bin/java"));
        } catch (IOException e) {
            return false;
        }
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_./:@%+=,-]+")
                ? word
                : "'" + word.replace("'", "'\\''") + "'";
    }
}
