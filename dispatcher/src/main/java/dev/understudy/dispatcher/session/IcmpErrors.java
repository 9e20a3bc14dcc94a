package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;

/**
 * ICMP errors that quote a packet of a session (RFC 792, RFC 4443). From the network they go to the session's phase, which
 * may act on them; translated, they go to the client, so that path MTU discovery and unreachables work end to end. An
 * error whose quote is not exactly of a session is not ours (RFC 5927: never move a connection by a guess).
 */
final class IcmpErrors {
    private final Engine engine;
    private final IcmpQuote quote = new IcmpQuote();

    IcmpErrors(Engine engine) {
        this.engine = engine;
    }

    /** An ICMP packet from the network; false if it is no error about a server leg. */
    boolean fromNetwork(Packet icmp, long now) {
        if (!isErrorAboutTcp(icmp)) {
            return false;
        }
        ServerLeg leg =
                engine.table.incoming.find(
                        quote.srcHi(),
                        quote.srcLo(),
                        quote.srcPort(),
                        quote.dstHi(),
                        quote.dstLo(),
                        quote.dstPort());
        if (leg == null) {
            return false;
        }
        if (leg.tombstone || !quote.hasSeq() || !icmp.checksumValid()) {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
            return true;
        }
        Session session = leg.session;
        int seq =
                session.translation == null
                        ? quote.seq()
                        : session.translation.clientToServer().unmap(quote.seq());
        session.phase.icmpError(session, leg, icmp, meaning(icmp), seq, now);
        return true;
    }

    /** An ICMP packet from the client; false if it is no error about a packet that we delivered. */
    boolean fromClient(Packet icmp, long now) {
        if (!isErrorAboutTcp(icmp)) {
            return false;
        }
        Session session =
                engine.table.outgoing.find(
                        quote.dstHi(),
                        quote.dstLo(),
                        quote.dstPort(),
                        quote.srcHi(),
                        quote.srcLo(),
                        quote.srcPort());
        if (session == null) {
            return false;
        }
        ServerLeg leg = session.leg;
        if (leg == null) {
            return true;
        }
        if (session.translation != null && quote.hasSeq()) {
            quote.seq(session.translation.serverToClient().unmap(quote.seq()));
        }
        quote.source(leg.farHi, leg.farLo, leg.farPort);
        quote.destination(leg.nearHi, leg.nearLo, leg.nearPort);
        icmp.source(leg.nearHi, leg.nearLo, 0);
        icmp.destination(leg.farHi, leg.farLo, 0);
        engine.out.errorToServer(icmp, now);
        return true;
    }

    /** Delivers the error that is being handled, as one about what the client itself sent. */
    void toClient(Session session, ServerLeg leg, Packet icmp, long now) {
        if (session.translation != null) {
            quote.seq(session.translation.clientToServer().unmap(quote.seq()));
        }
        quote.source(session.nearHi, session.nearLo, session.nearPort);
        quote.destination(session.farHi, session.farLo, session.farPort);
        if (icmp.srcHi() == leg.farHi && icmp.srcLo() == leg.farLo) {
            icmp.source(session.farHi, session.farLo, 0);
        }
        icmp.destination(session.nearHi, session.nearLo, 0);
        engine.out.errorToClient(icmp, now);
    }

    private boolean isErrorAboutTcp(Packet icmp) {
        return Icmp.isError(icmp.isIpv6(), Icmp.type(icmp.frame(), icmp.l4()))
                && quote.parse(icmp)
                && quote.protocol() == Tcp.PROTOCOL
                && quote.hasPorts();
    }

    /** Unreachable, unless it is about size or time: those are the ends' own matter. */
    private static Failure meaning(Packet icmp) {
        int type = Icmp.type(icmp.frame(), icmp.l4());
        int code = Icmp.code(icmp.frame(), icmp.l4());
        boolean unreachable =
                icmp.isIpv6()
                        ? type == Icmp.V6_UNREACHABLE
                        : type == Icmp.UNREACHABLE && code != Icmp.CODE_FRAGMENTATION_NEEDED;
        return unreachable ? Failure.UNREACHABLE : Failure.LOCAL;
    }
}
