package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.attach.ClientQuestions.Question;
import dev.understudy.stack.ip.FrameOutput;
import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * How a bump in the wire finds the neighbours of one family. What clients and neighbours ask and answer passes; besides,
 *
 * <ul>
 *   <li>we ask <b>in the client's name</b>, its MAC and address as the sender, for servers on the link that it never
 *       asked for; the answer to such a question is kept from the client unless it asked the same within {@value
 *       ClientQuestions#ASKED_SECONDS} s, so that a relocated address does not show on its side;
 *   <li>we answer <b>for dead originals</b> on the link ({@link ClientQuestions}).
 * </ul>
 */
abstract class InlineResolution implements Neighbours.Solicitor, Timed {
    private enum Count {
        ASKED_FOR_CLIENT,
        ANSWERS_KEPT_FROM_CLIENT,
        ANSWERED_FOR_ORIGINAL
    }

    final ByteBufAllocator allocator;
    final InlineTopology topology;
    final Neighbours neighbours;
    final ClientQuestions questions = new ClientQuestions(this::answer);

    private final FrameOutput toClient;
    private final FrameOutput toNetwork;
    private final Tally<Count> tally;
    private long speakingForHi;
    private long speakingForLo;

    /** {@code name} is what its counters are called by. */
    InlineResolution(
            String name,
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
        tally = new Tally<>(name, Count.class);
    }

    /** A message of the client, which passes in any case. */
    abstract void fromClient(Packet packet, long now);

    /**
     * A message from the network.
     *
     * @return whether it passes on to the client
     */
    abstract boolean fromNetwork(Packet packet, long now);

    /** A question of ours in a client's name, from its MAC, to the MAC {@code to}. */
    abstract ByteBuf question(long clientHi, long clientLo, long mac, long hi, long lo, long to);

    /** An answer for a dead original. */
    abstract ByteBuf answerTo(Question question);

    void connect(Originals who) {
        questions.connect(who);
    }

    /** Questions from now on are asked in this client's name. */
    void speakFor(long clientHi, long clientLo) {
        speakingForHi = clientHi;
        speakingForLo = clientLo;
    }

    @Override
    public void solicit(long hi, long lo, long to, long now) {
        long mac = topology.clientMac(speakingForHi, speakingForLo);
        ByteBuf frame = question(speakingForHi, speakingForLo, mac, hi, lo, to);
        VlanTags.insert(frame, topology.clientTags(speakingForHi, speakingForLo));
        tally.count(Count.ASKED_FOR_CLIENT);
        toNetwork.write(frame);
    }

    private void answer(Question question) {
        ByteBuf frame = answerTo(question);
        VlanTags.insert(frame, question.tags());
        tally.count(Count.ANSWERED_FOR_ORIGINAL);
        toClient.write(frame);
    }

    /** Whether an answer passes on to the client: not if only we wanted it ({@code ours}). */
    boolean passes(IpAddress answering, boolean ours, long now) {
        if (!ours || questions.asksFor(answering, now)) {
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
