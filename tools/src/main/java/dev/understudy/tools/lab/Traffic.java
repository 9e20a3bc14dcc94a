package dev.understudy.tools.lab;

import dev.understudy.stack.link.NetworkNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Clients that keep asking, at a bounded rate: each begins a connection every period, most for one request, some for a
 * few. They are threads in the client's namespace, so their TCP is the kernel's. What they ask for is drawn from the
 * seed; when they ask is jittered from it too, so that clients do not march in step.
 */
final class Traffic {
    /** A client that has waited this long calls it a failure. */
    static final int PATIENCE_MILLIS = 15_000;

    private static final int MOST_REQUESTS = 6;

    private final InetSocketAddress original;
    private final long periodNanos;
    private final Consumer<Visit> visits;
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean stopping;

    /**
     * Starts the clients.
     *
     * @param count how many clients
     * @param periodNanos from the beginning of one connection of a client to the next, on average
     * @param visits is told of every connection, from the clients' threads
     */
    Traffic(
            NetworkNamespace namespace,
            InetSocketAddress original,
            int count,
            long periodNanos,
            long seed,
            Consumer<Visit> visits) {
        this.original = original;
        this.periodNanos = periodNanos;
        this.visits = visits;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < count; i++) {
            SplittableRandom own = random.split();
            Thread client = namespace.newThread(() -> visitAgainAndAgain(own));
            client.setName("client-" + (i + 1));
            clients.add(client);
        }
        clients.forEach(Thread::start);
    }

    /** Begins no further connection, and waits for those that are under way. */
    void finish() throws InterruptedException {
        stopping = true;
        for (Thread client : clients) {
            client.join(3L * PATIENCE_MILLIS);
        }
    }

    private void visitAgainAndAgain(SplittableRandom random) {
        long next = System.nanoTime();
        while (!stopping) {
            visits.accept(visit(random));
            next += (long) (periodNanos * (0.5 + random.nextDouble()));
            long wait = next - System.nanoTime();
            if (wait > 0) {
                LockSupport.parkNanos(wait);
            } else {
                next -= wait;
            }
        }
    }

    private Visit visit(SplittableRandom random) {
        int planned = random.nextInt(4) == 0 ? 2 + random.nextInt(MOST_REQUESTS - 1) : 1;
        int port = 0;
        int sent = 1;
        long first = 0;
        long longest = 0;
        long begin = System.nanoTime();
        try (WebClient client = new WebClient(original, PATIENCE_MILLIS)) {
            port = client.localPort();
            for (; ; sent++) {
                client.get(size(random), sent == planned);
                long took = System.nanoTime() - begin;
                longest = Math.max(longest, took);
                if (sent == 1) {
                    first = took;
                }
                if (sent == planned) {
                    return new Visit(port, sent, first, longest, Optional.empty());
                }
                LockSupport.parkNanos(periodNanos / 4);
                begin = System.nanoTime();
            }
        } catch (IOException e) {
            String what = e.getMessage() == null ? e.toString() : e.getMessage();
            long took = System.nanoTime() - begin;
            return new Visit(port, sent, first, Math.max(longest, took), Optional.of(what));
        }
    }

    /** Mostly the greeting, sometimes a page, now and then a picture. */
    private static int size(SplittableRandom random) {
        int lot = random.nextInt(20);
        return lot < 16 ? 0 : lot < 19 ? 4_000 + random.nextInt(8_000) : 200_000;
    }
}
