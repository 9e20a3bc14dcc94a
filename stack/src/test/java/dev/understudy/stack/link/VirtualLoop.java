package dev.understudy.stack.link;

import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * An event loop on the test's own thread, in virtual time. Nothing runs but in {@link #run} and {@link #advance}, which
 * stops at every deadline on the way, so that what is scheduled runs when it is due and not at the end.
 */
public final class VirtualLoop {
    private final MockTicker ticker = Ticker.newMockTicker();
    private final Loop loop = new Loop(ticker);

    /** The deadline of the next scheduled task is not for everyone to see, but for subclasses. */
    private static final class Loop extends ManualIoEventLoop {
        Loop(Ticker ticker) {
            super(null, Thread.currentThread(), LocalIoHandler.newFactory(), ticker);
        }

        long nextDeadline() {
            return nextScheduledTaskDeadlineNanos();
        }
    }

    public ManualIoEventLoop loop() {
        return loop;
    }

    /** Virtual nanoseconds. */
    public long now() {
        return ticker.nanoTime();
    }

    /** Runs what is to be done now, and what that leads to, without moving time; for ever if that never ends. */
    public VirtualLoop run() {
        while (loop.runNow() > 0) {
            // What ran may have given the loop more to do.
        }
        return this;
    }

    /** Time passes and nothing runs, as when a machine is suspended; what is due by then waits for the next run. */
    public VirtualLoop stall(Duration duration) {
        ticker.advance(duration.toNanos(), TimeUnit.NANOSECONDS);
        return this;
    }

    /** Moves time on, running each scheduled task at its time. */
    public VirtualLoop advance(Duration duration) {
        long end = now() + duration.toNanos();
        run();
        for (long next = loop.nextDeadline();
                next >= 0 && next <= end;
                next = loop.nextDeadline()) {
            ticker.advance(Math.max(0, next - now()), TimeUnit.NANOSECONDS);
            run();
        }
        ticker.advance(Math.max(0, end - now()), TimeUnit.NANOSECONDS);
        return run();
    }
}
