package dev.understudy.tools.run;

import dev.understudy.dispatcher.config.Config;
import java.util.Optional;

/** What a reload cannot change, because links, addresses and limits are made at the start. */
final class Restart {
    private Restart() {}

    /** A sentence if a new configuration differs in such a thing. */
    static Optional<String> neededFor(Config before, Config after) {
        if (before.attach() != after.attach()) {
            return sentence("attach");
        }
        if (before.setup() != after.setup()) {
            return sentence("setup");
        }
        if (!before.client().equals(after.client())) {
            return sentence("client");
        }
        if (!before.network().equals(after.network())) {
            return sentence("network");
        }
        if (!before.limits().equals(after.limits())) {
            return sentence("limits");
        }
        return Optional.empty();
    }

    private static Optional<String> sentence(String key) {
        return Optional.of("'" + key + "' has changed, which needs a restart");
    }
}
