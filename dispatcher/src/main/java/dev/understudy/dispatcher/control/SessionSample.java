package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.Endpoint;

/**
 * One session as the loop reads it: numbers only, so that reading costs the loop one small object. Whoever wants to look at
 * it makes a {@link SessionView} of it, elsewhere. Addresses are as in {@link Endpoint#of}; a server port of 0 is no server.
 */
public record SessionSample(
        long id,
        String service,
        boolean udp,
        long clientHi,
        long clientLo,
        int clientPort,
        long originalHi,
        long originalLo,
        int originalPort,
        long serverHi,
        long serverLo,
        int serverPort,
        long localHi,
        long localLo,
        int localPort,
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

    /** The same for people, with what did not change taken from {@code before}, which may be null. */
    public SessionView view(SessionView before) {
        boolean known = before != null;
        Endpoint server = serverPort == 0 ? null : Endpoint.of(serverHi, serverLo, serverPort);
        Endpoint local = serverPort == 0 ? null : Endpoint.of(localHi, localLo, localPort);
        boolean sameServer = known && server != null && server.equals(before.server());
        return new SessionView(
                id,
                service,
                udp ? "udp" : "tcp",
                known ? before.client() : Endpoint.of(clientHi, clientLo, clientPort),
                known ? before.original() : Endpoint.of(originalHi, originalLo, originalPort),
                sameServer ? before.server() : server,
                sameServer && local.equals(before.local()) ? before.local() : local,
                phase,
                clientState,
                serverState,
                delta,
                bytesUp,
                bytesDown,
                packets,
                storedPackets,
                storedBytes,
                openedAt,
                lastPacketAt,
                roundTripNanos,
                hidden,
                moves,
                impairment,
                watched,
                seenAt);
    }
}
