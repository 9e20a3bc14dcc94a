package dev.understudy.tools.bench;

import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.input.KeyStroke;
import com.googlecode.lanterna.terminal.virtual.DefaultVirtualTerminal;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * A terminal in memory that tells how long a key took until the screen that follows from it was there. Whatever is sent
 * before the key was taken does not count; what is sent next after it does. A key that changes nothing has taken until the
 * next one is looked for.
 */
final class TimedTerminal extends DefaultVirtualTerminal {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private long typedAt;
    private boolean taken;
    private boolean passed;
    private boolean shown;
    private long tookNanos;
    private long workedFrom;
    private long workedNanos;
    private int pictures;

    TimedTerminal(int columns, int rows) {
        super(new TerminalSize(columns, rows));
    }

    /** Types a key. */
    synchronized void type(KeyStroke key) {
        taken = false;
        passed = false;
        shown = false;
        typedAt = System.nanoTime();
        addInput(key);
    }

    /** How long the last key took, in nanoseconds; -1 as long as its screen is not there. */
    synchronized long tookNanos() {
        return shown ? tookNanos : -1;
    }

    /** How much of that the monitor's thread spent on a processor, from the moment when it saw the key. */
    synchronized long workedNanos() {
        return workedNanos;
    }

    /** How many screens were sent. */
    synchronized int pictures() {
        return pictures;
    }

    @Override
    public synchronized KeyStroke pollInput() {
        KeyStroke key = super.pollInput();
        if (taken && key == null) {
            if (passed) {
                answered();
            }
            passed = true;
        }
        if (!taken && key != null) {
            taken = true;
            workedFrom = THREADS.getCurrentThreadCpuTime();
        }
        return key;
    }

    @Override
    public synchronized void flush() {
        super.flush();
        pictures++;
        if (taken) {
            answered();
        }
    }

    private void answered() {
        if (!shown) {
            shown = true;
            tookNanos = System.nanoTime() - typedAt;
            workedNanos = THREADS.getCurrentThreadCpuTime() - workedFrom;
        }
    }
}
