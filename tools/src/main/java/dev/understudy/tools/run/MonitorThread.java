package dev.understudy.tools.run;

import dev.understudy.tui.Monitor;
import java.io.IOException;
import java.util.Optional;

/** Runs the monitor, so that signals are heard while it has the terminal. When somebody leaves it, the program ends. */
final class MonitorThread {
    private static final long LONGEST_MILLIS = 2_000;

    private final Monitor monitor;
    private final Thread thread;
    private volatile IOException failure;

    MonitorThread(Monitor monitor) {
        this.monitor = monitor;
        this.thread = new Thread(this::run, "monitor");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            monitor.run();
        } catch (IOException e) {
            failure = e;
        }
    }

    /** Tells the main loop if the monitor has ended. */
    void check(Signals signals) {
        if (!thread.isAlive()) {
            signals.quit();
        }
    }

    /** Closes the monitor, and waits until the terminal is as it was. */
    void end() throws InterruptedException {
        monitor.close();
        thread.join(LONGEST_MILLIS);
    }

    /** What ended the monitor, if it was not somebody at the keyboard. */
    Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }
}
