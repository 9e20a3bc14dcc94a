package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.attach.ClientQuestions.Question;
import dev.understudy.stack.ip.FrameOutput;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.random.RandomGenerator;

/**
 * NDP for a bump in the wire (RFC 4861).
 *
 * <p>Only messages that are valid (RFC 4861 §7.1) teach anything. An advertisement of ours replaces what the client believes
 * only if it asked that MAC directly and in vain: a proxy must not displace the owner (RFC 4861 §7.2.8). A node that probes for an
 * original's address (RFC 4862 §5.4) is the original, come back.
 */
final class InlineNdp extends InlineResolution {
    InlineNdp(
            ByteBufAllocator allocator,
            InlineTopology topology,
            FrameOutput toClient,
            FrameOutput toNetwork,
            Neighbours.Listener listener,
            RandomGenerator random) {
        super("inline ndp", allocator, topology, toClient, toNetwork, listener, random);
    }

    @Override
    ByteBuf question(long clientHi, long clientLo, long mac, long hi, long lo, long to) {
        return Ndp.solicitation(allocator, to, mac, clientHi, clientLo, hi, lo);
    }

    @Override
    ByteBuf answerTo(Question question) {
        IpAddress target = question.target();
        return Ndp.advertisement(
                allocator,
                question.mac(),
                topology.ourMac(),
                target.hi(),
                target.lo(),
                question.sender().hi(),
                question.sender().lo(),
                target.hi(),
                target.lo(),
                Ndp.SOLICITED | (question.direct() ? Ndp.OVERRIDE : 0));
    }

    @Override
    void fromClient(Packet packet, long now) {
        ByteBuf frame = packet.frame();
        int at = packet.l4();
        boolean probe = (packet.srcHi() | packet.srcLo()) == 0;
        if (!Ndp.isValid(packet) || probe || Icmp.type(frame, at) != Ndp.NEIGHBOUR_SOLICITATION) {
            return;
        }
        IpAddress target = new IpAddress(Ndp.targetHi(frame, at), Ndp.targetLo(frame, at));
        topology.solicitedByClient(target.hi());
        long source = Ndp.linkAddress(packet, Ndp.SOURCE_LINK_ADDRESS);
        questions.asked(
                new Question(
                        target,
                        new IpAddress(packet.srcHi(), packet.srcLo()),
                        source == 0 ? packet.srcMac() : source,
                        VlanTags.of(packet),
                        !Ethernet.isGroup(packet.dstMac()),
                        now),
                now);
    }

    @Override
    boolean fromNetwork(Packet packet, long now) {
        if (!Ndp.isValid(packet)) {
            return true;
        }
        int type = Icmp.type(packet.frame(), packet.l4());
        if (type == Ndp.NEIGHBOUR_ADVERTISEMENT) {
            return advertised(packet, now);
        }
        if (type == Ndp.NEIGHBOUR_SOLICITATION) {
            solicited(packet, now);
        }
        return true;
    }

    private void solicited(Packet packet, long now) {
        ByteBuf frame = packet.frame();
        if ((packet.srcHi() | packet.srcLo()) == 0) {
            int at = packet.l4();
            questions.heard(new IpAddress(Ndp.targetHi(frame, at), Ndp.targetLo(frame, at)));
            return;
        }
        questions.heard(new IpAddress(packet.srcHi(), packet.srcLo()));
        long source = Ndp.linkAddress(packet, Ndp.SOURCE_LINK_ADDRESS);
        if (source != 0) {
            neighbours.update(packet.srcHi(), packet.srcLo(), source, false, now);
        }
    }

    private boolean advertised(Packet packet, long now) {
        ByteBuf frame = packet.frame();
        int at = packet.l4();
        IpAddress target = new IpAddress(Ndp.targetHi(frame, at), Ndp.targetLo(frame, at));
        long option = Ndp.linkAddress(packet, Ndp.TARGET_LINK_ADDRESS);
        long mac = option == 0 ? packet.srcMac() : option;
        topology.fromNetwork(target.hi(), target.lo(), mac);
        questions.heard(target);
        int flags = Ndp.flags(frame, at);
        boolean reply = (flags & Ndp.SOLICITED) != 0;
        boolean ours = reply && neighbours.isAsking(target.hi(), target.lo());
        neighbours.update(target.hi(), target.lo(), mac, reply, (flags & Ndp.OVERRIDE) != 0, now);
        return passes(target, ours, now);
    }
}
