package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.attach.ClientQuestions.Question;
import dev.understudy.stack.ip.FrameOutput;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * NDP for a bump in the wire, as {@link InlineArp} does it for IPv4. All of it passes; besides, we solicit in the client's
 * name for servers on the link that it never asked for, and keep the answers from it; and we advertise for dead originals on
 * the link ({@link ClientQuestions}).
 *
 * <p>Only messages that are valid (RFC 4861 §7.1) teach anything. An advertisement of ours replaces what the client believes
 * only if it asked that MAC directly and in vain: a proxy must not displace the owner (RFC 4861 §7.2.8). A node that probes for an
 * original's address (RFC 4862 §5.4) is the original, come back.
 */
final class InlineNdp implements Neighbours.Solicitor, Timed {
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
    private final Tally<Count> tally = new Tally<>("inline ndp", Count.class);
    private long speakingForHi;
    private long speakingForLo;

    InlineNdp(
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
    void speakFor(long clientHi, long clientLo) {
        speakingForHi = clientHi;
        speakingForLo = clientLo;
    }

    @Override
    public void solicit(long hi, long lo, long to, long now) {
        long mac = topology.clientMac(speakingForHi, speakingForLo);
        ByteBuf frame = Ndp.solicitation(allocator, to, mac, speakingForHi, speakingForLo, hi, lo);
        VlanTags.insert(frame, topology.clientTags(speakingForHi, speakingForLo));
        tally.count(Count.ASKED_FOR_CLIENT);
        toNetwork.write(frame);
    }

    /** A message of the client, which passes in any case. */
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

    private void answer(Question question) {
        IpAddress target = question.target();
        ByteBuf frame =
                Ndp.advertisement(
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
        VlanTags.insert(frame, question.tags());
        tally.count(Count.ANSWERED_FOR_ORIGINAL);
        toClient.write(frame);
    }

    /**
     * A message from the network.
     *
     * @return whether it passes on to the client
     */
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
        if (!ours || questions.asksFor(target, now)) {
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
