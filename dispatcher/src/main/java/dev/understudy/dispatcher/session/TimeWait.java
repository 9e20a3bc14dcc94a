package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;

/**
 * The shadow of a session that is over. After a close by FIN it still translates, so that a retransmitted FIN finds the
 * end that answers it. After a reset nobody is left to answer, and whatever either end still sends, because the RST to it
 * was lost, is answered by RST here. A new SYN of the same client to the same original starts afresh at once.
 */
final class TimeWait implements Phase {
    private final Engine engine;

    TimeWait(Engine engine) {
        this.engine = engine;
    }

    @Override
    public void fromClient(Session session, Packet packet, long now) {
        if (packet.has(Tcp.SYN)) {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
        } else if (closed(session) && session.leg == null) {
            // A retransmitted FIN. To answer a RST would make two ends answer each other for ever.
            if (packet.segmentLength() > 0 && !packet.has(Tcp.RST)) {
                engine.out.client.acknowledgeAgain(session, packet, now);
            }
        } else if (closed(session)) {
            engine.out.forwardUp(session, packet, now);
        } else {
            engine.out.client.answerWithReset(session, packet, now);
        }
    }

    @Override
    public void fromServer(Session session, ServerLeg leg, Packet packet, long now) {
        if (!closed(session)) {
            engine.out.server.answerWithReset(packet, Counter.LATE_ANSWERS, now);
        } else if (packet.has(Tcp.SYN)) {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
        } else {
            engine.out.forwardDown(session, packet, now);
        }
    }

    private static boolean closed(Session session) {
        return session.clientFinAcked && session.serverFinAcked;
    }

    @Override
    public void icmpError(
            Session session, ServerLeg leg, Packet icmp, Failure failure, int quotedSeq, long now) {
        // Nobody is left whom it could concern.
    }

    @Override
    public void deadline(Session session, long now) {
        // Shadows expire in the order in which they came: see SessionTable.
    }

    /** The next connection may begin. The same SYN is the next one's, too, if the client never knew that the last had begun. */
    @Override
    public boolean yieldsTo(Session session, Packet syn) {
        return syn.seq() != session.clientIsn || !session.clientAnswered;
    }

    @Override
    public void leaveServers(Session session, long now) {
        // They have been left already.
    }

    @Override
    public void tellClient(Session session, long now) {
        // It knows.
    }

    @Override
    public String label() {
        return "time-wait";
    }
}
