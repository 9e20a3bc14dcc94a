package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.PacketBook;
import dev.understudy.dispatcher.control.PacketLog;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.Udp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Records the packets of watched sessions at the dispatcher's two doors and its two outputs: what came, what left, and
 * whether the one became the other. Nothing in between knows of it. While nobody watches, a packet pays for one look at a
 * field here, and nothing else.
 */
final class PacketTap {
    private final PacketBook book;
    private final SessionTable table;
    private final IcmpQuote quote = new IcmpQuote();

    private final Map<Long, TracedSession> traces = new HashMap<>();

    private final List<PacketSketch> made = new ArrayList<>();
    private Packet atDoor;
    private PacketSketch came;

    PacketTap(PacketBook book, SessionTable table) {
        this.book = book;
        this.table = table;
    }

    boolean on() {
        return book.on();
    }

    PacketBook book() {
        return book;
    }

    // ---- at the doors

    /** A packet has come in and is about to be handled; {@link #handled} follows. */
    void came(Packet packet, boolean up, long now) {
        ServerLeg leg = up ? null : leg(packet, true);
        Session session = up ? client(packet, true) : leg == null ? null : leg.session;
        boolean begins =
                up
                        && book.watch().all()
                        && (packet.isTcp()
                                ? packet.has(Tcp.SYN)
                                : session == null && packet.isUdp());
        if (!begins && (session == null || !wanted(session))) {
            return;
        }
        atDoor = packet;
        came = PacketSketch.of(packet, up, now, book.watch().snap());
        came.before = came.bytes;
        came.session = session;
        came.leg = leg;
    }

    /** It has been handled: what became of it goes on record. */
    void handled() {
        if (came != null) {
            Session session = came.session;
            if (came.mayBegin()) {
                // It may have begun a session, perhaps in the place of an old one.
                session =
                        table.outgoing.find(
                                came.protocol,
                                came.srcHi,
                                came.srcLo,
                                came.srcPort,
                                came.dstHi,
                                came.dstLo,
                                came.dstPort);
            }
            if (session != null && wanted(session)) {
                trace(session).add(came, session);
            }
        }
        for (PacketSketch sketch : made) {
            trace(sketch.session).add(sketch, sketch.session);
        }
        made.clear();
        came = null;
        atDoor = null;
    }

    // ---- at the outputs

    /** What wraps an output, so that what leaves there is seen. */
    PacketOutput listening(PacketOutput output, boolean up) {
        return (packet, now) -> {
            if (book.on()) {
                left(packet, up, now);
            }
            output.send(packet, now);
        };
    }

    private void left(Packet packet, boolean up, long now) {
        ServerLeg leg = up ? leg(packet, false) : null;
        Session session = up ? leg == null ? null : leg.session : client(packet, false);
        boolean mayBeIt = atDoor != null && came.up == up && came.after == null;
        if (!mayBeIt && (session == null || !wanted(session))) {
            return;
        }
        PacketSketch sketch = PacketSketch.of(packet, up, now, book.watch().snap());
        if (mayBeIt && (packet == atDoor || came.saysTheSameAs(sketch))) {
            // Be it the same buffer, or a copy: a stored SYN that goes out at once, or an answer
            // that was held only until its status was read.
            came.became(sketch, leg);
            return;
        }
        if (session == null || !wanted(session)) {
            return;
        }
        sketch.after = sketch.bytes;
        sketch.session = session;
        sketch.leg = leg;
        if (atDoor != null) {
            made.add(sketch);
        } else {
            trace(session).add(sketch, session);
        }
    }

    // ---- whose it is

    private boolean wanted(Session session) {
        return book.holds(session.id) || book.watch().all() && fresh(session);
    }

    /** An armed watch takes sessions up from their SYN, or first datagram, on, not in the middle. */
    private static boolean fresh(Session session) {
        int begun = session.protocol == Udp.PROTOCOL ? 1 : 0;
        return session.packets == begun && session.leg == null;
    }

    private TracedSession trace(Session session) {
        PacketLog log = book.open(session.id);
        TracedSession trace = traces.get(session.id);
        if (trace == null || trace.log != log) {
            traces.keySet().removeIf(id -> !book.holds(id));
            trace = new TracedSession(log);
            traces.put(session.id, trace);
        }
        return trace;
    }

    /** The session of a packet that came from its client or leaves for it; an ICMP error is known by what it quotes. */
    private Session client(Packet packet, boolean up) {
        if (packet.hasPorts()) {
            return up
                    ? table.outgoing.find(
                            packet.protocol(),
                            packet.srcHi(),
                            packet.srcLo(),
                            packet.srcPort(),
                            packet.dstHi(),
                            packet.dstLo(),
                            packet.dstPort())
                    : table.outgoing.find(
                            packet.protocol(),
                            packet.dstHi(),
                            packet.dstLo(),
                            packet.dstPort(),
                            packet.srcHi(),
                            packet.srcLo(),
                            packet.srcPort());
        }
        if (!quotes(packet)) {
            return null;
        }
        // An error quotes what went the other way.
        return up
                ? table.outgoing.find(
                        quote.protocol(),
                        quote.dstHi(),
                        quote.dstLo(),
                        quote.dstPort(),
                        quote.srcHi(),
                        quote.srcLo(),
                        quote.srcPort())
                : table.outgoing.find(
                        quote.protocol(),
                        quote.srcHi(),
                        quote.srcLo(),
                        quote.srcPort(),
                        quote.dstHi(),
                        quote.dstLo(),
                        quote.dstPort());
    }

    /** The leg of a packet that came from the network, or that leaves for it. */
    private ServerLeg leg(Packet packet, boolean incoming) {
        if (packet.hasPorts()) {
            return incoming
                    ? table.incoming.find(
                            packet.protocol(),
                            packet.dstHi(),
                            packet.dstLo(),
                            packet.dstPort(),
                            packet.srcHi(),
                            packet.srcLo(),
                            packet.srcPort())
                    : table.incoming.find(
                            packet.protocol(),
                            packet.srcHi(),
                            packet.srcLo(),
                            packet.srcPort(),
                            packet.dstHi(),
                            packet.dstLo(),
                            packet.dstPort());
        }
        if (!quotes(packet)) {
            return null;
        }
        return incoming
                ? table.incoming.find(
                        quote.protocol(),
                        quote.srcHi(),
                        quote.srcLo(),
                        quote.srcPort(),
                        quote.dstHi(),
                        quote.dstLo(),
                        quote.dstPort())
                : table.incoming.find(
                        quote.protocol(),
                        quote.dstHi(),
                        quote.dstLo(),
                        quote.dstPort(),
                        quote.srcHi(),
                        quote.srcLo(),
                        quote.srcPort());
    }

    private boolean quotes(Packet packet) {
        return packet.isIcmp()
                && Icmp.isError(packet.isIpv6(), Icmp.type(packet.frame(), packet.l4()))
                && quote.parse(packet)
                && quote.hasPorts();
    }
}
