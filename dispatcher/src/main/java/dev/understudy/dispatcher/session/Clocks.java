package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.TcpOptions;

/**
 * Timestamps of the segments that we make ourselves. Where they were agreed on, no segment but a RST may lack them, and a
 * strict end drops one that does (RFC 7323 §3.2). Both clocks are known while a conversation is read along. A session that is
 * only relayed has none: it is too small to keep them, so what it asks of its own accord goes without.
 */
final class Clocks {
    private Clocks() {}

    /** What a segment to the client carries; null for nothing. */
    static TcpOptionWriter toClient(Session session) {
        boolean known =
                session.conversation != null
                        && session.clientOptions != null
                        && session.clientOptions.timestamps();
        return known
                ? new TcpOptionWriter()
                        .timestamps(session.lastTsVal, session.conversation.clientTsVal)
                : null;
    }

    /** What a segment on a server leg carries; null for nothing. */
    static TcpOptionWriter toServer(ServerLeg leg) {
        Session session = leg.session;
        LegOptions client = session.clientOptions;
        LegOptions agreed = leg.options == null ? client : leg.options;
        if (session.conversation == null
                || client == null
                || !client.timestamps()
                || !agreed.timestamps()) {
            return null;
        }
        return new TcpOptionWriter().timestamps(session.conversation.clientTsVal, leg.tsVal);
    }

    /** What an answer to a segment carries if nothing is known but the segment: it echoes what its sender heard last. */
    static TcpOptionWriter answering(Packet segment, TcpOptions scratch) {
        scratch.parse(segment);
        return scratch.hasTimestamps()
                ? new TcpOptionWriter().timestamps(scratch.tsEcr(), scratch.tsVal())
                : null;
    }
}
