package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Counters;
import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.dispatcher.translate.SegmentEdit;
import dev.understudy.dispatcher.translate.SynShaper;
import dev.understudy.dispatcher.translate.TranslationDrops;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.TcpOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Everything that a dispatcher sends: packets of the two ends, rewritten in place, and a few of its own. What goes to the
 * client bears the original's address and port, always (P12); what goes to a server bears the leg's.
 */
final class Outbound {
    /** Ten segments' worth: what a client sends at once on a new connection (RFC 6928). */
    private static final int SMALL_WINDOW = 14_600;

    final ByteBufAllocator allocator;
    final TcpOptions options = new TcpOptions();
    final TranslationDrops drops = new TranslationDrops();

    private final PacketOutput toClient;
    private final PacketOutput toNetwork;
    private final PacketBuilder builder;
    private final Counters counters;
    private final int maxMss;

    /** RFC 5961 §7: challenge ACKs are limited, ours for all sessions together. */
    /** What a server may have under way to us: less than can be kept ahead of a gap, and told to a client. */
    private static final int OWN_WINDOW = 1 << 19;

    private final Pace challenges = new Pace(100);

    private final Pace strays = new Pace(1000);
    private final Packet made = new Packet();

    Outbound(
            PacketOutput toClient,
            PacketOutput toNetwork,
            ByteBufAllocator allocator,
            Counters counters,
            int maxMss) {
        this.toClient = toClient;
        this.toNetwork = toNetwork;
        this.allocator = allocator;
        this.builder = new PacketBuilder(allocator);
        this.counters = counters;
        this.maxMss = maxMss;
    }

    /** The largest payload that both links take. */
    int maxMss() {
        return maxMss;
    }

    // ---- packets of the two ends

    /** Rewrites a client's packet for the session's server and sends it. */
    void forwardUp(Session session, Packet packet, long now) {
        if (session.announcing != null) {
            if (!session.announcing.toServer(packet, now)) {
                return;
            }
        } else if (session.translation != null
                && !session.translation.toServer(packet, options, now)) {
            counters.add(Counter.UNTRANSLATABLE);
            return;
        }
        ServerLeg leg = session.leg;
        packet.source(leg.nearHi, leg.nearLo, leg.nearPort);
        packet.destination(leg.farHi, leg.farLo, leg.farPort);
        toNetwork.send(packet, now);
    }

    /** Rewrites a server's packet in the client's sequence numbers; false if that cannot be, and it is dropped. */
    boolean translateDown(Session session, Packet packet, long now) {
        if (session.announcing != null) {
            return session.announcing.toClient(packet, now);
        }
        if (session.translation != null && !session.translation.toClient(packet, options, now)) {
            counters.add(Counter.UNTRANSLATABLE);
            return false;
        }
        return true;
    }

    /** Gives a translated packet the original's address and sends it to the client. */
    void deliver(Session session, Packet packet, long now) {
        packet.source(session.farHi, session.farLo, session.farPort);
        packet.destination(session.nearHi, session.nearLo, session.nearPort);
        toClient.send(packet, now);
    }

    /** Both: rewrites a server's packet for the client and sends it. */
    void forwardDown(Session session, Packet packet, long now) {
        if (translateDown(session, packet, now)) {
            deliver(session, packet, now);
        }
    }

    /** Sends a copy of the stored SYN on a leg, shaped to what the client leg can live with if that stands already. */
    void syn(Session session, ServerLeg leg, long now) {
        ByteBuf copy = Frames.copy(allocator, session.store.packets().get(0));
        made.parse(copy);
        if (session.clientOptions == null) {
            SynShaper.toServer(made, options, maxMss);
        } else {
            SynShaper.toServer(made, options, session.clientOptions, maxMss);
        }
        made.source(leg.nearHi, leg.nearLo, leg.nearPort);
        made.destination(leg.farHi, leg.farLo, leg.farPort);
        made.seq(leg.isn);
        leg.syns++;
        toNetwork.send(made, now);
        copy.release();
    }

