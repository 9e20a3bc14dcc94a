package dev.understudy.tools;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.ConfigLoader;
import dev.understudy.dispatcher.config.HostResolver;
import dev.understudy.dispatcher.config.LoadResult;
import dev.understudy.dispatcher.config.Names;
import dev.understudy.dispatcher.config.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A configuration file as a command sees it: a configuration, or problems to be shown with exit code 2. */
public final class ConfigFile {
    /** More than the loader takes, so that it says what is wrong with more. */
    private static final int MOST_BYTES = 1 << 24;

    private final Path path;
    private final byte[] text;
    private final Names names;
    private final LoadResult result;

    private ConfigFile(Path path, byte[] text, Names names, LoadResult result) {
        this.path = path;
        this.text = text;
        this.names = names;
        this.result = result;
    }

    public static ConfigFile load(Path file, HostResolver resolver) {
        Names names = new Names(resolver);
        ConfigLoader loader = new ConfigLoader(names);
        byte[] text;
        try (InputStream in = Files.newInputStream(file)) {
            text = in.readNBytes(MOST_BYTES);
        } catch (IOException e) {
            // It says why better than the exception does.
            return new ConfigFile(file, new byte[0], names, loader.load(file));
        }
        return new ConfigFile(file, text, names, loader.parse(file.toString(), text));
    }

    /** The same text with the addresses that its names have now. */
    public ConfigFile again() {
        LoadResult now = new ConfigLoader(names).parse(path.toString(), text);
        return new ConfigFile(path, text, names, now);
    }

    /** The names in it, whose addresses may change. */
    public Names names() {
        return names;
    }

    public Optional<Config> config() {
        return result instanceof LoadResult.Loaded loaded
                ? Optional.of(loaded.config())
                : Optional.empty();
    }

    public List<Problem> problems() {
        return result instanceof LoadResult.Problems wrong ? wrong.problems() : List.of();
    }

    /** The configuration. */
    public Config orFail() {
        return config().orElseThrow(() -> new CommandFailure(ExitCode.USAGE, sentences()));
    }

    /** A line a problem. */
    String sentences() {
        return problems().stream()
                .map(Problem::toString)
                .collect(Collectors.joining(System.lineSeparator()));
    }
}
