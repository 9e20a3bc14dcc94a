package dev.understudy.tools.run;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.stack.link.LinkException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * With {@code setup: none} no privilege is needed, if somebody with it has made the two TAP interfaces for this user. What
 * the link says mends its own trouble; the other link's would come next, so the whole of it is said at once.
 */
final class OwnLinks {
    private static final Path DEVICES = Path.of("/proc/net/dev");

    private OwnLinks() {}

    /** What is wrong, and the commands that make both interfaces. */
    static String sentence(Config config, LinkException refused) {
        String failed = config.network().link().name();
        String remedy = refused.remedy();
        if (!remedy.contains("dev " + failed + " ")) {
            failed = config.client().link().name();
        }
        List<String> commands = new ArrayList<>();
        if (exists(failed)) {
            // Somebody else's, or nobody's in particular.
            commands.add("sudo ip tuntap del dev " + failed + " mode tap");
        }
        commands.add(remedy);
        String other = config.network().link().name();
        if (!failed.equals(other) && !exists(other)) {
            String make = remedy.substring(remedy.lastIndexOf("sudo ip tuntap"));
            commands.add(make.replace("dev " + failed + " ", "dev " + other + " "));
        }
        return refused.sentence() + " Try: " + String.join("; ", commands);
    }

    /** Java's own list has no interfaces without an address, and /sys shows the network of whoever mounted it. */
    private static boolean exists(String device) {
        try (Stream<String> lines = Files.lines(DEVICES)) {
            return lines.anyMatch(line -> line.strip().startsWith(device + ":"));
        } catch (IOException e) {
            return false;
        }
    }
}
