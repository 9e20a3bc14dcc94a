package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.TcpOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Segments that a dispatcher makes itself for a server, in the client's name and in the numbers of the leg.
 */
final class ServerSegments {
    /** What a server may have under way to us: less than can be kept ahead of a gap, and told to a client. */
    private static final int OWN_WINDOW = 1 << 19;

    private final PacketOutput output;
    private final PacketBuilder builder;
    private final OwnPace pace;
    private final TcpOptions options = new TcpOptions();
    private final Packet made = new Packet();

    ServerSegments(PacketOutput output, ByteBufAllocator allocator, OwnPace pace) {
        this.output = output;
        this.builder = new PacketBuilder(allocator);
        this.pace = pace;
    }

    /** Sends bytes that we owe a server, or a FIN, in the leg's own numbers. */
    void owed(
            Session session,
            ServerLeg leg,
            int seq,
            int flags,
            TcpOptionWriter written,
            ByteBuf data,
            long now) {
        send(
                builder.tcp(
                        leg.nearHi,
                        leg.nearLo,
                        leg.nearPort,
                        leg.farHi,
                        leg.farLo,
                        leg.farPort,
                        seq,
                        acknowledged(session, leg),
                        flags | Tcp.ACK,
                        window(session, leg),
                        written,
                        data),
                now);
    }

    /** The last step of a handshake, once more: it acknowledges what the client has of the server. */
    void acknowledgeAgain(Session session, ServerLeg leg, Packet synAck, long now) {
        send(
                leg,
                expected(session),
                session.unmapDown(session.clientAck),
                Tcp.ACK,
                window(session, leg),
                Clocks.answering(synAck, options),
                now);
    }

    /** Acknowledges once more what the client has of what the server has sent, while the client may still say more. */
    void acknowledgeKnown(Session session, ServerLeg leg, long now) {
        bare(
                leg,
                session.mapUp(session.conversation.sentUp),
                session.unmapDown(session.clientAck),
                Tcp.ACK,
                window(session, leg),
                now);
    }

    /** Acknowledges a server's bytes that are here, whether or not the client has them. */
    void acknowledge(Session session, ServerLeg leg, int ack, int window, long now) {
        bare(leg, session.mapUp(session.upNxt), ack, Tcp.ACK, window, now);
    }

    /** The same of bytes up to {@code end}, in the client leg's numbers, while the client may still say more. */
    void take(Session session, ServerLeg leg, int end, long now) {
        bare(
                leg,
                session.mapUp(session.conversation.sentUp),
                end + session.delta(),
                Tcp.ACK,
                window(session, leg),
                now);
    }

    /** Acknowledges on a leg of which we are the receiver what we have received. */
    void acknowledgeReceived(Session session, ServerLeg leg, long now) {
        bare(leg, leg.sent, leg.received, Tcp.ACK, window(session, leg), now);
    }

    /** The same, and that nothing more can be taken now. */
    void shut(Session session, ServerLeg leg, long now) {
        bare(leg, leg.sent, leg.received, Tcp.ACK, 0, now);
    }

    /**
     * Asks a server whether it is still there (RFC 1122 §4.2.3.6). One before what it expects: an end answers that by an ACK,
     * and takes nothing from it, neither a window nor that something arrived.
     */
    void probe(Session session, long now) {
        ServerLeg leg = session.leg;
        bare(
                leg,
                expected(session) - 1,
                session.unmapDown(session.clientAck),
                Tcp.ACK,
                window(session, leg),
                now);
    }

    /** Asks a server that sent a doubtful RST whether it means it (RFC 5961 §3.2). One that has nothing more answers exactly. */
    void challenge(Session session, long now) {
        if (pace.allowsChallenge(now)) {
            probe(session, now);
        }
    }

    /**
     * Closes a server leg as a client does that wants nothing more: FIN, and all that came is acknowledged. Where the client's
     * own FIN is on its way already it is sent again.
     */
    void fin(Session session, ServerLeg leg, long now) {
        int sent = session.conversation.sentUp;
        boolean said = session.clientFin && SeqNum.gt(sent, session.clientFinSeq);
        int seq = session.mapUp(said ? session.clientFinSeq : sent);
        int ack = session.unmapDown(session.clientAck) + (leg.state == LegState.CLOSE_WAIT ? 1 : 0);
        bare(leg, seq, ack, Tcp.FIN | Tcp.ACK, window(session, leg), now);
        leg.state = leg.state.finSent();
        leg.departing = true;
    }

    /** Answers what a server still says on a leg that we have closed: its FIN is acknowledged, its data is not wanted. */
    void lastWords(Packet packet, long now) {
        if (packet.has(Tcp.RST) || packet.segmentLength() == 0 && !packet.has(Tcp.SYN)) {
            return;
        }
        if (!packet.has(Tcp.FIN) || packet.payloadLength() > 0 || !packet.checksumValid()) {
            answerWithReset(packet, Counter.LATE_ANSWERS, now);
            return;
        }
        send(
                builder.tcp(
                        /* srcHi= */ packet.dstHi(),
                        /* srcLo= */ packet.dstLo(),
                        /* srcPort= */ packet.dstPort(),
                        /* dstHi= */ packet.srcHi(),
                        /* dstLo= */ packet.srcLo(),
                        /* dstPort= */ packet.srcPort(),
                        packet.ack(),
                        packet.seq() + packet.segmentLength(),
                        Tcp.ACK,
                        0xFFFF,
                        Clocks.answering(packet, options),
                        null),
                now);
    }

