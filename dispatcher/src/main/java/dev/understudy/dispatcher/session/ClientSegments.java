package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.TcpOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Segments that a dispatcher makes itself for a client, in the original's name and in the client leg's numbers.
 */
final class ClientSegments {
    /** Ten segments' worth: what a client sends at once on a new connection (RFC 6928). */
    private static final int SMALL_WINDOW = 14_600;

    private final PacketOutput output;
    private final PacketBuilder builder;
    private final OwnPace pace;
    private final TcpOptions options = new TcpOptions();
    private final Packet made = new Packet();

    ClientSegments(PacketOutput output, ByteBufAllocator allocator, OwnPace pace) {
        this.output = output;
        this.builder = new PacketBuilder(allocator);
        this.pace = pace;
    }

    /** Tells the client that its SYN was refused (RFC 9293 §3.10.7.1). */
    void refuse(Session session, long now) {
        reset(session, 0, session.clientIsn + 1, Tcp.RST | Tcp.ACK, now);
    }

    /** Resets the client leg, in sequence. */
    void reset(Session session, long now) {
        reset(session, session.downNxt, session.upNxt, Tcp.RST | Tcp.ACK, now);
    }

    /** Tells the client that its SYN met an unreachable, as some router told us. */
    void unreachable(Session session, int type, int code, long now) {
        made.parse(session.store.packets().get(0));
        ByteBuf error = builder.icmpError(session.farHi, session.farLo, type, code, 0, made);
        send(error, now);
    }

    /**
     * The SYN+ACK of the server that is gone, once more: the client never got it, and another server has taken over. Made
     * from what the client leg has agreed on; the window is small, because the new server's is not known here.
     */
    void synAckAgain(Session session, long now) {
        LegOptions agreed = session.clientOptions;
        if (agreed == null) {
            return;
        }
        TcpOptionWriter written =
                new TcpOptionWriter()
                        .mss(agreed.serverMss())
                        .windowScale(agreed.serverShift())
                        .sackPermitted(agreed.sackPermitted());
        if (agreed.timestamps()) {
            made.parse(session.store.packets().get(0));
            written.timestamps(session.lastTsVal, options.parse(made).tsVal());
        }
        send(
                builder.tcp(
                        session.farHi,
                        session.farLo,
                        session.farPort,
                        session.nearHi,
                        session.nearLo,
                        session.nearPort,
                        session.serverIsn,
                        session.clientIsn + 1,
                        Tcp.SYN | Tcp.ACK,
                        SMALL_WINDOW,
                        written,
                        null),
                now);
    }

    /** Says something to the client in the original's name: no data. */
    void say(Session session, int seq, int ack, int flags, long now) {
        say(session, seq, ack, flags, null, now);
    }

    /** Says something to the client in the original's name; the data, if any, stays the caller's. */
    void say(Session session, int seq, int ack, int flags, ByteBuf data, long now) {
        LegOptions agreed = session.clientOptions;
        int shift = agreed == null ? 0 : agreed.serverShiftOrZero();
        tell(session, seq, ack, flags, SMALL_WINDOW >> shift, Clocks.toClient(session), data, now);
    }

    /** Sends the client bytes that we owe it, and a window of the server's; they stay the caller's. */
    void owed(
            Session session,
            int seq,
            int ack,
            int flags,
            int shift,
            TcpOptionWriter written,
            ByteBuf data,
            long now) {
        tell(session, seq, ack, flags, SMALL_WINDOW >> shift, written, data, now);
    }

    /**
     * Acknowledges a client's bytes that are here, whether or not the server has them.
     *
     * @param window the server's, as it wrote it last
     */
    void acknowledge(Session session, int ack, int window, long now) {
        tell(session, session.downNxt, ack, Tcp.ACK, window, Clocks.toClient(session), null, now);
    }

    /** Acknowledges what a client says once more on a session that is over (RFC 9293 §3.10.7.4, TIME-WAIT). */
    void acknowledgeAgain(Session session, Packet segment, long now) {
        tell(
                session,
                session.downNxt,
                session.upNxt,
                Tcp.ACK,
                0,
                Clocks.answering(segment, options),
                null,
                now);
    }

    /**
     * Answers a client's SYN in the middle of its own connection (RFC 5961 §4.2): a client that has really forgotten it
     * resets it exactly, and its next SYN starts afresh.
     */
    void challenge(Session session, long now) {
        if (pace.allowsChallenge(now)) {
            probe(session, now);
        }
    }

    /**
     * Asks the client whether it is still there (RFC 1122 §4.2.3.6). One before what it expects: an end answers that by an ACK,
     * and takes nothing from it, neither a window nor that something arrived.
     */
    void probe(Session session, long now) {
        tell(
                session,
                session.clientAck - 1,
                session.serverAck,
                Tcp.ACK,
                0,
                Clocks.toClient(session),
                null,
                now);
    }

    /** Answers a client's segment of a session that has been reset as the original would (RFC 9293 §3.10.7.1). */
    void answerWithReset(Session session, Packet segment, long now) {
        if (!pace.allowsReset(segment, now)) {
            return;
        }
        if (segment.has(Tcp.ACK)) {
            reset(session, segment.ack(), 0, Tcp.RST, now);
        } else {
            int end = segment.seq() + segment.segmentLength();
            reset(session, 0, end, Tcp.RST | Tcp.ACK, now);
        }
    }

    private void reset(Session session, int seq, int ack, int flags, long now) {
        tell(session, seq, ack, flags, 0, null, null, now);
    }

    private void tell(
            Session session,
            int seq,
            int ack,
            int flags,
            int window,
            TcpOptionWriter written,
            ByteBuf data,
            long now) {
        send(
                builder.tcp(
                        session.farHi,
                        session.farLo,
                        session.farPort,
                        session.nearHi,
                        session.nearLo,
                        session.nearPort,
                        seq,
                        ack,
                        flags,
                        window,
                        written,
                        data),
                now);
    }

    private void send(ByteBuf frame, long now) {
        made.parse(frame);
        output.send(made, now);
        frame.release();
    }
}
