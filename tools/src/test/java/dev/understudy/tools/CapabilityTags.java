package dev.understudy.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which capability rows the tests of all modules claim by their tags, and on what. Read from the sources, since the test
 * classes of other modules are not on this one's class path.
 */
final class CapabilityTags {
    private static final Pattern TAG = Pattern.compile("@Tag\\(\"([A-Za-z0-9]+)\"\\)");
    private static final Pattern ROW = Pattern.compile("[PB]\\d\\d");
    private static final Pattern CLASS =
            Pattern.compile("^(public |abstract |final |static )*(class|interface|enum|record) .*");
    private static final Pattern METHOD = Pattern.compile("^(public )?(void|boolean) \\w+\\(.*");

    private final Map<String, Boolean> onKernel = new TreeMap<>();

    private CapabilityTags() {}

    /** The tags in the test sources of every module below a directory. */
    static CapabilityTags of(Path root, List<String> modules) throws IOException {
        CapabilityTags tags = new CapabilityTags();
        for (String module : modules) {
            Path tests = root.resolve(module).resolve("src/test/java");
            if (!Files.isDirectory(tests)) {
                continue;
            }
            try (Stream<Path> files = Files.walk(tests)) {
                files.filter(f -> f.toString().endsWith(".java")).forEach(tags::read);
            } catch (UncheckedIOException e) {
                throw new IOException(e);
            }
        }
        return tags;
    }

    private void read(Path file) {
        Set<String> ofClass = new TreeSet<>();
        Set<String> pending = new TreeSet<>();
        try {
            for (String line : Files.readAllLines(file)) {
                String code = line.strip();
                Matcher tag = TAG.matcher(code);
                while (tag.find()) {
                    pending.add(tag.group(1));
                }
                if (CLASS.matcher(code).matches()) {
                    ofClass.addAll(pending);
                    pending.clear();
                } else if (METHOD.matcher(code).matches()) {
                    pending.addAll(ofClass);
                    claim(pending);
                    pending.clear();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void claim(Set<String> tags) {
        boolean kernel = tags.contains("kernel");
        for (String tag : tags) {
            if (ROW.matcher(tag).matches()) {
                onKernel.merge(tag, kernel, Boolean::logicalOr);
            }
        }
    }

    boolean has(String row) {
        return onKernel.containsKey(row);
    }

    /** Whether at least one of a row's tests runs against a real kernel over TAP. */
    boolean onKernel(String row) {
        return onKernel.getOrDefault(row, false);
    }
}
