package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.Unpooled;

/**
 * No server is there, and the client gets its last words from us: a redirection (P36), or nothing but the FIN that answers its
 * own. {@link ClientDelivery} answers for them.
 */
final class Answering implements Phase {
    private static final int MOST_BYTES = 1 << 16;

    private final Engine engine;
    private final Session session;
    private final ClientDelivery delivery;

    private Answering(Engine engine, Session session) {
        this.engine = engine;
        this.session = session;
        this.delivery = new ClientDelivery(session, engine.out, session.downNxt, MOST_BYTES, true);
    }

    /** Says {@code words} to a client that no server is there for, and FIN. */
    static void begin(Engine engine, Session session, byte[] words, long now) {
        Answering phase = new Answering(engine, session);
        session.phase = phase;
        session.serverFin = true;
        session.serverFinSeq = session.downNxt + words.length;
        phase.delivery.write(Unpooled.wrappedBuffer(words));
        phase.delivery.close();
        session.clientState = session.clientState.finReceived();
        engine.deadlines.set(session, now + Closing.BOTH_FINS_NANOS);
        phase.delivery.flush(now);
        phase.wake();
    }

    @Override
    public void fromClient(Session its, Packet packet, long now) {
        int flags = packet.flags();
        session.lastPacketAt = now;
        session.packets++;
        if ((flags & Tcp.RST) != 0) {
            if (session.clientResetIsExact(packet)) {
                end(Kind.RESET, "by the client", now);
            } else {
                engine.counters.add(Counter.OUT_OF_SEQUENCE);
            }
            return;
        }
        if ((flags & Tcp.SYN) != 0) {
            engine.out.client.challenge(session, now);
            return;
        }
        if (!packet.checksumValid() || !session.seenUp(packet)) {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
            return;
        }
        engine.conversations.heard(session, packet);
        session.noteFin(packet);
        delivery.clientSaid(packet, now);
        session.serverFinAcked = SeqNum.gt(session.clientAck, session.serverFinSeq);
        if (packet.segmentLength() > 0) {
            // What it still says is nobody's; that it arrived, it has to know.
            session.clientFinAcked = session.clientFin;
            engine.out.client.say(session, session.downNxt, session.upNxt, Tcp.ACK, now);
        }
        if (session.serverFinAcked && session.clientFin) {
            session.clientFinAcked = true;
            end(Kind.CLOSED, "", now);
        } else {
            wake();
        }
    }

    private void end(Kind kind, String text, long now) {
        delivery.release();
        engine.ended(session, kind, text, now);
    }

    private void wake() {
        if (delivery.nextDeadline() != Long.MAX_VALUE) {
            engine.deadlines.setIfEarlier(session, delivery.nextDeadline());
        }
    }

    @Override
    public void fromServer(Session its, ServerLeg leg, Packet packet, long now) {
        engine.doubtful(packet, now);
    }

    @Override
    public void icmpError(
            Session its, ServerLeg leg, Packet icmp, Failure failure, int quotedSeq, long now) {
        engine.counters.add(Counter.OUT_OF_SEQUENCE);
    }

    @Override
    public void deadline(Session its, long now) {
        if (now - session.lastPacketAt >= Closing.BOTH_FINS_NANOS) {
            tellClient(session, now);
            end(Kind.EXPIRED, "", now);
            return;
        }
        delivery.deadline(now);
        engine.deadlines.set(session, session.lastPacketAt + Closing.BOTH_FINS_NANOS);
        wake();
    }

    @Override
    public void leaveServers(Session its, long now) {
        delivery.release();
    }

    @Override
    public void tellClient(Session its, long now) {
        engine.out.client.reset(session, now);
    }

    @Override
    public String label() {
        return "answering";
    }
}
