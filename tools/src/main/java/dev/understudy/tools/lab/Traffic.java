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
 * Clients that keep asking, at a bounded rate. The brisk ones begin a connection every period, most for one request, some
 * for a few; the lingering ones keep theirs for some seconds, so that there are always sessions to look at, and some that
 * live when their server falls silent. They are threads in the client's namespace, so their TCP is the kernel's. What
 * they ask for is drawn from the seed; when they ask is jittered from it too, so that clients do not march in step.
 */
final class Traffic {
    /** A client that has waited this long calls it a failure. */
    static final int PATIENCE_MILLIS = 15_000;

    static final long BRISK_PERIOD_NANOS = 25_000_000L;
    static final long BRISK_PAUSE_NANOS = 6_000_000L;
    static final long LINGERING_PERIOD_NANOS = 1_000_000_000L;
    static final long LINGERING_PAUSE_NANOS = 400_000_000L;

    private final InetSocketAddress original;
    private final Consumer<Visit> visits;
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean stopping;

    /**
     * Starts the clients.
     *
     * @param brisk how many begin a connection every 25 ms
     * @param lingering how many keep a connection for seconds
     * @param visits is told of every connection, from the clients' threads
     */
    Traffic(
            NetworkNamespace namespace,
            InetSocketAddress original,
            int brisk,
            int lingering,
            long seed,
            Consumer<Visit> visits) {
        this.original = original;
        this.visits = visits;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < brisk + lingering; i++) {
            SplittableRandom own = random.split();
            boolean lingers = i >= brisk;
            Thread client = namespace.newThread(() -> visitAgainAndAgain(own, lingers));
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

    private void visitAgainAndAgain(SplittableRandom random, boolean lingers) {
        long period = lingers ? LINGERING_PERIOD_NANOS : BRISK_PERIOD_NANOS;
        long next = System.nanoTime();
        while (!stopping) {
            visits.accept(
                    lingers
                            ? visit(random, 5 + random.nextInt(15), LINGERING_PAUSE_NANOS)
                            : visit(random, few(random), BRISK_PAUSE_NANOS));
            next += jittered(period, random);
            long wait = next - System.nanoTime();
            if (wait > 0) {
                LockSupport.parkNanos(wait);
            } else {
                next -= wait;
            }
        }
    }

    private Visit visit(SplittableRandom random, int planned, long pauseNanos) {
        int port = 0;
        int sent = 1;
        long first = 0;
        long longest = 0;
        long begin = System.nanoTime();
        try (WebClient client = new WebClient(original, PATIENCE_MILLIS)) {
            port = client.localPort();
            for (; ; sent++) {
                boolean last = sent >= planned || stopping;
                client.get(size(random), last);
                long took = System.nanoTime() - begin;
                longest = Math.max(longest, took);
                if (sent == 1) {
                    first = took;
                }
                if (last) {
                    return new Visit(port, sent, first, longest, Optional.empty());
                }
                LockSupport.parkNanos(jittered(pauseNanos, random));
                begin = System.nanoTime();
            }
        } catch (IOException e) {
            String what = e.getMessage() == null ? e.toString() : e.getMessage();
            long took = System.nanoTime() - begin;
            return new Visit(port, sent, first, Math.max(longest, took), Optional.of(what));
        }
    }

    /** From half to one and a half of it. */
    static long jittered(long nanos, SplittableRandom random) {
        return (long) (nanos * (0.5 + random.nextDouble()));
    }

    /** Mostly one request, else up to six. */
    static int few(SplittableRandom random) {
        return random.nextInt(4) == 0 ? 2 + random.nextInt(5) : 1;
    }

    /** Mostly the greeting, sometimes a page, now and then a picture. */
    static int size(SplittableRandom random) {
        int lot = random.nextInt(20);
        return lot < 16 ? 0 : lot < 19 ? 4_000 + random.nextInt(8_000) : 200_000;
    }
}