    /** Forwards what the store holds of the client's bytes from one number to another, as the packets that they came in. */
    void forwardStored(Session session, int from, int to, long now) {
        if (session.store == null) {
            return;
        }
        for (int i = 1; i < session.store.packets().size(); i++) {
            made.parse(session.store.packets().get(i));
            if (SeqNum.lt(made.seq(), to) && SeqNum.gt(made.seq() + made.segmentLength(), from)) {
                ByteBuf copy = Frames.copy(allocator, session.store.packets().get(i));
                made.parse(copy);
                if (SeqNum.gt(made.seq() + made.segmentLength(), to)) {
                    SegmentEdit.truncate(made, to - made.seq());
                }
                forwardUp(session, made, now);
                copy.release();
            }
        }
    }

    // ---- parts of packets

    /** One past the last sequence number of a kept segment. */
    int endOf(ByteBuf frame) {
        made.parse(frame);
        return made.seq() + made.segmentLength();
    }

    /** A view of a kept segment, good until the next packet is made. */
    Packet parsed(ByteBuf frame) {
        made.parse(frame);
        return made;
    }

    /** A copy of a segment's first bytes, without what follows and its FIN; null if there are none. The caller owns it. */
    ByteBuf first(Packet packet, int length) {
        if (length <= 0 || packet.payloadLength() == 0) {
            return null;
        }
        ByteBuf copy = Frames.copy(allocator, packet.frame());
        made.parse(copy);
        SegmentEdit.truncate(made, Math.min(length, made.payloadLength()));
        return copy;
    }

    /** A copy of a segment without its first bytes; the caller owns it. */
    ByteBuf without(Packet packet, int length) {
        ByteBuf copy = Frames.copy(allocator, packet.frame());
        made.parse(copy);
        SegmentEdit.behead(made, length);
        return copy;
    }

    /** Sends a copy of a client's datagram on a leg. */
    void ask(ServerLeg leg, ByteBuf datagram, long now) {
        ByteBuf copy = Frames.copy(allocator, datagram);
        made.parse(copy);
        made.source(leg.nearHi, leg.nearLo, leg.nearPort);
        made.destination(leg.farHi, leg.farLo, leg.farPort);
        leg.syns++;
        toNetwork.send(made, now);
        copy.release();
    }

    /** A SYN as it came, without its data; the caller owns it. */
    ByteBuf bareSyn(Packet syn) {
        int from = syn.l4() + Tcp.MIN_BYTES;
        TcpOptionWriter copied = new TcpOptionWriter().raw(syn.frame(), from, syn.payload() - from);
        return new PacketBuilder(allocator)
                .macs(syn.srcMac(), syn.dstMac())
                .tcp(
                        syn.srcHi(),
                        syn.srcLo(),
                        syn.srcPort(),
                        syn.dstHi(),
                        syn.dstLo(),
                        syn.dstPort(),
                        syn.seq(),
                        0,
                        syn.flags(),
                        syn.window(),
                        copied,
                        null);
    }

    // ---- packets of our own

    private void send(PacketOutput output, ByteBuf frame, long now) {
        made.parse(frame);
        output.send(made, now);
        frame.release();
    }

