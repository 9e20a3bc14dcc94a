package dev.understudy.dispatcher.control;

import dev.understudy.stack.wire.Endpoint;
import java.util.List;
import java.util.Map;

/**
 * What a dispatcher looked like at one moment.
 *
 * @param nanos the loop's ticker at that moment
 * @param sessions live sessions, in no order
 * @param counters every count, limit and drop by its name, in the order in which a screen shows them
 */
public record Snapshot(
        long nanos,
        List<SessionView> sessions,
        List<ServerView> servers,
        Map<String, Long> counters) {

    /**
     * One session (P02).
     *
     * @param server the server that has the session, or the one being tried; null before the first attempt
     * @param delta server's sequence number minus the one that the client sees, as of now
     * @param idleNanos since the last packet of either side
     * @param hidden failures that the client did not see
     */
    public record SessionView(
            long id,
            String service,
            Endpoint client,
            Endpoint original,
            Endpoint server,
            String phase,
            String clientState,
            String serverState,
            int delta,
            long bytesUp,
            long bytesDown,
            long packets,
            int storedPackets,
            long storedBytes,
            long ageNanos,
            long idleNanos,
            int hidden) {}

    /**
     * One server of one service.
     *
     * @param up whether it is tried in its turn; false while it is remembered as failed
     * @param roundTripNanos smoothed SYN round trip, -1 if none was measured
     */
    public record ServerView(
            String service,
            Endpoint endpoint,
            boolean up,
            int sessions,
            long wins,
            long failures,
            long roundTripNanos) {}
}
