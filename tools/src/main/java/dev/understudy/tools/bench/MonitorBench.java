package dev.understudy.tools.bench;

import com.googlecode.lanterna.input.KeyStroke;
import com.googlecode.lanterna.input.KeyType;
import dev.understudy.dispatcher.control.LoopControl;
import dev.understudy.tui.Monitor;
import dev.understudy.tui.MonitorOptions;
import dev.understudy.tui.widget.Palette;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Measures a {@link CrowdedDispatcher} with the monitor closed and open, in turn, in slices of one run: what wanders on a
 * shared machine meets both alike. The open monitor is the real one on its own thread, on a terminal of 120 by 30, at
 * which somebody types without pause: it walks through the table, sorts it, and filters it.
 *
 * <p>Times are times on a processor where that can be told ({@link ThreadMXBean}); a key's is what passes.
 */
final class MonitorBench {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private static final long WARM_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long LONGEST_READING_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long LONGEST_KEY_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final List<KeyStroke> KEYS = keys();

    private final int sessions;
    private final int rate;
    private final int slices;
    private final long sliceNanos;
    private final Consumer<String> progress;

    /** One slice of a run; of the monitor's figures there are none while it is closed. */
    record Slice(
            long nanos,
            long sent,
            long received,
            long lost,
            long loopNanos,
            long lookNanos,
            long monitorNanos,
            int pictures) {
        double forwardedPerLoopSecond() {
            return received * 1e9 / Math.max(1, loopNanos);
        }

        double perSecond(double amount) {
            return amount * 1e9 / nanos;
        }
    }

    /**
     * A run's slices at a steady rate, those with as many packets as can be forwarded, and how long each key took at the steady
     * rate, in nanoseconds.
     */
    record Result(Pair paced, Pair flooded, List<Key> keys) {}

    /** How long a key took until its screen was there, and how much of that the monitor's thread worked, in nanoseconds. */
    record Key(long tookNanos, long workedNanos) {}

    /** Slices with the monitor closed and open. */
    record Pair(List<Slice> closed, List<Slice> open) {
        Pair() {
            this(new ArrayList<>(), new ArrayList<>());
        }
    }

    MonitorBench(int sessions, int rate, int slices, int seconds, Consumer<String> progress) {
        this.sessions = sessions;
        this.rate = rate;
        this.slices = slices;
        this.sliceNanos = TimeUnit.SECONDS.toNanos(seconds);
        this.progress = progress;
    }

    private static List<KeyStroke> keys() {
        List<KeyStroke> keys = new ArrayList<>();
        for (KeyType type :
                List.of(
                        KeyType.ArrowDown,
                        KeyType.ArrowDown,
                        KeyType.PageDown,
                        KeyType.End,
                        KeyType.PageUp,
                        KeyType.ArrowUp,
                        KeyType.Home)) {
            keys.add(new KeyStroke(type));
        }
        for (char c : "s<<Sfup>1k".toCharArray()) {
            keys.add(new KeyStroke(c, false, false));
        }
        keys.add(new KeyStroke(KeyType.Enter));
        keys.add(new KeyStroke(KeyType.PageDown));
        keys.add(new KeyStroke(KeyType.Escape));
        keys.add(new KeyStroke(KeyType.Escape));
        return keys;
    }

    Result run() throws IOException {
        Result result = new Result(new Pair(), new Pair(), new ArrayList<>());
        try (CrowdedDispatcher dispatcher = new CrowdedDispatcher(sessions)) {
            progress.accept("opening " + sessions + " sessions");
            dispatcher.open();
            dispatcher.pace(rate);
            warm(dispatcher);
            for (int i = 1; i <= slices; i++) {
                Runnable steady = () -> dispatcher.pace(rate);
                both(dispatcher, steady, result.paced, result.keys, i, "steady");
                both(dispatcher, dispatcher::flood, result.flooded, new ArrayList<>(), i, "flood");
            }
        }
        return result;
    }

    private void both(
            CrowdedDispatcher dispatcher,
            Runnable traffic,
            Pair pair,
            List<Key> keys,
            int slice,
            String what)
            throws IOException {
        say("slice %d of %d: %s, monitor closed", slice, slices, what);
        pair.closed.add(closed(dispatcher, traffic));
        say("slice %d of %d: %s, monitor open", slice, slices, what);
        pair.open.add(open(dispatcher, traffic, keys));
    }

    private void say(String format, Object... arguments) {
        progress.accept(String.format(Locale.ROOT, format, arguments));
    }

