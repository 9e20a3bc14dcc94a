package dev.understudy.tools.run;

import dev.understudy.tools.ConfigFile;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Asks for a configuration's names again, every so often and on a thread of its own. The time to live of a name's record is
 * not known to Java; the machine's resolver keeps to it, and is asked about twice a minute, which costs it next to nothing.
 *
 * <p>What has changed is found in the text that is in force, not in the file, which somebody may be editing: only a reload
 * reads that.
 */
final class NameWatch implements AutoCloseable {
    /**
     * The configuration with names' new addresses, or what is wrong with them.
     *
     * @param what which names have other addresses
     */
    record Change(ConfigFile file, String what) {}

    private final ConfigFile file;
    private final AtomicReference<Change> next = new AtomicReference<>();
    private final Thread thread;

    /** Begins; a configuration without names costs nothing. */
    NameWatch(ConfigFile file, Duration every) {
        this.file = file;
        thread = new Thread(() -> watch(every.toMillis()), "understudy-names");
        thread.setDaemon(true);
        if (!file.names().isEmpty()) {
            thread.start();
        }
    }

    private void watch(long millis) {
        try {
            while (true) {
                Thread.sleep(millis);
                List<String> changes = file.names().refresh();
                if (!changes.isEmpty()) {
                    next.set(new Change(file.again(), String.join("; ", changes)));
                }
            }
        } catch (InterruptedException closed) {
            // Nobody wants to know any more.
        }
    }

    /** The latest change, once. */
    Optional<Change> poll() {
        return Optional.ofNullable(next.getAndSet(null));
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