    /**
     * Resets a server leg in sequence (P23). What the server has of the client's bytes lies between what it acknowledged
     * and what was sent; only the exact number counts (RFC 5961 §3.2), so both ends of that range are tried, and if
     * neither fits, the server's challenge is answered exactly by the tombstone.
     */
    void reset(Session session, ServerLeg leg, long now) {
        int acked = session.mapUp(session.serverAck);
        int sent = session.mapUp(session.upNxt);
        reset(leg, acked, now);
        if (sent != acked) {
            reset(leg, sent, now);
        }
        leg.state = LegState.CLOSED;
    }

    /** Resets an attempt that did not win: one past our SYN is where that server expects us. */
    void resetLoser(ServerLeg leg, long now) {
        reset(leg, leg.isn + 1, now);
        leg.state = LegState.CLOSED;
    }

    /** Resets a leg of which we are the receiver, and on which only we have sent anything. */
    void resetOwn(ServerLeg leg, long now) {
        bare(leg, leg.sent, leg.received, Tcp.RST | Tcp.ACK, 0, now);
        leg.state = LegState.CLOSED;
    }

    /** Resets a leg whose answer was put aside. */
    void resetAside(Session session, Conversation.Understood aside, long now) {
        int seq =
                aside.translation() == null
                        ? aside.sentUp()
                        : aside.translation().clientToServer().map(aside.sentUp());
        reset(aside.leg(), seq, now);
        aside.leg().state = LegState.CLOSED;
    }

    /** Answers a segment that belongs to nothing as a host does (RFC 9293 §3.10.7.1), at a bounded rate. */
    void answerWithReset(Packet segment, Counter counter, long now) {
        pace.count(counter);
        if (!pace.allowsReset(segment, now)) {
            return;
        }
        boolean ack = segment.has(Tcp.ACK);
        ByteBuf reset =
                builder.tcp(
                        /* srcHi= */ segment.dstHi(),
                        /* srcLo= */ segment.dstLo(),
                        /* srcPort= */ segment.dstPort(),
                        /* dstHi= */ segment.srcHi(),
                        /* dstLo= */ segment.srcLo(),
                        /* dstPort= */ segment.srcPort(),
                        ack ? segment.ack() : 0,
                        ack ? 0 : segment.seq() + segment.segmentLength(),
                        ack ? Tcp.RST : Tcp.RST | Tcp.ACK,
                        0,
                        null,
                        null);
        send(reset, now);
    }

    private static int acknowledged(Session session, ServerLeg leg) {
        return leg.ours ? leg.received : session.unmapDown(session.clientAck);
    }

    /** The client's window as the server leg writes it; while we are the receiver, our own. */
    private static int window(Session session, ServerLeg leg) {
        if (session.conversation == null || leg.options == null) {
            return 0xFFFF;
        }
        int bytes =
                leg.ours
                        ? OWN_WINDOW
                        : session.conversation.clientWindow
                                << session.clientOptions.clientShiftOrZero();
        return Math.min(0xFFFF, bytes >> leg.options.clientShiftOrZero());
    }

    /** The next byte that the server waits for, as far as it has said. */
    private static int expected(Session session) {
        if (session.delivery != null) {
            return session.delivery.unacknowledged();
        }
        int acked = session.serverAck;
        // A server before this one may have had more than waits at the gate for another now.
        return session.mapUp(
                session.conversation == null
                        ? acked
                        : SeqNum.min(acked, session.conversation.sentUp));
    }

    private void reset(ServerLeg leg, int seq, long now) {
        bare(leg, seq, 0, Tcp.RST, 0, now);
    }

    /** A segment without data; one that is no RST tells the time, too. */
    private void bare(ServerLeg leg, int seq, int ack, int flags, int window, long now) {
        TcpOptionWriter clock = (flags & Tcp.RST) == 0 ? Clocks.toServer(leg) : null;
        send(leg, seq, ack, flags, window, clock, now);
    }

    private void send(
            ServerLeg leg,
            int seq,
            int ack,
            int flags,
            int window,
            TcpOptionWriter written,
            long now) {
        send(
                builder.tcp(
                        leg.nearHi,
                        leg.nearLo,
                        leg.nearPort,
                        leg.farHi,
                        leg.farLo,
                        leg.farPort,
                        seq,
                        ack,
                        flags,
                        window,
                        written,
                        null),
                now);
    }

    private void send(ByteBuf frame, long now) {
        made.parse(frame);
        output.send(made, now);
        frame.release();
    }
}
