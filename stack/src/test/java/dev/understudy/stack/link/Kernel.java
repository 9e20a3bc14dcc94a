package dev.understudy.stack.link;

import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** What kernel tests need before they begin: they skip with a reason where it is missing, and fail in CI. */
public final class Kernel {
    private Kernel() {}

    /** Network namespaces. */
    public static void requireNamespaces() {
        require(NetworkNamespace.unavailable());
    }

    /** Network namespaces and TAP devices. */
    public static void requireTap() {
        requireNamespaces();
        require(
                Files.isReadable(Path.of("/dev/net/tun"))
                        ? Optional.empty()
                        : Optional.of("/dev/net/tun cannot be opened."));
    }

    /** A program. */
    public static void requireProgram(String name) {
        boolean found = false;
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            found |= !directory.isEmpty() && Files.isExecutable(Path.of(directory, name));
        }
        require(found ? Optional.empty() : Optional.of("The program " + name + " is missing."));
    }

    private static void require(Optional<String> missing) {
        missing.ifPresent(
                reason -> {
                    if ("true".equals(System.getenv("CI"))) {
                        fail("CI must run kernel tests: " + reason);
                    }
                    Assumptions.abort(reason);
                });
    }
}
