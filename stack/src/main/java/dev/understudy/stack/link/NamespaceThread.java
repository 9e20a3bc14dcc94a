package dev.understudy.stack.link;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * One thread for life that runs what is handed to it, in turn. Not an executor of the JDK's, because those replace a
 * thread that dies, and what matters here is the identity of the thread: the kernel ties a network namespace and the
 * death signal of child processes to it.
 */
final class NamespaceThread {
    private static final FutureTask<Void> END = new FutureTask<>(() -> null);

    private final BlockingQueue<FutureTask<?>> tasks = new LinkedBlockingQueue<>();
    private final Thread thread;

    NamespaceThread(String name) {
        thread = new Thread(this::loop, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void loop() {
        while (true) {
            FutureTask<?> task;
            try {
                task = tasks.take();
            } catch (InterruptedException ignored) {
                // Only a task could have been meant, and it is over: this thread ends by END alone.
                continue;
            }
            if (task == END) {
                return;
            }
            task.run();
        }
    }

    /** Runs the task on this thread and waits for it; what it throws is thrown here, as it is where that is possible. */
    <T> T call(Callable<T> task) throws IOException {
        FutureTask<T> future = new FutureTask<>(task);
        if (Thread.currentThread() == thread) {
            future.run();
        } else if (!thread.isAlive()) {
            throw new IllegalStateException(thread.getName() + " is closed");
        } else {
            tasks.add(future);
        }
        try {
            return future.get();
        } catch (InterruptedException e) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted =
                    new InterruptedIOException("interrupted while waiting for " + thread.getName());
            interrupted.initCause(e);
            throw interrupted;
        } catch (ExecutionException e) {
            throw unwrapped(e.getCause());
        }
    }

    private static IOException unwrapped(Throwable cause) throws IOException {
        if (cause instanceof IOException io) {
            throw io;
        }
        if (cause instanceof RuntimeException runtime) {
            throw runtime;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return new IOException(cause);
    }

    /** Ends the thread after what was handed to it so far. */
    void end() {
        tasks.add(END);
        boolean interrupted = false;
        while (thread.isAlive() && Thread.currentThread() != thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
