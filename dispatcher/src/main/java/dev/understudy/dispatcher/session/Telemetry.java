package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.service.ServerFigures;
import dev.understudy.dispatcher.translate.Translation;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;

/**
 * What servers' answers tell of them in passing (B09): how long after the client's last data the first byte comes, what has to
 * be sent twice, and where an answer stands still. Read off the packets of TCP sessions as they pass, without a probe, an
 * allocation or a timer; nothing is decided here, and what somebody makes up from off the path spoils a number at most.
 */
final class Telemetry {
    /** A server that owes something and says nothing for so long has stalled. */
    static final long STALL_NANOS = 1_000_000_000L;

    private Telemetry() {}

    /** A segment of the client has come, and nothing has been done about it yet. */
    static void fromClient(Session session, Packet packet, long now) {
        int length = packet.payloadLength();
        if (length == 0) {
            return;
        }
        if (SeqNum.gt(packet.seq() + length, session.upNxt)) {
            // The last segment of what is asked counts: sooner no server can answer.
            session.askedAt = now;
        } else if (session.leg != null && !isProbe(length, packet.seq(), session.upNxt)) {
            session.leg.server.figures().sentAgain();
        }
    }

    /** The same for a segment of the server, in its own numbers, on the leg that has the session. */
    static void fromServer(Session session, ServerLeg leg, Packet packet, long now) {
        int length = packet.payloadLength();
        if (length == 0 || leg.ours) {
            return;
        }
        Translation translation = session.translation;
        int seq =
                translation == null ? packet.seq() : translation.serverToClient().map(packet.seq());
        ServerFigures figures = leg.server.figures();
        if (!SeqNum.gt(seq + length, session.downNxt)) {
            if (!isProbe(length, seq, session.downNxt)) {
                figures.sentAgain();
            }
            return;
        }
        if (session.askedAt != 0) {
            figures.firstByte(now - session.askedAt);
            if (now - session.askedAt >= STALL_NANOS) {
                figures.stalled();
            }
            session.askedAt = 0;
        } else if (now - session.lastPacketAt >= STALL_NANOS && inAnAnswer(session)) {
            figures.stalled();
        }
    }

    /** The client is with another server: what it waits for is asked now. */
    static void bound(Session session, long now) {
        if (session.askedAt != 0) {
            session.askedAt = now;
        }
    }

    /** A keep-alive probe may have a byte of data (RFC 1122 §4.2.3.6). */
    private static boolean isProbe(int length, int seq, int next) {
        return length == 1 && seq == next - 1;
    }

    /** Whether an answer is known to be unfinished; of what is not read along nobody knows, and a silence is no stall. */
    private static boolean inAnAnswer(Session session) {
        return session.conversation != null
                && session.conversation.oldest().map(oldest -> oldest.answer != null).orElse(false);
    }
}
