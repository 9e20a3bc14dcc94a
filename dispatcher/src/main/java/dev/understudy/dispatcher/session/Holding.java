package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.protocol.HttpResponseReader;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;

/**
 * What is held back of an answer until its head is known. Its server must not wait for that: one that sends a head in small
 * pieces sends the next piece only when the one before is acknowledged (Nagle, RFC 896), or when its congestion window
 * allows. So what is held is acknowledged after a receiver's usual delay (RFC 1122 §4.2.3.2). From then on nobody but us
 * has those bytes: they are told to the client ({@link ClientDelivery}), if it is to have them at all.
 */
final class Holding {
    /** The delay of an acknowledgement. */
    private static final long DELAY_NANOS = 40_000_000L;

    private static final int MOST_BYTES = 1 << 18;

    private final Engine engine;

    Holding(Engine engine) {
        this.engine = engine;
    }

    /** Keeps a segment behind the gate, but for its FIN: whether that passes is decided when it is in its turn. */
    void keep(Session session, Packet packet) {
        HeldBack held = session.conversation.answers.held;
        if (!packet.has(Tcp.FIN)) {
            held.keep(engine.out.allocator, packet.frame());
            return;
        }
        ByteBuf bare = engine.out.copies.first(packet, packet.payloadLength());
        if (bare != null) {
            held.keep(engine.out.allocator, bare);
            bare.release();
        }
    }

    /** A server has said something: if it is held, the server may be waiting. */
    void watch(Session session, long now) {
        HeldBack held = session.conversation.answers.held;
        boolean waits =
                !held.isEmpty()
                        && session.conversation.answers.state() == HttpResponseReader.State.HEAD;
        if (!waits) {
            held.awaited = false;
        } else if (held.taken) {
            acknowledge(session, now);
        } else if (!held.awaited) {
            held.awaited = true;
            held.awaitedSince = now;
        }
    }

    /** When the server of a session is to be told what has arrived; {@link Long#MAX_VALUE} if it need not. */
    long due(Session session) {
        HeldBack held = session.conversation.answers.held;
        return held.awaited ? held.awaitedSince + DELAY_NANOS : Long.MAX_VALUE;
    }

    void deadline(Session session, long now) {
        if (session.conversation.answers.held.awaited && now - due(session) >= 0) {
            acknowledge(session, now);
        }
    }

    private void acknowledge(Session session, long now) {
        HeldBack held = session.conversation.answers.held;
        held.awaited = false;
        int end = held.contiguous(held.taken ? held.takenTo : session.downNxt);
        if (end != session.downNxt) {
            held.taken = true;
            held.takenTo = end;
            engine.out.server.take(session, session.leg, end, now);
        }
    }

    /** Lets the client have what is before the gate, in the order in which it came: what is ours to deliver is told. */
    void flush(Session session, int gate, long now) {
        HeldBack held = session.conversation.answers.held;
        if (held.isEmpty()) {
            return;
        }
        if (held.taken && SeqNum.le(held.takenTo, gate)) {
            tell(session, held, now);
        }
        held.hand(
                frame -> SeqNum.le(engine.out.copies.endOf(frame), gate),
                frame -> engine.passing.downCopy(session, frame, now));
    }

    private void tell(Session session, HeldBack held, long now) {
        held.taken = false;
        ByteBuf bytes = engine.out.allocator.buffer();
        held.copy(session.downNxt, held.takenTo, bytes);
        forget(session);
        session.clientDelivery =
                new ClientDelivery(session, engine.out, session.downNxt, MOST_BYTES, false);
        session.clientDelivery.write(bytes);
        bytes.release();
        int told = held.takenTo;
        held.hand(frame -> SeqNum.le(engine.out.copies.endOf(frame), told), ByteBuf::release);
        session.clientDelivery.flush(now);
        wake(session);
    }

    // ---- while a session owes its client something

    void clientSaid(Session session, Packet packet, long now) {
        boolean credible =
                (packet.flags() & (Tcp.ACK | Tcp.SYN | Tcp.RST)) == Tcp.ACK
                        && SeqNum.le(session.clientAck, packet.ack())
                        && SeqNum.le(packet.ack(), session.downNxt)
                        && packet.checksumValid();
        if (!credible) {
            return;
        }
        session.clientDelivery.clientSaid(packet, now);
        if (session.clientDelivery.done() || session.clientDelivery.failed()) {
            forget(session);
        } else {
            wake(session);
        }
    }

    void deliveryDeadline(Session session, long now) {
        session.clientDelivery.deadline(now);
        if (session.clientDelivery.failed()) {
            forget(session);
        }
    }

    void wake(Session session) {
        long next = session.clientDelivery.nextDeadline();
        if (next != Long.MAX_VALUE) {
            engine.deadlines.setIfEarlier(session, next);
        }
    }

    void forget(Session session) {
        if (session.clientDelivery != null) {
            session.clientDelivery.release();
            session.clientDelivery = null;
            if (session.store == null) {
                session.clientOptions = null;
            }
        }
    }
}
