package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.translate.SegmentEdit;
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

    /**
     * Leaves of a segment of a server that has taken over what the client has not acknowledged. It may begin before the place
     * where the server came in, and what stood there was another's: the client would throw it away, but whoever looks on would
     * see the same bytes twice, and different.
     *
     * @return false if nothing is left of it; its server is told that all of it is here
     */
    boolean leavesNews(Session session, ServerLeg leg, Packet packet, long now) {
        int known = session.clientAck - packet.seq();
        if (packet.payloadLength() == 0 || known <= 0) {
            return true;
        }
        if (!packet.checksumValid()) {
            engine.counters.add(Counter.BAD_CHECKSUM);
            return false;
        }
        if (known >= packet.segmentLength()) {
            engine.out.server.acknowledgeKnown(session, leg, now);
            return false;
        }
        SegmentEdit.behead(packet, Math.min(known, packet.payloadLength()));
        return true;
    }

    /** Whether an acknowledgement says nothing but that its server lives; one with another window is for the client. */
    static boolean answersProbe(Session session, Packet packet) {
        Conversation conversation = session.conversation;
        return conversation.silence.awaitsAnswer()
                && packet.segmentLength() == 0
                && !SeqNum.gt(packet.ack(), session.serverAck)
                && packet.window() == conversation.serverWindow;
    }
}
