package dev.understudy.tools.bench;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Small things about programs that were started. */
final class Programs {
    private Programs() {}

    /** Reads what a program writes, aside, so that it never has to wait for a reader. */
    static FutureTask<String> said(Process program) {
        FutureTask<String> said =
                new FutureTask<>(
                        () ->
                                new String(
                                        program.getInputStream().readAllBytes(),
                                        StandardCharsets.US_ASCII));
        Thread reader = new Thread(said, "reader");
        reader.setDaemon(true);
        reader.start();
        return said;
    }

    /** What comes of something that was done aside, once it is done. */
    static <T> T get(FutureTask<T> aside) throws IOException {
        try {
            return aside.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted in waiting for what is done aside");
        } catch (ExecutionException e) {
            throw new IOException("what was done aside has failed", e);
        }
    }

    /** Waits for a program's end; its exit code. */
    static int ended(Process program) throws IOException {
        try {
            return program.waitFor();
        } catch (InterruptedException e) {
            program.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted in waiting for a program");
        }
    }
}
