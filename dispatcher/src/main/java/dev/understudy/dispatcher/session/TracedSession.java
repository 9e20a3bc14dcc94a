package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.PacketLog;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Tcp;
import java.util.ArrayList;
import java.util.List;

/**
 * What is needed to put a watched session's packets on record: the ISNs that numbers are relative to, leg by leg, and how
 * far each direction of each leg had come, which tells a retransmission.
 */
final class TracedSession {
    private static final byte[] NOTHING = {};

    /** Legs whose numbers are kept: a session meets few servers. */
    private static final int MOST_LEGS = 16;

    /** One direction of one leg. */
    private static final class Course {
        boolean known;
        int isn;
        int end;

        /** Takes note of a segment; tells whether all of it had been seen before. */
        boolean again(PacketSketch segment) {
            int segmentEnd = segment.seq + segment.span;
            if (!known) {
                isn = (segment.flags & Tcp.SYN) != 0 ? segment.seq : segment.seq - 1;
                end = segmentEnd;
                known = true;
                return false;
            }
            if (segment.span == 0) {
                return false;
            }
            if (SeqNum.le(segmentEnd, end)) {
                return true;
            }
            end = segmentEnd;
            return false;
        }

        void begin(int firstIsn) {
            if (!known) {
                isn = firstIsn;
                end = firstIsn;
                known = true;
            }
        }

        long relative(int seq) {
            return known ? seq - isn & 0xFFFFFFFFL : 0;
        }
    }

    private static final class Leg {
        final ServerLeg leg;
        final Course ours = new Course();
        final Course theirs = new Course();

        Leg(ServerLeg leg) {
            this.leg = leg;
        }
    }

    final PacketLog log;
    private final Course fromClient = new Course();
    private final Course toClient = new Course();
    private final List<Leg> legs = new ArrayList<>(2);

    TracedSession(PacketLog log) {
        this.log = log;
    }

    void add(PacketSketch packet, Session session) {
        fromClient.begin(session.clientIsn);
        if (session.serverIsn != 0) {
            toClient.begin(session.serverIsn);
        }
        Leg leg = packet.leg == null ? null : leg(packet, session);
        PacketSketch clientForm = clientForm(packet);
        PacketSketch serverForm = serverForm(packet);
        boolean again = false;
        long seq = 0;
        long ack = 0;
        long serverSeq = 0;
        long serverAck = 0;
        if (packet.tcp && serverForm != null && leg != null) {
            Course own = packet.up ? leg.ours : leg.theirs;
            Course other = packet.up ? leg.theirs : leg.ours;
            again = own.again(serverForm);
            serverSeq = own.relative(serverForm.seq);
            serverAck = (serverForm.flags & Tcp.ACK) == 0 ? 0 : other.relative(serverForm.ack);
            seq = serverSeq;
            ack = serverAck;
        }
        if (packet.tcp && clientForm != null) {
            Course own = packet.up ? fromClient : toClient;
            Course other = packet.up ? toClient : fromClient;
            again |= own.again(clientForm);
            seq = own.relative(clientForm.seq);
            ack = (clientForm.flags & Tcp.ACK) == 0 ? 0 : other.relative(clientForm.ack);
            if (serverForm == null || leg == null) {
                serverSeq = seq;
                serverAck = ack;
            }
        }
        PacketSketch form = clientForm == null ? packet : clientForm;
        log.add(
                new TracedPacket(
                        log.next(),
                        packet.now,
                        session.id,
                        packet.up,
                        packet.leg == null ? null : packet.leg.endpoint(),
                        packet.flags,
                        seq,
                        ack,
                        serverSeq,
                        serverAck,
                        form.window,
                        packet.data,
                        session.delta(),
                        again,
                        packet.protocol == Icmp.PROTOCOL || packet.protocol == Icmp.PROTOCOL_V6,
                        packet.before == null ? NOTHING : packet.before,
                        packet.after == null ? NOTHING : packet.after,
                        packet.before == null ? 0 : packet.length,
                        packet.after == null
                                ? 0
                                : packet.left == null ? packet.length : packet.left.length));
    }

    /** The form that the client sent or gets; null if it never touches the client. */
    private static PacketSketch clientForm(PacketSketch packet) {
        if (packet.up) {
            return packet.before == null ? null : packet;
        }
        if (packet.left != null) {
            return packet.left;
        }
        return packet.before == null ? packet : null;
    }

    /** The form that a server sent or gets; null if it never touches one. */
    private static PacketSketch serverForm(PacketSketch packet) {
        if (!packet.up) {
            return packet.before == null ? null : packet;
        }
        if (packet.left != null) {
            return packet.left;
        }
        return packet.before == null ? packet : null;
    }

    private Leg leg(PacketSketch packet, Session session) {
        for (Leg leg : legs) {
            if (leg.leg == packet.leg) {
                return leg;
            }
        }
        Leg leg = new Leg(packet.leg);
        leg.ours.begin(packet.leg.isn);
        boolean begins = !packet.up && (packet.flags & Tcp.SYN) != 0;
        if (packet.leg == session.leg && session.serverIsn != 0 && !begins) {
            // Joined in the middle: the server's ISN is the one that the client knows, and the
            // delta.
            leg.theirs.begin(session.serverIsn + session.delta());
        }
        if (legs.size() == MOST_LEGS) {
            legs.remove(0);
        }
        legs.add(leg);
        return leg;
    }
}
