package dev.understudy.dispatcher.config;

import java.util.List;

/** What loading a configuration gives: the configuration, or everything that is wrong with the file. */
public sealed interface LoadResult {
    /** The file is right. */
    record Loaded(Config config) implements LoadResult {}

    /** The file is wrong; never empty, in the order of the file. */
    record Problems(List<Problem> problems) implements LoadResult {
        public Problems {
            problems = List.copyOf(problems);
        }
    }
}
