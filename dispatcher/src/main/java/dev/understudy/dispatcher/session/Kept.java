package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.recover.Store;
import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import java.util.List;

/** What is kept of a client's packets (FIG. 4, 40), and what can be read in it: the SYN comes first, its segments follow. */
final class Kept {
    private final Outbound out;
    private final Packet scratch = new Packet();

    Kept(Outbound out) {
        this.out = out;
    }

    /** A SYN is kept without data: data in a SYN would be executed by every server that takes it (RFC 7413). */
    void syn(Store store, Packet syn) {
        if (syn.payloadLength() == 0) {
            store.keep(out.allocator, syn.frame());
            return;
        }
        ByteBuf bare = out.copies.bareSyn(syn);
        store.keep(out.allocator, bare);
        bare.release();
    }

    /** Keeps a client's segment for replay, unless it brings nothing that is not kept already. */
    void add(Session session, Packet packet) {
        Store store = session.store;
        boolean news =
                packet.segmentLength() == 0
                        ? store.packets().size() == 1
                        : !holds(store, packet.seq(), packet.segmentLength());
        if (news) {
            store.keep(out.allocator, packet.frame());
        }
    }

    private boolean holds(Store store, int seq, int length) {
        List<ByteBuf> packets = store.packets();
        for (int i = 1; i < packets.size(); i++) {
            scratch.parse(packets.get(i));
            if (SeqNum.le(scratch.seq(), seq)
                    && SeqNum.ge(scratch.seq() + scratch.segmentLength(), seq + length)) {
                return true;
            }
        }
        return false;
    }

    /** Notes what the client leg has agreed on, for the case that the session moves. */
    void agreed(Session session, Packet synAck) {
        session.clientOptions = offer(session).fromSynAck(synAck, out.options);
        session.lastTsVal = out.options.tsVal();
        session.ecn = (synAck.flags() & (Tcp.ECE | Tcp.CWR)) == Tcp.ECE;
    }

    /** What the stored SYN offers. */
    LegOptions offer(Session session) {
        scratch.parse(session.store.packets().get(0));
        return LegOptions.fromSyn(scratch, out.options);
    }

    /** What a SYN shaped for another server offers: what the client leg has agreed on, and no more. */
    LegOptions shapedOffer(Session session) {
        LegOptions offered = offer(session);
        LegOptions agreed = session.clientOptions;
        return new LegOptions(
                offered.clientMss(),
                offered.serverMss(),
                agreed.clientShift(),
                LegOptions.NO_SCALE,
                agreed.timestamps(),
                agreed.sackPermitted());
    }

    /** The last TSval of the client that is in the store. */
    int clientTsVal(Session session) {
        List<ByteBuf> kept = session.store.packets();
        scratch.parse(kept.get(kept.size() - 1));
        return out.options.parse(scratch).tsVal();
    }

    /** Whether a SYN offers something else than the one that the session began with, which nobody has answered to it yet. */
    boolean offersOther(Session session, Packet syn) {
        return !offer(session).equals(LegOptions.fromSyn(syn, out.options));
    }
}
