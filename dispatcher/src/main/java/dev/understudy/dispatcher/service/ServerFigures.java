package dev.understudy.dispatcher.service;

import dev.understudy.dispatcher.control.HistogramView;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is counted of a server for people to look at; nothing is decided by it. Arrays are made when first needed. */
public final class ServerFigures {
    private final Map<String, Long> failures = new LinkedHashMap<>();
    private long retransmissions;
    private long stalls;
    private long[] roundTrips;
    private long[] firstBytes;

    /** A failure of this kind, in one word. */
    public void failed(String kind) {
        failures.merge(kind, 1L, Long::sum);
    }

    void roundTrip(long nanos) {
        roundTrips = count(roundTrips, nanos);
    }

    /** A segment with data was sent once more, to it or by it. */
    public void sentAgain() {
        retransmissions++;
    }

    /** It owed an answer, or the rest of one, and said nothing for a second or more. */
    public void stalled() {
        stalls++;
    }

    public long retransmissions() {
        return retransmissions;
    }

    public long stalls() {
        return stalls;
    }

    /** So long after the client's last data came the server's first. */
    public void firstByte(long nanos) {
        firstBytes = count(firstBytes, nanos);
    }

    private static long[] count(long[] counts, long nanos) {
        long[] counted = counts == null ? new long[HistogramView.BUCKETS + 1] : counts;
        counted[HistogramView.bucket(nanos)]++;
        counted[HistogramView.BUCKETS] += nanos;
        return counted;
    }

    /** Failures by kind, a copy. */
    public Map<String, Long> failures() {
        return failures.isEmpty() ? Map.of() : new LinkedHashMap<>(failures);
    }

    /** SYN round trips by bucket, with their sum behind the last; a copy, or null. */
    public long[] roundTrips() {
        return roundTrips == null ? null : roundTrips.clone();
    }

    /** Times to the first byte, likewise. */
    public long[] firstBytes() {
        return firstBytes == null ? null : firstBytes.clone();
    }
}
