package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.dispatcher.control.Snapshot.Standing;
import dev.understudy.stack.wire.Endpoint;
import java.util.Map;

/** One server as the loop reads it; the arrays are copies, counted as in {@link HistogramView}, or null for nothing yet. */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ServerSample(
        String service,
        Endpoint endpoint,
        boolean listed,
        int weight,
        boolean backup,
        Standing standing,
        boolean drained,
        long downNanos,
        int sessions,
        long wins,
        long failures,
        Map<String, Long> failuresByKind,
        long roundTripNanos,
        long[] roundTrips,
        long[] firstBytes,
        long retransmissions,
        long stalls) {
    ServerView view() {
        return new ServerView(
                service,
                endpoint,
                listed,
                weight,
                backup,
                standing,
                drained,
                downNanos,
                sessions,
                wins,
                failures,
                failuresByKind,
                roundTripNanos,
                HistogramView.of(roundTrips),
                HistogramView.of(firstBytes),
                retransmissions,
                stalls);
    }
}
