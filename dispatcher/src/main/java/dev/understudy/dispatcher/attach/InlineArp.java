package dev.understudy.dispatcher.attach;

import dev.understudy.stack.ip.FrameOutput;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * ARP for a bump in the wire. All ARP passes; besides,
 *
 * <ul>
 *   <li>we ask <b>in the client's name</b>, its MAC and address as the sender, for servers on the link that it never
 *       asked for; the answer to such a question is kept from the client unless it asked the same within {@value
 *       #ASKED_SECONDS} s, so that a relocated address does not show on its side;
 *   <li>we answer <b>for dead originals</b> on the link (proxy ARP, RFC 1027): if the client asks for an original and
 *       nobody answers within {@link #PATIENCE_NANOS}, or at once if it is known to be dead or was answered for before. Any ARP
 *       packet of the original itself ends that.
 * </ul>
 *
 * <p>At most {@value #LIMIT} questions of the client and as many answered originals are remembered; the oldest goes.
 */
final class InlineArp implements Neighbours.Solicitor, Timed {
    /** Shorter than the second after which a client asks again. */
    static final long PATIENCE_NANOS = 900_000_000L;

    static final int LIMIT = 256;
    static final int ASKED_SECONDS = 3;

    private static final long ASKED_NANOS = ASKED_SECONDS * 1_000_000_000L;
    private static final long NEVER = Long.MAX_VALUE;

    private enum Count {
        ASKED_FOR_CLIENT,
        ANSWERS_KEPT_FROM_CLIENT,
        ANSWERED_FOR_ORIGINAL
    }

    /** A question of the client. */
    private record Question(int target, int sender, long mac, long tags, long at) {}

    private final ByteBufAllocator allocator;
    private final InlineTopology topology;
    private final FrameOutput toClient;
    private final FrameOutput toNetwork;
    private final Neighbours neighbours;
    private final Tally<Count> tally = new Tally<>("inline arp", Count.class);

    /** The last question for each target, oldest first. */
    private final LinkedHashMap<Integer, Question> questions = new LinkedHashMap<>();

    /** Questions for originals that nobody has answered yet, in the order of their deadlines. */
    private final ArrayDeque<Question> unanswered = new ArrayDeque<>();

    /** Originals answered for, with the last time. */
    private final LinkedHashMap<Integer, Long> answeredFor = new LinkedHashMap<>();

    private Originals originals;
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
        originals = who;
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
        if (Arp.operation(frame, at) != Arp.REQUEST || sender == 0 || sender == target) {
            return;
        }
        Question question = new Question(target, sender, mac, tags, now);
        questions.remove(target);
        questions.put(target, question);
        dropOldest(questions);
        long lo = IpAddress.mapped(target);
        if (originals.isOriginal(0, lo)) {
            if (answeredFor.containsKey(target) || originals.isDead(0, lo, now)) {
                answer(question, now);
            } else if (!isWaiting(question) && unanswered.size() < LIMIT) {
                unanswered.add(question);
            }
        }
    }

    /** A client that repeats its question does not wait longer for that. */
    private boolean isWaiting(Question question) {
        for (Question waiting : unanswered) {
            if (waiting.target == question.target && waiting.sender == question.sender) {
                return true;
            }
        }
        return false;
    }

    private static void dropOldest(Map<Integer, ?> map) {
        if (map.size() > LIMIT) {
            Iterator<?> oldest = map.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    private void answer(Question question, long now) {
        answeredFor.remove(question.target);
        answeredFor.put(question.target, now);
        dropOldest(answeredFor);
        ByteBuf frame =
                Arp.frame(
                        allocator,
                        question.mac,
                        Arp.REPLY,
                        topology.ourMac(),
                        question.target,
                        question.mac,
                        question.sender);
        VlanTags.insert(frame, question.tags);
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
        answeredFor.remove(sender);
        unanswered.removeIf(question -> question.target == sender);
        boolean reply = Arp.operation(frame, at) == Arp.REPLY;
        boolean ours = reply && neighbours.isAsking(0, lo);
        neighbours.update(0, lo, mac, reply, now);
        if (!ours || clientAsked(sender, now)) {
            return true;
        }
        tally.count(Count.ANSWERS_KEPT_FROM_CLIENT);
        return false;
    }

    private boolean clientAsked(int target, long now) {
        Question question = questions.get(target);
        return question != null && now - question.at <= ASKED_NANOS;
    }

    @Override
    public long nextDeadline() {
        Question first = unanswered.peek();
        long patience = first == null ? NEVER : first.at + PATIENCE_NANOS;
        return Math.min(patience, neighbours.nextDeadline());
    }

    @Override
    public void onDeadline(long now) {
        for (Question first = unanswered.peek();
                first != null && first.at + PATIENCE_NANOS <= now;
                first = unanswered.peek()) {
            answer(unanswered.remove(), now);
        }
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
