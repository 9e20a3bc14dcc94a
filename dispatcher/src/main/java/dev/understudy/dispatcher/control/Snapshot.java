package dev.understudy.dispatcher.control;

import dev.understudy.stack.wire.Endpoint;
import java.util.List;
import java.util.Map;

/**
 * What a dispatcher looked like at one moment. Large tables are read a part at a time, so that the loop is never held up:
 * every session row says when it was read, and may be older than the snapshot.
 *
 * @param nanos the loop's ticker at that moment
 * @param epochMillis the wall clock at that moment, milliseconds since 1970
 * @param sessions live sessions, in no order
 * @param servers of all services, in the order of the configuration
 * @param links the two links
 * @param limits what may fill up, and how full it is
 * @param counters every count, limit and drop by its name, in the order in which a screen shows them; {@link
 *     Control#meaning} explains each
 */
public record Snapshot(
        long nanos,
        long epochMillis,
        List<SessionView> sessions,
        List<ServiceView> services,
        List<ServerView> servers,
        List<LinkView> links,
        List<LimitView> limits,
        Map<String, Long> counters) {
    /** Before the first one was taken. */
    public static final Snapshot EMPTY =
            new Snapshot(0, 0, List.of(), List.of(), List.of(), List.of(), List.of(), Map.of());

    /** The same at another moment. */
    public Snapshot at(long otherNanos, long otherEpochMillis) {
        return new Snapshot(
                otherNanos, otherEpochMillis, sessions, services, servers, links, limits, counters);
    }

    /** The same with sessions of another moment. */
    Snapshot with(long otherNanos, long otherEpochMillis, List<SessionView> other) {
        return new Snapshot(
                otherNanos, otherEpochMillis, other, services, servers, links, limits, counters);
    }

    /** The same moment with other counters. */
    public Snapshot withCounters(Map<String, Long> other) {
        return new Snapshot(nanos, epochMillis, sessions, services, servers, links, limits, other);
    }

    /** The same moment with other links. */
    public Snapshot withLinks(List<LinkView> other) {
        return new Snapshot(
                nanos, epochMillis, sessions, services, servers, other, limits, counters);
    }

    /** The wall clock, in milliseconds since 1970, at a time of the loop's ticker. */
    public long epochMillis(long ticker) {
        return epochMillis + Math.floorDiv(ticker - nanos, 1_000_000L);
    }

    /**
     * One session (P02).
     *
     * @param protocol {@code tcp} or {@code udp}
     * @param server the server that has the session, or the one being tried; null before the first attempt
     * @param local our own end toward that server; null as {@code server}
     * @param clientState the client's TCP state (RFC 9293), which is the client leg's
     * @param serverState the TCP state that we play toward the server
     * @param delta server's sequence number minus the one that the client sees, as of now
     * @param packets of both sides
     * @param storedPackets kept for a replay, the SYN included; 0 once nothing can be replayed
     * @param openedAt when the client's SYN came, in the loop's nanoseconds
     * @param lastPacketAt when the last packet of either side came
     * @param roundTripNanos how long the server took to answer the SYN, -1 if that was not measured
     * @param hidden failures that the client did not see
     * @param moves how often it has been moved to another server
     * @param impairment what was asked to be done to it, in words; empty if nothing
     * @param watched whether its packets are being recorded
     * @param seenAt when this was read
     */
    public record SessionView(
            long id,
            String service,
            String protocol,
            Endpoint client,
            Endpoint original,
            Endpoint server,
            Endpoint local,
            String phase,
            String clientState,
            String serverState,
            int delta,
            long bytesUp,
            long bytesDown,
            long packets,
            int storedPackets,
            long storedBytes,
            long openedAt,
            long lastPacketAt,
            long roundTripNanos,
            int hidden,
            int moves,
            String impairment,
            boolean watched,
            long seenAt) {
        /** What the first event that is heard of a session tells; if that is not its opening, it is not even known of what. */
        public static SessionView firstHeard(Event event) {
            boolean opened = event.kind() == Event.Kind.OPENED;
            return new SessionView(
                    event.session(),
                    opened ? event.text() : "",
                    "",
                    event.client(),
                    opened ? event.server() : null,
                    null,
                    null,
                    "opening",
                    "",
                    "",
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    event.nanos(),
                    event.nanos(),
                    -1,
                    0,
                    0,
                    "",
                    false,
                    event.nanos());
        }

        /** How old it was when this was read. */
        public long ageNanos() {
            return seenAt - openedAt;
        }

        /** How long it had been idle when this was read. */
        public long idleNanos() {
            return seenAt - lastPacketAt;
        }

        /** How old it is at a time of the loop's ticker. */
        public long ageAt(long now) {
            return Math.max(0, now - openedAt);
        }
    }

    /**
     * One service.
     *
     * @param originals as the configuration writes them
     * @param strategy as the configuration writes it: {@code staggered}, {@code race}, ...
     * @param bind {@code connect}, {@code url} or {@code sni}
     * @param recover which failures are hidden, as the configuration writes them
     */
    public record ServiceView(
            String name,
            List<String> originals,
            String strategy,
            long staggerNanos,
            long timeoutNanos,
            int attempts,
            String bind,
            List<String> recover,
            int servers,
            int sessions) {
        public ServiceView {
            originals = List.copyOf(originals);
            recover = List.copyOf(recover);
        }
    }

    /** How a server is being tried. */
    public enum Standing {
        /** In its turn. */
        UP,
        /** Beside the next candidate: it did not answer lately, and nobody waits for it. */
        SUSPECT,
        /** Behind all others: it is remembered as failed. */
        DOWN;

        /** {@code up}, {@code suspect} or {@code down}. */
        public String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * One server of one service.
     *
     * @param listed whether it is in the configuration; one that is not is an original that clients asked for
     * @param drained whether it gets no new sessions
     * @param downNanos how long it stays down, 0 if it is not
     * @param sessions live ones
     * @param wins sessions that it has ever got
     * @param failures of all kinds
     * @param failuresByKind by {@code reset}, {@code unreachable}, {@code timeout}, ...; kinds that occurred
     * @param roundTripNanos smoothed SYN round trip, -1 if none was measured
     * @param roundTrips all SYN round trips
     * @param firstBytes all times from the client's last data to the server's first
     * @param retransmissions segments with data that were sent once more, to it or by it
     * @param stalls silences of a second or more in which it owed an answer, or the rest of one
     */
    public record ServerView(
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
            HistogramView roundTrips,
            HistogramView firstBytes,
            long retransmissions,
            long stalls) {
        /** Whether it is tried in its turn; false while it is remembered as failed. */
        public boolean up() {
            return standing != Standing.DOWN;
        }
    }

    /**
     * One of the two links.
     *
     * @param side {@code client} or {@code network}
     * @param impairment what was asked to be done to it, in words; empty if nothing
     */
    public record LinkView(
            String side,
            String name,
            boolean open,
            long framesIn,
            long bytesIn,
            long framesOut,
            long bytesOut,
            long dropped,
            String impairment) {}

    /**
     * Something that may fill up.
     *
     * @param reached how often it was full, and what then happens had to happen
     * @param then what happens when it is full, in plain words
     */
    public record LimitView(
            String name, long used, long most, long reached, String unit, String then) {}
}
