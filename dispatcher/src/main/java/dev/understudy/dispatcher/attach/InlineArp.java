package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.attach.ClientQuestions.Question;
import dev.understudy.stack.ip.FrameOutput;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.random.RandomGenerator;

/** ARP for a bump in the wire (RFC 826; for dead originals, RFC 1027). */
final class InlineArp extends InlineResolution {
    InlineArp(
            ByteBufAllocator allocator,
            InlineTopology topology,
            FrameOutput toClient,
            FrameOutput toNetwork,
            Neighbours.Listener listener,
            RandomGenerator random) {
        super("inline arp", allocator, topology, toClient, toNetwork, listener, random);
    }

    @Override
    ByteBuf question(long clientHi, long clientLo, long mac, long hi, long lo, long to) {
        return Arp.frame(allocator, to, Arp.REQUEST, mac, (int) clientLo, 0, (int) lo);
    }

    @Override
    ByteBuf answerTo(Question question) {
        return Arp.frame(
                allocator,
                question.mac(),
                Arp.REPLY,
                topology.ourMac(),
                question.target().ipv4(),
                question.mac(),
                question.sender().ipv4());
    }

    @Override
    void fromClient(Packet packet, long now) {
        ByteBuf frame = packet.frame();
        int at = packet.l3();
        if (!Arp.isValid(frame, at, frame.writerIndex())) {
            return;
        }
        int sender = Arp.senderAddress(frame, at);
        int target = Arp.targetAddress(frame, at);
        long mac = Arp.senderMac(frame, at);
        long tags = VlanTags.of(packet);
        topology.arpFromClient(sender, mac, tags, target);
        if (Arp.operation(frame, at) == Arp.REQUEST && sender != 0 && sender != target) {
            boolean direct = !Ethernet.isGroup(packet.dstMac());
            questions.asked(
                    new Question(
                            IpAddress.v4(target), IpAddress.v4(sender), mac, tags, direct, now),
                    now);
        }
    }

    @Override
    boolean fromNetwork(Packet packet, long now) {
        ByteBuf frame = packet.frame();
        int at = packet.l3();
        if (!Arp.isValid(frame, at, frame.writerIndex())) {
            return true;
        }
        int sender = Arp.senderAddress(frame, at);
        long mac = Arp.senderMac(frame, at);
        long lo = IpAddress.mapped(sender);
        if (sender == 0) {
            return true;
        }
        topology.fromNetwork(0, lo, mac);
        questions.heard(IpAddress.v4(sender));
        boolean reply = Arp.operation(frame, at) == Arp.REPLY;
        boolean ours = reply && neighbours.isAsking(0, lo);
        neighbours.update(0, lo, mac, reply, now);
        return passes(IpAddress.v4(sender), ours, now);
    }
}
