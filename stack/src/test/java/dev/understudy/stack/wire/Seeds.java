package dev.understudy.stack.wire;

import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Runs a property over many seeds; a failure names the seed, and {@code -Dseed=S} runs that one alone. */
public final class Seeds {
    private Seeds() {}

    public static void each(int tries, Consumer<SplittableRandom> property) {
        Long only = Long.getLong("seed");
        if (only != null) {
            property.accept(new SplittableRandom(only));
            return;
        }
        for (long seed = 0; seed < tries; seed++) {
            try {
                property.accept(new SplittableRandom(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "seed " + seed + " (-Dseed=" + seed + "): " + e.getMessage(), e);
            }
        }
    }
}