    /** Until the code is compiled, and the monitor knows the sessions, at least all but a few. */
    private void warm(CrowdedDispatcher dispatcher) throws IOException {
        long begin = System.nanoTime();
        try (Watcher watcher = new Watcher(dispatcher.control())) {
            int known = 0;
            int keys = 0;
            long passed = 0;
            while (passed < Math.min(WARM_NANOS, 2 * sliceNanos) || known < sessions * 0.99) {
                watcher.type(KEYS.get(keys++ % KEYS.size()));
                known = dispatcher.control().snapshot().sessions().size();
                progress.accept("warming up: the monitor knows " + known + " sessions");
                passed = System.nanoTime() - begin;
                if (passed > LONGEST_READING_NANOS) {
                    throw new IOException(
                            "the monitor knows only " + known + " of " + sessions + " sessions");
                }
            }
        }
    }

    private Slice closed(CrowdedDispatcher dispatcher, Runnable traffic) {
        Meter meter = new Meter(dispatcher, traffic);
        rest(System.nanoTime() + sliceNanos);
        return meter.slice(0, 0);
    }

    private Slice open(CrowdedDispatcher dispatcher, Runnable traffic, List<Key> keys)
            throws IOException {
        try (Watcher watcher = new Watcher(dispatcher.control())) {
            long cpu = watcher.cpuNanos();
            int pictures = watcher.terminal.pictures();
            Meter meter = new Meter(dispatcher, traffic);
            long begin = System.nanoTime();
            for (int i = 0; i < KEYS.size(); i++) {
                keys.add(watcher.type(KEYS.get(i)));
                rest(begin + sliceNanos * (i + 1) / KEYS.size());
            }
            return meter.slice(watcher.cpuNanos() - cpu, watcher.terminal.pictures() - pictures);
        }
    }

    private static void rest(long until) {
        for (long now = System.nanoTime(); now - until < 0; now = System.nanoTime()) {
            LockSupport.parkNanos(until - now);
        }
    }

    /** What one slice adds to all that is counted. */
    private static final class Meter {
        private final CrowdedDispatcher dispatcher;
        private final long begin;
        private final CrowdedDispatcher.Reading before;

        Meter(CrowdedDispatcher dispatcher, Runnable traffic) {
            this.dispatcher = dispatcher;
            this.before = dispatcher.settle();
            this.begin = System.nanoTime();
            traffic.run();
        }

        Slice slice(long monitorNanos, int pictures) {
            CrowdedDispatcher.Reading after = dispatcher.read();
            long nanos = System.nanoTime() - begin;
            Crowd.Count settled = dispatcher.settle().packets();
            return new Slice(
                    nanos,
                    after.packets().sent() - before.packets().sent(),
                    after.packets().received() - before.packets().received(),
                    settled.sent()
                            - before.packets().sent()
                            - (settled.received() - before.packets().received()),
                    after.loopNanos() - before.loopNanos(),
                    after.lookNanos() - before.lookNanos(),
                    monitorNanos,
                    pictures);
        }
    }

    /** Somebody with the monitor open. */
    private static final class Watcher implements AutoCloseable {
        private final TimedTerminal terminal = new TimedTerminal(120, 30);
        private final Monitor monitor;
        private final Thread thread;
        private volatile IOException failure;

        Watcher(LoopControl control) throws IOException {
            MonitorOptions options =
                    new MonitorOptions("bench", Palette.SIXTEEN, true, false, true, ZoneOffset.UTC);
            monitor = new Monitor(control, terminal, options);
            thread = new Thread(this::watch, "monitor");
            thread.setDaemon(true);
            thread.start();
            // The first picture is no key's.
            type(new KeyStroke(KeyType.Home));
        }

        private void watch() {
            try {
                monitor.run();
            } catch (IOException e) {
                failure = e;
            }
        }

        long cpuNanos() {
            return THREADS.getThreadCpuTime(thread.getId());
        }

        /** How long it takes until the screen that follows from a key is there. */
        Key type(KeyStroke key) throws IOException {
            terminal.type(key);
            long until = System.nanoTime() + LONGEST_KEY_NANOS;
            while (terminal.tookNanos() < 0) {
                if (failure != null || System.nanoTime() - until > 0) {
                    throw new IOException("the monitor does not answer to " + key, failure);
                }
                LockSupport.parkNanos(LOOK_NANOS);
            }
            return new Key(terminal.tookNanos(), terminal.workedNanos());
        }

        @Override
        public void close() throws IOException {
            monitor.close();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }
}
