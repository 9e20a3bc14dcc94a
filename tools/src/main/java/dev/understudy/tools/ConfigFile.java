package dev.understudy.tools;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.ConfigLoader;
import dev.understudy.dispatcher.config.HostResolver;
import dev.understudy.dispatcher.config.LoadResult;
import dev.understudy.dispatcher.config.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A configuration file as a command sees it: a configuration, or problems to be shown with exit code 2. */
public record ConfigFile(Optional<Config> config, List<Problem> problems) {
    public static ConfigFile load(Path file, HostResolver resolver) {
        LoadResult result = new ConfigLoader(resolver).load(file);
        if (result instanceof LoadResult.Loaded loaded) {
            return new ConfigFile(Optional.of(loaded.config()), List.of());
        }
        return new ConfigFile(Optional.empty(), ((LoadResult.Problems) result).problems());
    }

    /** The configuration. */
    public Config orFail() {
        return config.orElseThrow(() -> new CommandFailure(ExitCode.USAGE, sentences()));
    }

    /** A line a problem. */
    String sentences() {
        return problems.stream()
                .map(Problem::toString)
                .collect(Collectors.joining(System.lineSeparator()));
    }
}
