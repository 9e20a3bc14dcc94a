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
import dev.understudy.stack.wire.TcpOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Everything that a dispatcher sends. Here: packets of the two ends, rewritten in place, and what is kept of them. What it
 * says of its own accord, {@link #client} and {@link #server} say. What goes to the client bears the original's address
 * and port, always (P12); what goes to a server bears the leg's.
 */
final class Outbound {
    final ByteBufAllocator allocator;
    final TcpOptions options = new TcpOptions();
    final TranslationDrops drops = new TranslationDrops();
    final SegmentCopies copies;
    final ClientSegments client;
    final ServerSegments server;

    private final PacketOutput toClient;
    private final PacketOutput toNetwork;
    private final Counters counters;
    private final int mtu;
    private final Packet made = new Packet();

    Outbound(
            PacketOutput toClient,
            PacketOutput toNetwork,
            ByteBufAllocator allocator,
            Counters counters,
            int mtu) {
        this.toClient = toClient;
        this.toNetwork = toNetwork;
        this.allocator = allocator;
        this.counters = counters;
        this.mtu = mtu;
        copies = new SegmentCopies(allocator);
        OwnPace pace = new OwnPace(counters);
        client = new ClientSegments(toClient, allocator, pace);
        server = new ServerSegments(toNetwork, allocator, pace);
    }

    /** The largest payload that both links take. */
    int maxMss(boolean ipv6) {
        return LegOptions.mssForMtu(mtu, ipv6);
    }

    /** Sees to it that a handshake's segment offers nothing that could not pass here. */
    void shape(Packet handshake) {
        SynShaper.toServer(handshake, options, maxMss(handshake.isIpv6()));
    }

    /** The same of a server's answer, which agrees to nothing that was not offered. */
    void shape(Packet synAck, LegOptions offered) {
        SynShaper.toClient(synAck, options, offered, maxMss(synAck.isIpv6()));
    }

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
            shape(made);
        } else {
            SynShaper.toServer(made, options, session.clientOptions, maxMss(made.isIpv6()));
            if (!session.ecn) {
                SynShaper.withoutEcn(made);
            }
        }
        made.source(leg.nearHi, leg.nearLo, leg.nearPort);
        made.destination(leg.farHi, leg.farLo, leg.farPort);
        made.seq(leg.isn);
        leg.syns++;
        toNetwork.send(made, now);
        copy.release();
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

    /** Asks both ends whether they are still there. */
    void probe(Session session, long now) {
        server.probe(session, now);
        client.probe(session, now);
    }

    /** An ICMP error that concerns the client's packets, already translated. */
    void errorToClient(Packet error, long now) {
        toClient.send(error, now);
    }

    /** An ICMP error that concerns a server's packets, already translated. */
    void errorToServer(Packet error, long now) {
        toNetwork.send(error, now);
    }
}
