package dev.understudy.stack.link;

import java.time.Duration;

/**
 * What a bad network does to the frames of one direction. Probabilities are from 0 to 1, per frame.
 *
 * @param loss probability that a frame is lost
 * @param delay time that each frame takes
 * @param jitter a frame takes up to this much more or less, evenly spread; order is kept
 * @param duplicate probability that a frame arrives twice
 * @param reorder probability that a frame is held back for {@code reorderBy}, so that later ones overtake it
 * @param reorderBy how long a reordered frame is held back
 * @param corrupt probability that one bit behind the Ethernet header is flipped
 * @param rate bits per second that pass, 0 for no limit; a burst waits in the queue
 * @param mtu longer IP datagrams vanish without a word, 0 for no limit: a path MTU black hole
 * @param blackhole whether nothing passes at all
 * @param queue frames that can wait; more are dropped
 */
public record Impairment(
        double loss,
        Duration delay,
        Duration jitter,
        double duplicate,
        double reorder,
        Duration reorderBy,
        double corrupt,
        long rate,
        int mtu,
        boolean blackhole,
        int queue) {
    /** A network that does nothing to frames. */
    public static final Impairment NONE =
            new Impairment(
                    0,
                    Duration.ZERO,
                    Duration.ZERO,
                    0,
                    0,
                    Duration.ofMillis(5),
                    0,
                    0,
                    0,
                    false,
                    4096);

    /** A network that nothing passes. */
    public static final Impairment BLACKHOLE = NONE.withBlackhole(true);

    public Impairment {
        probability("loss", loss);
        probability("duplicate", duplicate);
        probability("reorder", reorder);
        probability("corrupt", corrupt);
        if (delay.isNegative() || jitter.isNegative() || reorderBy.isNegative()) {
            throw new IllegalArgumentException("a delay cannot be negative");
        }
        if (rate < 0 || mtu < 0 || queue < 0) {
            throw new IllegalArgumentException("a limit cannot be negative");
        }
    }

    private static void probability(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " is a probability, not " + value);
        }
    }

    public Impairment withLoss(double value) {
        return new Impairment(
                value, delay, jitter, duplicate, reorder, reorderBy, corrupt, rate, mtu, blackhole,
                queue);
    }

    public Impairment withDelay(Duration value) {
        return new Impairment(
                loss, value, jitter, duplicate, reorder, reorderBy, corrupt, rate, mtu, blackhole,
                queue);
    }

    public Impairment withJitter(Duration value) {
        return new Impairment(
                loss, delay, value, duplicate, reorder, reorderBy, corrupt, rate, mtu, blackhole,
                queue);
    }

    public Impairment withDuplicate(double value) {
        return new Impairment(
                loss, delay, jitter, value, reorder, reorderBy, corrupt, rate, mtu, blackhole,
                queue);
    }

    public Impairment withReorder(double value, Duration by) {
        return new Impairment(
                loss, delay, jitter, duplicate, value, by, corrupt, rate, mtu, blackhole, queue);
    }

    public Impairment withCorrupt(double value) {
        return new Impairment(
                loss, delay, jitter, duplicate, reorder, reorderBy, value, rate, mtu, blackhole,
                queue);
    }

    public Impairment withRate(long bitsPerSecond) {
        return new Impairment(
                loss,
                delay,
                jitter,
                duplicate,
                reorder,
                reorderBy,
                corrupt,
                bitsPerSecond,
                mtu,
                blackhole,
                queue);
    }

    public Impairment withMtu(int value) {
        return new Impairment(
                loss, delay, jitter, duplicate, reorder, reorderBy, corrupt, rate, value, blackhole,
                queue);
    }

    public Impairment withBlackhole(boolean value) {
        return new Impairment(
                loss, delay, jitter, duplicate, reorder, reorderBy, corrupt, rate, mtu, value,
                queue);
    }

    public Impairment withQueue(int frames) {
        return new Impairment(
                loss, delay, jitter, duplicate, reorder, reorderBy, corrupt, rate, mtu, blackhole,
                frames);
    }
}