    private void toServer(ServerLeg leg, int seq, int ack, int flags, int window, long now) {
        send(
                toNetwork,
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
                        null,
                        null),
                now);
    }

    private void fromOriginal(Session session, int seq, int ack, int flags, long now) {
        send(
                toClient,
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
                        0,
                        null,
                        null),
                now);
    }

    /** Tells the client that its SYN was refused (RFC 9293 §3.10.7.1). */
    void refuseClient(Session session, long now) {
        fromOriginal(session, 0, session.clientIsn + 1, Tcp.RST | Tcp.ACK, now);
    }

    /** Resets the client leg, in sequence. */
    void resetClient(Session session, long now) {
        fromOriginal(session, session.downNxt, session.upNxt, Tcp.RST | Tcp.ACK, now);
    }

    /** Tells the client that its SYN met an unreachable, as some router told us. */
    void unreachableToClient(Session session, int type, int code, long now) {
        made.parse(session.store.packets().get(0));
        ByteBuf error = builder.icmpError(session.farHi, session.farLo, type, code, 0, made);
        send(toClient, error, now);
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
                toClient,
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
    void toClient(Session session, int seq, int ack, int flags, long now) {
        toClient(session, seq, ack, flags, null, now);
    }

    /** Says something to the client in the original's name; the data, if any, stays the caller's. */
    void toClient(Session session, int seq, int ack, int flags, ByteBuf data, long now) {
        TcpOptionWriter written = null;
        LegOptions agreed = session.clientOptions;
        if (agreed != null && agreed.timestamps() && session.conversation != null) {
            written =
                    new TcpOptionWriter()
                            .timestamps(session.lastTsVal, session.conversation.clientTsVal);
        }
        int shift = agreed == null ? 0 : agreed.serverShiftOrZero();
        tell(session, seq, ack, flags, shift, written, data, now);
    }

    /** Sends the client bytes that we owe it; they stay the caller's. */
    void tell(
            Session session,
            int seq,
            int ack,
            int flags,
            int shift,
            TcpOptionWriter written,
            ByteBuf data,
            long now) {
        send(
                toClient,
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
                        SMALL_WINDOW >> shift,
                        written,
                        data),
                now);
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
                toNetwork,
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

    private static int acknowledged(Session session, ServerLeg leg) {
        return leg.ours ? leg.received : unmapDown(session, session.clientAck);
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

    /** Acknowledges on a leg of which we are the receiver what we have received. */
    void acknowledgeLeg(Session session, ServerLeg leg, int flags, long now) {
        toServer(leg, leg.sent, leg.received, flags, window(session, leg), now);
    }

    /** The same, and that nothing more can be taken now. */
    void shutLeg(ServerLeg leg, long now) {
        toServer(leg, leg.sent, leg.received, Tcp.ACK, 0, now);
    }

    /** Resets a leg of which we are the receiver, and on which only we have sent anything. */
    void resetOwn(Session session, ServerLeg leg, long now) {
        toServer(leg, leg.sent, leg.received, Tcp.RST | Tcp.ACK, 0, now);
        leg.state = LegState.CLOSED;
    }

    /** Resets a leg whose answer was put aside. */
    void resetAside(Session session, Conversation.Understood aside, long now) {
        int seq =
                aside.translation() == null
                        ? aside.sentUp()
                        : aside.translation().clientToServer().map(aside.sentUp());
        toServer(aside.leg(), seq, 0, Tcp.RST, 0, now);
        aside.leg().state = LegState.CLOSED;
    }

    /** Closes a server leg as a client does that wants nothing more: FIN, and all that came is acknowledged. */
    void finServer(Session session, ServerLeg leg, long now) {
        int seq = mapUp(session, session.conversation.sentUp);
        int ack =
                unmapDown(session, session.clientAck) + (leg.state == LegState.CLOSE_WAIT ? 1 : 0);
        toServer(leg, seq, ack, Tcp.FIN | Tcp.ACK, 0xFFFF, now);
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
                toNetwork,
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
                        null,
                        null),
                now);
    }

    /** Asks the server alone whether it is still there (RFC 1122 §4.2.3.6). */
    void probeServer(Session session, long now) {
        toServer(
                session.leg,
                mapUp(session, session.upNxt) - 1,
                unmapDown(session, session.clientAck),
                Tcp.ACK,
                window(session, session.leg),
                now);
    }

    /** Resets an attempt that did not win: one past our SYN is where that server expects us. */
    void resetLoser(ServerLeg leg, long now) {
        toServer(leg, leg.isn + 1, 0, Tcp.RST, 0, now);
        leg.state = LegState.CLOSED;
    }

    /**
     * Resets a server leg in sequence (P23). What the server has of the client's bytes lies between what it acknowledged
     * and what was sent; only the exact number counts (RFC 5961 §3.2), so both ends of that range are tried, and if
     * neither fits, the server's challenge is answered exactly by the tombstone.
     */
    void resetServer(Session session, ServerLeg leg, long now) {
        int acked = mapUp(session, session.serverAck);
        int sent = mapUp(session, session.upNxt);
        toServer(leg, acked, 0, Tcp.RST, 0, now);
        if (sent != acked) {
            toServer(leg, sent, 0, Tcp.RST, 0, now);
        }
        leg.state = LegState.CLOSED;
    }

    /** Acknowledges all that came from the server, with no data. */
    void acknowledge(Session session, ServerLeg leg, long now) {
        toServer(
                leg,
                mapUp(session, session.upNxt),
                unmapDown(session, session.downNxt),
                Tcp.ACK,
                0xFFFF,
                now);
    }

    /** Acknowledges a client's bytes that are here, whether or not the server has them. */
    void acknowledgeClient(Session session, int ack, long now) {
        fromOriginal(session, session.downNxt, ack, Tcp.ACK, now);
    }

    /** Acknowledges a server's bytes that are here, whether or not the client has them. */
    void acknowledgeServer(Session session, ServerLeg leg, int ack, long now) {
        toServer(leg, mapUp(session, session.upNxt), ack, Tcp.ACK, 0xFFFF, now);
    }

    /** The same of bytes up to {@code end}, in the client leg's numbers, while the client may still say more. */
    void take(Session session, ServerLeg leg, int end, long now) {
        toServer(
                leg,
                mapUp(session, session.conversation.sentUp),
                end + delta(session),
                Tcp.ACK,
                window(session, leg),
                now);
    }

    /** Asks a server that sent a doubtful RST whether it means it (RFC 5961 §3.2). */
    void challenge(Session session, ServerLeg leg, long now) {
        counters.add(Counter.OUT_OF_SEQUENCE);
        if (challenges.allows(now)) {
            counters.add(Counter.CHALLENGE_ACKS);
            toServer(
                    leg,
                    mapUp(session, session.upNxt),
                    unmapDown(session, session.clientAck),
                    Tcp.ACK,
                    0xFFFF,
                    now);
        }
    }

    /**
     * Answers a client's SYN in the middle of its own connection (RFC 5961 §4.2): a client that has really forgotten it
     * resets it exactly, and its next SYN starts afresh.
     */
    void challengeClient(Session session, long now) {
        counters.add(Counter.OUT_OF_SEQUENCE);
        if (challenges.allows(now)) {
            counters.add(Counter.CHALLENGE_ACKS);
            fromOriginal(session, session.downNxt, session.upNxt, Tcp.ACK, now);
        }
    }

    /** Asks both ends whether they are still there: one byte before what they expect (RFC 1122 §4.2.3.6). */
    void probe(Session session, long now) {
        ServerLeg leg = session.leg;
        toServer(
                leg,
                mapUp(session, session.upNxt) - 1,
                unmapDown(session, session.downNxt),
                Tcp.ACK,
                0xFFFF,
                now);
        fromOriginal(session, session.downNxt - 1, session.upNxt, Tcp.ACK, now);
    }

    /** Answers a segment that belongs to nothing as a host does (RFC 9293 §3.10.7.1), at a bounded rate. */
    void answerWithReset(Packet segment, Counter counter, long now) {
        counters.add(counter);
        if (segment.has(Tcp.RST) || !segment.checksumValid() || !strays.allows(now)) {
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
        send(toNetwork, reset, now);
    }

    /** Answers a client's segment of a session that has been reset as the original would (RFC 9293 §3.10.7.1). */
    void answerClientWithReset(Session session, Packet segment, long now) {
        if (segment.has(Tcp.RST) || !segment.checksumValid() || !strays.allows(now)) {
            return;
        }
        if (segment.has(Tcp.ACK)) {
            fromOriginal(session, segment.ack(), 0, Tcp.RST, now);
        } else {
            int end = segment.seq() + segment.segmentLength();
            fromOriginal(session, 0, end, Tcp.RST | Tcp.ACK, now);
        }
    }

    /** An ICMP error that concerns the client's packets, already translated. */
    void errorToClient(Packet error, long now) {
        toClient.send(error, now);
    }

    /** An ICMP error that concerns a server's packets, already translated. */
    void errorToServer(Packet error, long now) {
        toNetwork.send(error, now);
    }

    /** How far the server's sequence numbers are ahead of those that the client sees. */
    int delta(Session session) {
        return session.translation == null ? 0 : session.translation.serverToClient().delta();
    }

    private static int mapUp(Session session, int seq) {
        return session.translation == null ? seq : session.translation.clientToServer().map(seq);
    }

    private static int unmapDown(Session session, int ack) {
        return session.translation == null ? ack : session.translation.serverToClient().unmap(ack);
    }
}
