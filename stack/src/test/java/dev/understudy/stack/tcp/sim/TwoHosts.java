package dev.understudy.stack.tcp.sim;

import dev.understudy.stack.link.CongestedRouter;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.tcp.TcpConfig;
import dev.understudy.stack.tcp.TcpHandler;
import dev.understudy.stack.tcp.TcpLimits;
import dev.understudy.stack.tcp.TcpStack;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PoisoningAllocator;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Two stacks and the link between them, which loses, repeats, delays and reorders as it is told, from a seed. Time stands
 * still but in {@link #step}, which goes to the next thing that happens.
 */
final class TwoHosts {
    static final long MILLIS = 1_000_000L;
    private static final int TRACE = 200;

    /** How bad the link is; probabilities in 1/1000, delays in nanoseconds. */
    record Link(
            int loss,
            int duplication,
            int reordering,
            int damage,
            int marks,
            long delay,
            long jitter) {
        static final Link GOOD = new Link(0, 0, 0, 0, 0, 5 * MILLIS, 0);
    }

    private record Arrival(long at, long order, ByteBuf frame, boolean toB)
            implements Comparable<Arrival> {
        @Override
        public int compareTo(Arrival other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    final PoisoningAllocator allocator = new PoisoningAllocator();
    final TcpStack a;
    TcpStack b;
    final IpAddress addressA;
    final IpAddress addressB;
    Link link = Link.GOOD;

    /** Nothing passes the link. */
    boolean down;

    /** Bits per second that pass, 0 for no limit. */
    long rate;

    /** Sees every frame that is put on the link. */
    Recording recording = Recording.NONE;

    private final TcpConfig configB;
    private final long[] busyUntil = new long[2];
    private final int[] sequenceEnds = new int[2];
    private boolean mute;

    private final SplittableRandom random;
    private final PriorityQueue<Arrival> onTheWay = new PriorityQueue<>();
    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private final Packet packet = new Packet();
    private final Deque<String> trace = new ArrayDeque<>();
    private long now;
    private long order;
    private long[] lastArrival = new long[2];

    private record Task(long at, long order, Runnable what) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    TwoHosts(TcpConfig configA, TcpConfig configB, boolean ipv6, SplittableRandom random) {
        this.random = random;
        this.configB = configB;
        now = random.nextLong(1L << 50);
        addressA = IpAddress.parse(ipv6 ? "fd00::a" : "10.0.0.1");
        addressB = IpAddress.parse(ipv6 ? "fd00::b" : "10.0.0.2");
        a = new TcpStack(configA, TcpLimits.DEFAULT, random, allocator, (p, t) -> carry(p, true));
        b = stackB();
    }

    private TcpStack stackB() {
        return new TcpStack(
                configB, TcpLimits.DEFAULT, random, allocator, (p, t) -> carry(p, false));
    }

    /** B's machine fails, says nothing more, and comes back with no memory. */
    void restartB() {
        note("B restarts");
        mute = true;
        b.close(now);
        mute = false;
        b = stackB();
    }

    /** Behind the last sequence number that went onto the link. */
    int sequenceEnd(boolean toB) {
        return sequenceEnds[toB ? 1 : 0];
    }

    /** Somebody else puts a packet on the link, which arrives at once. */
    void forge(ByteBuf frame, boolean toB) {
        packet.parse(frame);
        note("forged " + packet);
        recording.frame(now, frame, toB, "forged");
        onTheWay.add(new Arrival(now, order++, frame, toB));
    }

    long now() {
        return now;
    }

    private void carry(Packet sent, boolean toB) {
        if (mute) {
            return;
        }
        note((toB ? "A> " : "B> ") + sent);
        int lane = toB ? 1 : 0;
        int end = sent.seq() + sent.segmentLength();
        if (sent.has(Tcp.SYN) || SeqNum.gt(end, sequenceEnds[lane])) {
            sequenceEnds[lane] = end;
        }
        if (CongestedRouter.isCapable(sent) && random.nextInt(1000) < link.marks()) {
            CongestedRouter.mark(sent);
            note("   marked");
        }
        boolean lost = down || random.nextInt(1000) < link.loss();
        recording.frame(now, sent.frame(), toB, lost ? "lost" : "");
        if (lost) {
            note("   lost");
            return;
        }
        if (!sent.needsChecksum() && random.nextInt(1000) < link.damage()) {
            deliverDamaged(sent, toB);
            return;
        }
        deliver(sent.frame(), toB);
        if (random.nextInt(1000) < link.duplication()) {
            deliver(sent.frame(), toB);
        }
    }

    /** A flipped bit behind the addresses: what a checksum is for. */
    private void deliverDamaged(Packet sent, boolean toB) {
        ByteBuf copy = Frames.copy(allocator, sent.frame());
        int at = copy.readerIndex() + sent.l4() - sent.base();
        at += random.nextInt(sent.end() - sent.l4());
        copy.setByte(at, copy.getByte(at) ^ 1 << random.nextInt(8));
        note("   damaged");
        deliver(copy, toB);
        copy.release();
    }

    private void deliver(ByteBuf frame, boolean toB) {
        int lane = toB ? 1 : 0;
        long at = now + link.delay() + (link.jitter() > 0 ? random.nextLong(link.jitter()) : 0);
        if (rate > 0) {
            long took = frame.readableBytes() * 8L * 1_000_000_000L / rate;
            busyUntil[lane] = Math.max(now, busyUntil[lane]) + took;
            at += busyUntil[lane] - now;
        }
        if (random.nextInt(1000) >= link.reordering()) {
            at = Math.max(at, lastArrival[lane]);
        }
        lastArrival[lane] = Math.max(lastArrival[lane], at);
        onTheWay.add(new Arrival(at, order++, frame.retain(), toB));
    }

    /**
     * Goes to a time at which a connection from this port begins {@code before} sequence numbers short of 2^32: the clock
     * behind the initial sequence numbers counts steadily (RFC 6528), so that one look at it tells when.
     */
    void goNearWrap(int localPort, int remotePort, int before) {
        a.connect(addressA, localPort, addressB, remotePort, TcpHandler.NONE, now).abort(now);
        packet.parse(onTheWay.peek().frame());
        long ticks = SeqNum.unsigned(-before - packet.seq());
        drain();
        now += ticks * 4_000L;
    }

    /** Something to be done at a later time. */
    void at(long time, Runnable what) {
        tasks.add(new Task(time, order++, what));
    }

    /** Does the next thing that is to happen; false if there is nothing, or only later than {@code until}. */
    boolean step(long until) {
        long arrival = onTheWay.isEmpty() ? Long.MAX_VALUE : onTheWay.peek().at();
        long task = tasks.isEmpty() ? Long.MAX_VALUE : tasks.peek().at();
        long timerA = a.nextDeadline();
        long timerB = b.nextDeadline();
        long next = Math.min(Math.min(arrival, task), Math.min(timerA, timerB));
        if (next == Long.MAX_VALUE || next > until) {
            return false;
        }
        if (next < now) {
            throw new AssertionError("a deadline in the past: " + (now - next) + " ns ago");
        }
        now = next;
        if (arrival == next) {
            Arrival arrived = onTheWay.poll();
            if (packet.parse(arrived.frame()) == Packet.Parse.OK && packet.isTcp()) {
                (arrived.toB() ? b : a).onPacket(packet, now);
            }
            arrived.frame().release();
        } else if (task == next) {
            tasks.poll().what().run();
        } else {
            TcpStack stack = timerA == next ? a : b;
            stack.onDeadline(now);
            if (stack.nextDeadline() <= now) {
                throw new AssertionError("the deadline stands still at " + now);
            }
        }
        return true;
    }

    /** What both stacks keep for their applications. */
    long bytesKept() {
        Map<String, Long> counters = new HashMap<>();
        a.counters(counters);
        b.counters(counters);
        return counters.get("tcp bytes kept");
    }

    /** Drops what is on its way. */
    void drain() {
        for (Arrival arrival : onTheWay) {
            arrival.frame().release();
        }
        onTheWay.clear();
    }

    void note(String line) {
        if (trace.size() == TRACE) {
            trace.removeFirst();
        }
        trace.add((now / 1000) + " " + line);
    }

    String trace() {
        return String.join("\n", trace);
    }
}
