package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.translate.IcmpTranslation;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.Udp;

/**
 * ICMP errors that quote a packet of a session (RFC 792, RFC 4443). From the network they go to the session's phase, which
 * may act on them; translated, they go to the client, so that path MTU discovery and unreachables work end to end. An
 * error whose quote is not exactly of a session is not ours (RFC 5927: never move a connection by a guess).
 */
final class IcmpErrors {
    private final Engine engine;
    private final IcmpQuote quote = new IcmpQuote();
    private final IcmpTranslation translation;

    IcmpErrors(Engine engine) {
        this.engine = engine;
        this.translation = new IcmpTranslation(engine.out.drops);
    }

    /** An ICMP packet from the network; false if it is no error about a server leg. */
    boolean fromNetwork(Packet icmp, long now) {
        if (!isErrorAboutFlow(icmp)) {
            return false;
        }
        ServerLeg leg =
                engine.table.incoming.find(
                        quote.protocol(),
                        quote.srcHi(),
                        quote.srcLo(),
                        quote.srcPort(),
                        quote.dstHi(),
                        quote.dstLo(),
                        quote.dstPort());
        if (leg == null) {
            return false;
        }
        if (leg.tombstone
                || quote.protocol() == Tcp.PROTOCOL && !quote.hasSeq()
                || !icmp.checksumValid()) {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
            return true;
        }
        Session session = leg.session;
        if (leg == session.leg && session.delivery != null && quote.mtu() > 0) {
            narrowed(session, now);
        }
        int seq =
                session.translation == null
                        ? mark()
                        : session.translation.clientToServer().unmap(quote.seq());
        session.phase.icmpError(session, leg, icmp, meaning(icmp), seq, now);
        return true;
    }

    /** What we owe must keep to the path, too; what the client sends itself, it will be told. */
    private void narrowed(Session session, long now) {
        if (session.delivery.isUnderWay(quote.seq())) {
            session.delivery.pathMtu(quote.mtu(), quote.isIpv6(), now);
            engine.replays.wake(session);
        }
    }

    /** An ICMP packet from the client; false if it is no error about a packet that we delivered. */
    boolean fromClient(Packet icmp, long now) {
        if (!isErrorAboutFlow(icmp)) {
            return false;
        }
        Session session =
                engine.table.outgoing.find(
                        quote.protocol(),
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
        if (translation.toServer(
                icmp,
                leg.farHi,
                leg.farLo,
                leg.farPort,
                leg.nearHi,
                leg.nearLo,
                leg.nearPort,
                session.translation)) {
            engine.out.errorToServer(icmp, now);
        }
        return true;
    }

    /** Delivers an error about a server leg as one about what the client itself sent. */
    void toClient(Session session, Packet icmp, long now) {
        if (translation.toClient(
                icmp,
                session.nearHi,
                session.nearLo,
                session.nearPort,
                session.farHi,
                session.farLo,
                session.farPort,
                session.translation)) {
            engine.out.errorToClient(icmp, now);
        }
    }

    /** By which the sender knows its packet again (RFC 5927 §4.1): a datagram has nothing better than its length. */
    private int mark() {
        return quote.protocol() == Udp.PROTOCOL ? quote.udpLength() : quote.seq();
    }

    private boolean isErrorAboutFlow(Packet icmp) {
        return Icmp.isError(icmp.isIpv6(), Icmp.type(icmp.frame(), icmp.l4()))
                && quote.parse(icmp)
                && (quote.protocol() == Tcp.PROTOCOL || quote.protocol() == Udp.PROTOCOL)
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
