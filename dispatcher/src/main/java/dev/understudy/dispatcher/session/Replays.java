package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.dispatcher.translate.Translation;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TcpOptionWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Optional;

/**
 * Sends what the store holds to another server (FIG. 4, 42), and answers for it: see {@link Delivery}. Kept are packets, for
 * that is what the client sent; owed are their bytes.
 */
final class Replays {
    private final Engine engine;
    private final Packet scratch = new Packet();

    Replays(Engine engine) {
        this.engine = engine;
    }

    /**
     * Completes a new leg's handshake, and sends all on it that is kept up to {@code end}.
     *
     * @return how many bytes that is
     */
    int replay(Session session, ServerLeg leg, int end, long now) {
        greet(session, leg, now);
        ByteBuf bytes = outgoing(session, end);
        int growth = session.conversation == null ? 0 : engine.rewriting.growth(session);
        int stored = bytes.readableBytes() - growth;
        int length = bytes.readableBytes();
        boolean fin = session.clientFin && session.upBase + stored == session.clientFinSeq;
        if (bytes.isReadable() || fin) {
            owe(session, leg, bytes, fin, now);
        }
        bytes.release();
        return length;
    }

    private ByteBuf outgoing(Session session, int end) {
        Optional<Exchange> oldest =
                session.conversation == null ? Optional.empty() : session.conversation.oldest();
        return oldest.isPresent()
                ? engine.rewriting.outgoing(session, oldest.get(), end)
                : stored(session, session.upBase, end);
    }

    /** The last step of a handshake that the client knows nothing of. */
    void greet(Session session, ServerLeg leg, long now) {
        TcpOptionWriter written =
                leg.options.timestamps()
                        ? new TcpOptionWriter()
                                .timestamps(engine.kept.clientTsVal(session), leg.tsVal)
                        : null;
        engine.out.server.owed(session, leg, leg.isn + 1, 0, written, Unpooled.EMPTY_BUFFER, now);
    }

    /** The bytes from one sequence number to another, as far as they are kept without a gap; the caller owns them. */
    ByteBuf stored(Session session, int from, int to) {
        ByteBuf bytes = engine.out.allocator.buffer();
        List<ByteBuf> packets = session.store.packets();
        int next = from;
        for (boolean more = true; more; ) {
            more = false;
            for (int i = 1; i < packets.size(); i++) {
                ByteBuf frame = packets.get(i);
                scratch.parse(frame);
                int known = next - scratch.seq();
                int length = Math.min(scratch.payloadLength() - known, to - next);
                if (known >= 0 && length > 0) {
                    bytes.writeBytes(frame, scratch.payload() + known, length);
                    next += length;
                    more = true;
                }
            }
        }
        return bytes;
    }

    /** Owes bytes to a server, and perhaps a FIN: the first of them follow our SYN, later ones what was owed before. */
    void owe(Session session, ServerLeg leg, ByteBuf bytes, boolean fin, long now) {
        if (session.delivery == null) {
            session.delivery = delivery(session, leg, leg.isn + 1);
        }
        session.delivery.write(bytes, fin, now);
        if (fin) {
            leg.state = leg.state.finSent();
        }
        leg.sent = session.delivery.next();
        wake(session);
    }

    /** Owes bytes to a server that has had others before: these begin at {@code first}, in the leg's numbers. */
    void oweFrom(Session session, ServerLeg leg, int first, ByteBuf bytes, long now) {
        forget(session);
        session.delivery = delivery(session, leg, first);
        session.delivery.write(bytes, false, now);
        wake(session);
    }

    private Delivery delivery(Session session, ServerLeg leg, int first) {
        LegOptions options = leg.options;
        return new Delivery(
                session,
                leg,
                engine.out,
                first,
                options.serverMss(),
                options.sackPermitted(),
                options.timestamps(),
                options.serverShiftOrZero(),
                leg.window,
                engine.kept.clientTsVal(session),
                leg.tsVal);
    }

    /** A packet of either end may move what is owed. */
    void clientSaid(Session session, Packet packet) {
        session.delivery.clientSaid(packet);
    }

    /** A segment of the server that something is owed to, untranslated. */
    void serverSaid(Session session, ServerLeg leg, Packet packet, long now) {
        if (leg != session.leg || !isCredible(session, leg, packet)) {
            return;
        }
        session.delivery.serverSaid(packet, now);
        if (session.delivery.done()) {
            forget(session);
        } else {
            wake(session);
        }
    }

    /**
     * Whether a segment lies where this server's can, and acknowledges no more than it was sent: what else it acknowledges is
     * made up (RFC 9293 §3.10.7.4).
     */
    private static boolean isCredible(Session session, ServerLeg leg, Packet packet) {
        int next = leg.received;
        int last = session.delivery.next();
        if (!leg.ours) {
            Translation translation = session.translation;
            next =
                    translation == null
                            ? session.downNxt
                            : translation.serverToClient().unmap(session.downNxt);
            int sent =
                    translation == null
                            ? session.upNxt
                            : translation.clientToServer().map(session.upNxt);
            last = SeqNum.max(last, sent);
        }
        return SeqNum.le(packet.ack(), last)
                && SeqNum.within(
                        packet.seq(), next - Session.SERVER_AHEAD, next + Session.SERVER_AHEAD + 1);
    }

    void deadline(Session session, long now) {
        if (now - session.delivery.nextDeadline() >= 0) {
            session.delivery.onDeadline(now);
        }
    }

    /** Sees to it that the session's deadline is no later than that of what it owes. */
    void wake(Session session) {
        long next = session.delivery.nextDeadline();
        if (next != Long.MAX_VALUE) {
            engine.deadlines.setIfEarlier(session, next);
        }
    }

    void forget(Session session) {
        if (session.delivery != null) {
            session.delivery.release();
            session.delivery = null;
        }
    }
}
