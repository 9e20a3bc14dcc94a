package dev.understudy.stack.link;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Counts the bytes that one thread puts on the heap. */
public final class AllocationMeter {
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final long thread;
    private long before;

    /** For the calling thread. */
    @SuppressWarnings("deprecation") // getId() has a successor only in JDK 19
    public AllocationMeter() {
        this(Thread.currentThread().getId());
    }

    /** For the thread with this number. */
    public AllocationMeter(long thread) {
        this.thread = thread;
    }

    /** Starts, or starts anew. */
    public void start() {
        before = threads.getThreadAllocatedBytes(thread);
    }

    /** Bytes since the start. */
    public long bytes() {
        return threads.getThreadAllocatedBytes(thread) - before;
    }
}
