package dev.understudy.dispatcher.session;

import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;

/** Lets the bytes of a conversation pass, in either direction, as far as its {@link Gates} are open, and notes how far they are. */
final class Passing {
    private final Engine engine;

    Passing(Engine engine) {
        this.engine = engine;
    }

    /** Forwards a segment as far as the gate lets it, and before it what the gate had kept back. */
    void up(Session session, Packet packet, long now) {
        Conversation conversation = session.conversation;
        int sent = conversation.sentUp;
        if (packet.segmentLength() > 0 && session.owns(packet.seq())) {
            engine.out.client.say(session, session.downNxt, session.ownedUp(), Tcp.ACK, now);
            return;
        }
        int gate = conversation.gates.up(session, session.leg.server);
        int end = packet.seq() + packet.segmentLength();
        boolean alone = SeqNum.le(packet.seq(), sent) || SeqNum.le(gate, sent);
        if (SeqNum.le(end, gate) && alone) {
            conversation.sentUp = SeqNum.max(sent, end);
            engine.out.forwardUp(session, packet, now);
            return;
        }
        if (SeqNum.gt(gate, sent)) {
            engine.out.forwardStored(session, sent, gate, now);
            conversation.sentUp = gate;
        } else if (packet.segmentLength() == 0) {
            engine.out.forwardUp(session, packet, now);
        }
    }

    /** The gate may have opened without the client's doing: what it kept back goes on. */
    void upKept(Session session, long now) {
        Conversation conversation = session.conversation;
        int gate = conversation.gates.up(session, session.leg.server);
        if (SeqNum.gt(gate, conversation.sentUp)) {
            engine.out.forwardStored(session, conversation.sentUp, gate, now);
            conversation.sentUp = gate;
        }
    }

    /** The server's gate may have opened: what it held back passes. */
    void downHeld(Session session, long now) {
        engine.holding.flush(session, session.conversation.gates.down(Rules.of(session)), now);
    }

    /** Delivers a frame of ours, if there is one, and lets it go. */
    void downCopy(Session session, ByteBuf frame, long now) {
        if (frame == null) {
            return;
        }
        down(session, engine.out.copies.parsed(frame), now);
        frame.release();
    }

    /** A segment of the server, translated, is the client's. */
    void down(Session session, Packet packet, long now) {
        if (packet.segmentLength() > 0) {
            session.seenDown(packet);
        } else {
            // Its place may lie behind bytes, or a FIN, that have not come: they count when they
            // do.
            session.serverAck = SeqNum.max(session.serverAck, packet.ack());
        }
        engine.relaying.noteClock(session, packet);
        session.noteFinAcknowledged();
        engine.out.deliver(session, packet, now);
    }
}
