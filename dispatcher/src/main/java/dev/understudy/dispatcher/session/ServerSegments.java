package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
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
 * Segments that a dispatcher makes itself for a server, in the client's name and in the numbers of the leg.
 */
final class ServerSegments {
    /** What a server may have under way to us: less than can be kept ahead of a gap, and told to a client. */
    private static final int OWN_WINDOW = 1 << 19;

    private final PacketOutput output;
    private final PacketBuilder builder;
    private final OwnPace pace;
    private final Packet made = new Packet();
    private final TcpOptionWriter written = new TcpOptionWriter();
    private final TcpOptions options = new TcpOptions();

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
            TcpOptionWriter options,
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
                        options,
                        data),
                now);
    }

    /** Acknowledges all that came from the server, with no data. */
    void acknowledgeAll(Session session, ServerLeg leg, long now) {
        bare(
                leg,
                session.mapUp(session.upNxt),
                session.unmapDown(session.downNxt),
                Tcp.ACK,
                window(session, leg),
                now);
    }

    /** Acknowledges a server's bytes that are here, whether or not the client has them. */
    void acknowledge(Session session, ServerLeg leg, int ack, long now) {
        bare(leg, session.mapUp(session.upNxt), ack, Tcp.ACK, window(session, leg), now);
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
    void acknowledgeReceived(Session session, ServerLeg leg, int flags, long now) {
        bare(leg, leg.sent, leg.received, flags, window(session, leg), now);
    }

    /** The same, and that nothing more can be taken now. */
    void shut(ServerLeg leg, long now) {
        bare(leg, leg.sent, leg.received, Tcp.ACK, 0, now);
    }

    /** Asks the server alone whether it is still there (RFC 1122 §4.2.3.6). */
    void probe(Session session, long now) {
        bare(
                session.leg,
                session.mapUp(session.conversation.sentUp) - 1,
                session.unmapDown(session.clientAck),
                Tcp.ACK,
                window(session, session.leg),
                now);
    }

    /** Asks a server on an idle connection whether it is still there: the client has all that it said. */
    void probeIdle(Session session, long now) {
        bare(
                session.leg,
                session.mapUp(session.upNxt) - 1,
                session.unmapDown(session.downNxt),
                Tcp.ACK,
                window(session, session.leg),
                now);
    }

    /** Asks a server that sent a doubtful RST whether it means it (RFC 5961 §3.2). */
    void challenge(Session session, ServerLeg leg, long now) {
        if (pace.allowsChallenge(now)) {
            bare(
                    leg,
                    session.mapUp(session.upNxt),
                    session.unmapDown(session.clientAck),
                    Tcp.ACK,
                    window(session, leg),
                    now);
        }
    }

    /** Closes a server leg as a client does that wants nothing more: FIN, and all that came is acknowledged. */
    void fin(Session session, ServerLeg leg, long now) {
        int seq = session.mapUp(session.conversation.sentUp);
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
                        echo(packet),
                        null),
                now);
    }

    /** The clocks of a segment the other way round: what it echoes is the last that its sender has seen of ours. */
    private TcpOptionWriter echo(Packet packet) {
        options.parse(packet);
        return options.hasTimestamps()
                ? written.clear().timestamps(options.tsEcr(), options.tsVal())
                : null;
    }

    /**
     * Resets a server leg in sequence (P23). What the server has of the client's bytes lies between what it acknowledged
     * and what was sent; only the exact number counts (RFC 5961 §3.2), so both ends of that range are tried, and if
     * neither fits, the server's challenge is answered exactly by the tombstone.
     */
    void reset(Session session, ServerLeg leg, long now) {
        int acked = session.mapUp(session.serverAck);
        int sent = session.mapUp(session.upNxt);
        bare(leg, acked, 0, Tcp.RST, 0, now);
        if (sent != acked) {
            bare(leg, sent, 0, Tcp.RST, 0, now);
        }
        leg.state = LegState.CLOSED;
    }

    /** Resets an attempt that did not win: one past our SYN is where that server expects us. */
    void resetLoser(ServerLeg leg, long now) {
        bare(leg, leg.isn + 1, 0, Tcp.RST, 0, now);
        leg.state = LegState.CLOSED;
    }

    /** Resets a leg of which we are the receiver, and on which only we have sent anything. */
    void resetOwn(Session session, ServerLeg leg, long now) {
        bare(leg, leg.sent, leg.received, Tcp.RST | Tcp.ACK, 0, now);
        leg.state = LegState.CLOSED;
    }

    /** Resets a leg whose answer was put aside. */
    void resetAside(Session session, Conversation.Understood aside, long now) {
        int seq =
                aside.translation() == null
                        ? aside.sentUp()
                        : aside.translation().clientToServer().map(aside.sentUp());
        bare(aside.leg(), seq, 0, Tcp.RST, 0, now);
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

    /** The client's window as the server leg writes it; no more than we take in while we are the receiver. */
    private static int window(Session session, ServerLeg leg) {
        if (session.conversation == null || leg.options == null) {
            return 0xFFFF;
        }
        int bytes = session.conversation.clientWindow << session.clientOptions.clientShiftOrZero();
        if (leg.ours) {
            bytes = Math.min(bytes, OWN_WINDOW);
        }
        return Math.min(0xFFFF, bytes >> leg.options.clientShiftOrZero());
    }

    /** A segment without data; one that is no RST tells the time, too. */
    private void bare(ServerLeg leg, int seq, int ack, int flags, int window, long now) {
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
                        (flags & Tcp.RST) == 0 ? clocks(leg) : null,
                        null),
                now);
    }

    /**
     * The timestamps that every segment but a RST must have where both ends agreed on them, and for want of which some
     * stacks drop it (RFC 7323 §3.2); null if none were agreed on, or nobody notes them any more.
     */
    private TcpOptionWriter clocks(ServerLeg leg) {
        Session session = leg.session;
        LegOptions client = session.clientOptions;
        LegOptions agreed = leg.options == null ? client : leg.options;
        if (session.conversation == null
                || client == null
                || !client.timestamps()
                || !agreed.timestamps()) {
            return null;
        }
        return written.clear()
                .timestamps(
                        session.conversation.clientTsVal,
                        leg.ours ? leg.tsVal : session.serverTsVal());
    }

    private void send(ByteBuf frame, long now) {
        made.parse(frame);
        output.send(made, now);
        frame.release();
    }
}
