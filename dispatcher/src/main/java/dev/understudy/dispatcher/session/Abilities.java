package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TcpOptions;
import java.util.List;

/**
 * What is offered to a client whose handshake we answer ourselves (DESIGN 7.4): what all servers can do that may get it, as
 * far as their handshakes have told so far. Of a server that has not been heard yet nothing is asked that would have to be
 * emulated: MSS, SACK and window scale are universal, timestamps are not.
 */
final class Abilities {
    /** Windows to 8 MiB, as kernels scale them by default. */
    private static final int SHIFT = 7;

    private Abilities() {}

    /** Notes what a server's SYN+ACK shows of it. */
    static void learn(Server server, Packet synAck, TcpOptions scratch) {
        scratch.parse(synAck);
        server.learned(scratch.mss(), scratch.hasTimestamps());
    }

    /** What the client's offer comes to. */
    static LegOptions offer(LegOptions client, int maxMss, List<Server> candidates) {
        int mss = maxMss;
        boolean timestamps = client.timestamps() && !candidates.isEmpty();
        for (Server server : candidates) {
            timestamps &= server.hasTimestamps();
            if (server.mss() > 0) {
                mss = Math.min(mss, server.mss());
            }
        }
        boolean scaled = client.clientShift() != LegOptions.NO_SCALE;
        return new LegOptions(
                client.clientMss(),
                mss,
                client.clientShift(),
                scaled ? SHIFT : LegOptions.NO_SCALE,
                timestamps,
                client.sackPermitted());
    }
}
