package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.attach.ClientQuestions.Question;
import dev.understudy.stack.ip.FrameOutput;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * ARP for a bump in the wire. All ARP passes; besides,
 *
 * <ul>
 *   <li>we ask <b>in the client's name</b>, its MAC and address as the sender, for servers on the link that it never
 *       asked for; the answer to such a question is kept from the client unless it asked the same within {@value
 *       ClientQuestions#ASKED_SECONDS} s, so that a relocated address does not show on its side;
 *   <li>we answer <b>for dead originals</b> on the link ({@link ClientQuestions}).
 * </ul>
 */
final class InlineArp implements Neighbours.Solicitor, Timed {
    private enum Count {
        ASKED_FOR_CLIENT,
        ANSWERS_KEPT_FROM_CLIENT,
        ANSWERED_FOR_ORIGINAL
    }

    private final ByteBufAllocator allocator;
    private final InlineTopology topology;
    private final FrameOutput toClient;
    private final FrameOutput toNetwork;
    private final Neighbours neighbours;
    private final ClientQuestions questions = new ClientQuestions(this::answer);
    private final Tally<Count> tally = new Tally<>("inline arp", Count.class);
    private int speakingFor;

    InlineArp(
            ByteBufAllocator allocator,
            InlineTopology topology,
            FrameOutput toClient,
            FrameOutput toNetwork,
            Neighbours.Listener listener,
            RandomGenerator random) {
        this.allocator = allocator;
        this.topology = topology;
        this.toClient = toClient;
        this.toNetwork = toNetwork;
        neighbours = new Neighbours(Neighbours.Limits.DEFAULT, this, listener, random);
    }

    void connect(Originals who) {
        questions.connect(who);
    }

    Neighbours neighbours() {
        return neighbours;
    }

    /** Questions from now on are asked in this client's name. */
    void speakFor(int clientAddress) {
        speakingFor = clientAddress;
    }

    @Override
    public void solicit(long hi, long lo, long to, long now) {
        long client = IpAddress.mapped(speakingFor);
        long mac = topology.clientMac(0, client);
        ByteBuf frame = Arp.frame(allocator, to, Arp.REQUEST, mac, speakingFor, 0, (int) lo);
        VlanTags.insert(frame, topology.clientTags(0, client));
        tally.count(Count.ASKED_FOR_CLIENT);
        toNetwork.write(frame);
    }

    /** An ARP packet of the client, which passes in any case. */
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

    private void answer(Question question) {
        ByteBuf frame =
                Arp.frame(
                        allocator,
                        question.mac(),
                        Arp.REPLY,
                        topology.ourMac(),
                        question.target().ipv4(),
                        question.mac(),
                        question.sender().ipv4());
        VlanTags.insert(frame, question.tags());
        tally.count(Count.ANSWERED_FOR_ORIGINAL);
        toClient.write(frame);
    }

    /**
     * An ARP packet from the network.
     *
     * @return whether it passes on to the client
     */
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
        if (!ours || questions.asksFor(IpAddress.v4(sender), now)) {
            return true;
        }
        tally.count(Count.ANSWERS_KEPT_FROM_CLIENT);
        return false;
    }

    @Override
    public long nextDeadline() {
        return Math.min(questions.nextDeadline(), neighbours.nextDeadline());
    }

    @Override
    public void onDeadline(long now) {
        questions.onDeadline(now);
        neighbours.onDeadline(now);
    }

    void close() {
        neighbours.clear();
    }

    void counters(Map<String, Long> all) {
        tally.addTo(all);
        neighbours.counters(all);
    }
}
