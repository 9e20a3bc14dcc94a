package dev.understudy.dispatcher.control;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Durations counted in fixed buckets, two an octave from 1 µs on: bucket {@code i} holds those up to {@link #upTo}, and more
 * than the one before.
 *
 * @param counts how many fell in each bucket; the last takes everything above
 * @param sumNanos of all durations
 */
public record HistogramView(List<Long> counts, long sumNanos) {
    /** From 1 µs to 2^25 µs, about half a minute, and one for the rest. */
    public static final int BUCKETS = 52;

    public static final HistogramView EMPTY =
            new HistogramView(Collections.nCopies(BUCKETS, 0L), 0);

    public HistogramView {
        counts = List.copyOf(counts);
    }

    /**
     * Counts as an array, with the sum behind the last bucket.
     *
     * @param counted {@link #BUCKETS} + 1 numbers, or null for nothing yet
     */
    static HistogramView of(long[] counted) {
        if (counted == null) {
            return EMPTY;
        }
        return new HistogramView(
                Arrays.stream(counted, 0, BUCKETS).boxed().toList(), counted[BUCKETS]);
    }

    /** The longest duration, in nanoseconds, that falls in a bucket; {@code Long.MAX_VALUE} for the last. */
    public static long upTo(int bucket) {
        if (bucket >= BUCKETS - 1) {
            return Long.MAX_VALUE;
        }
        long octave = 1000L << (bucket >> 1);
        return (bucket & 1) == 0 ? octave : octave + (octave >> 1);
    }

    /** The bucket of a duration. */
    public static int bucket(long nanos) {
        if (nanos <= 1000) {
            return 0;
        }
        int octave = 63 - Long.numberOfLeadingZeros((nanos - 1) / 1000);
        int bucket = 2 * octave + (nanos <= upTo(2 * octave + 1) ? 1 : 2);
        return Math.min(bucket, BUCKETS - 1);
    }

    public long count() {
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        return sum;
    }

    /** The bucket's upper end under which a share {@code p} (0..1) of the durations lies, in nanoseconds; -1 if none is there. */
    public long quantile(double p) {
        long total = count();
        if (total == 0) {
            return -1;
        }
        long wanted = Math.max(1, (long) Math.ceil(p * total));
        long seen = 0;
        for (int i = 0; i < counts.size(); i++) {
            seen += counts.get(i);
            if (seen >= wanted) {
                return i == BUCKETS - 1 ? upTo(i - 1) : upTo(i);
            }
        }
        return upTo(BUCKETS - 2);
    }
}
