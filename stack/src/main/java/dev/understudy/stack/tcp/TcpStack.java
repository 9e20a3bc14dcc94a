package dev.understudy.stack.tcp;

import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

/**
 * TCP of one host: every connection, listener and TIME-WAIT, found by the ends of a packet. Knows neither addresses nor
 * routes: whoever owns IP hands in what is for us ({@link #onPacket}, {@link #onIcmpError}) and carries away what goes out.
 *
 * <pre>
 *   onPacket ─▶ connection?  ─▶ Arrival
 *               TIME-WAIT?   ─▶ acknowledge again, or open anew (RFC 6191)
 *               listener?    ─▶ SYN queue, cookies
 *               nobody       ─▶ RST (RFC 9293 §3.10.7.1), as fast as a limit allows
 * </pre>
 *
 * One thread, no clock: {@code now} is in nanoseconds, {@link #nextDeadline} is that of all connections together.
 */
public final class TcpStack implements Timed {
    private final TcpConfig config;
    private final TcpLimits limits;
    private final FlowTable flows;
    private final DeadlineHeap deadlines = new DeadlineHeap();
    private final TimeWaitQueue timeWaits;
    private final IsnGenerator isns;
    private final SynCookies cookies;
    private final PortPicker ports;
    private final FrameWriter writer;
    private final PathMtus paths = new PathMtus();
    private final Tally<TcpCounter> tally = new Tally<>("tcp", TcpCounter.class);
    private final Answers answers;
    private final Listeners listeners = new Listeners();
    private final ArrayDeque<TcpListener> acceptable = new ArrayDeque<>();
    private final Segment segment = new Segment();
    private final SegmentEnds ends = new SegmentEnds();
    private final SegmentEnds outEnds = new SegmentEnds();
    private final TcpOptionWriter options = new TcpOptionWriter();
    private final ReceiveBudget budget;
    private final ConnectionOwner owner = new Owner();
    private int connections;
    private long now;

    /**
     * @param random draws the secrets behind sequence numbers, cookies and hashes: a cryptographic one
     * @param allocator of frames
     * @param output where packets go; must not call back into the stack
     */
    public TcpStack(
            TcpConfig config,
            TcpLimits limits,
            RandomGenerator random,
            ByteBufAllocator allocator,
            PacketOutput output) {
        this.config = config;
        this.limits = limits;
        flows = new FlowTable(random.nextLong());
        timeWaits = new TimeWaitQueue(limits.timeWaits());
        isns = new IsnGenerator(new SipHash(random.nextLong(), random.nextLong()));
        cookies = new SynCookies(new SipHash(random.nextLong(), random.nextLong()));
        ports = new PortPicker(new SipHash(random.nextLong(), random.nextLong()), flows, limits);
        budget = new ReceiveBudget(limits.receiveBytes());
        writer = new FrameWriter(allocator, output);
        answers = new Answers(writer, tally, config, limits, random);
    }

    // ---- opening

    /**
     * Listens.
     *
     * @param address all zero ({@code ::}) for every address of both families
     * @param backlog most connections in each of the two queues
     * @param acceptable told when there is something to {@link TcpListener#accept}, with the listener and now
     * @throws IllegalStateException if somebody listens there
     */
    public TcpListener listen(
            IpAddress address, int port, int backlog, BiConsumer<TcpListener, Long> acceptable) {
        return listen(address, port, backlog, config, acceptable);
    }

    /** As {@link #listen(IpAddress, int, int, BiConsumer)}, with a configuration for its connections. */
    public TcpListener listen(
            IpAddress address,
            int port,
            int backlog,
            TcpConfig ownConfig,
            BiConsumer<TcpListener, Long> acceptable) {
        TcpListener listener =
                new TcpListener(
                        this, ownConfig, address.hi(), address.lo(), port, backlog, acceptable);
        if (!listeners.add(listener)) {
            throw new IllegalStateException("port " + port + " is taken");
        }
        return listener;
    }

    /** As {@link #connect(IpAddress, int, IpAddress, int, TcpConfig, TcpHandler, long)} with the stack's configuration. */
    public TcpConnection connect(
            IpAddress local,
            int localPort,
            IpAddress remote,
            int remotePort,
            TcpHandler handler,
            long time) {
        return connect(local, localPort, remote, remotePort, config, handler, time);
    }

    /**
     * Opens a connection: sends the SYN, and tells the handler what becomes of it.
     *
     * @param local an address of ours, of the same family
     * @param localPort 0 to have one picked (RFC 6056 §3.3.3)
     * @throws IllegalStateException if the ends are in use, no port is free, or there are too many connections
     */
    public TcpConnection connect(
            IpAddress local,
            int localPort,
            IpAddress remote,
            int remotePort,
            TcpConfig ownConfig,
            TcpHandler handler,
            long time) {
        int port = localPort != 0 ? localPort : ports.pick(local, remote, remotePort);
        ends.set(local.hi(), local.lo(), port, remote.hi(), remote.lo(), remotePort);
        if (port == 0 || find(ends) != null) {
            throw new IllegalStateException(port == 0 ? "no port is free" : "ends are in use");
        }
        TcpConnection connection = create(ownConfig, ends, time);
        if (connection == null) {
            throw new IllegalStateException("too many connections");
        }
        tally.count(TcpCounter.ACTIVE_OPENS);
        connection.open(handler, time);
        return connection;
    }

    /** A connection in its place in the table, or null if there are too many. */
    TcpConnection create(TcpConfig itsConfig, SegmentEnds e, long time) {
        int isn =
                isns.isn(
                        e.localHi,
                        e.localLo,
                        e.localPort,
                        e.remoteHi,
                        e.remoteLo,
                        e.remotePort,
                        time);
        return create(itsConfig, e, isn, time);
    }

    TcpConnection create(TcpConfig itsConfig, SegmentEnds e, int isn, long time) {
        if (connections >= limits.connections()) {
            return null;
        }
        now = time;
        TcpConnection connection =
                new TcpConnection(
                        itsConfig,
                        owner,
                        e.localHi,
                        e.localLo,
                        e.localPort,
                        e.remoteHi,
                        e.remoteLo,
                        e.remotePort,
                        isn,
                        timestampOffset(e),
                        paths.to(e.remoteHi, e.remoteLo, itsConfig.mtu(), time));
        flows.add(connection);
        connections++;
        return connection;
    }

    int timestampOffset(SegmentEnds e) {
        return isns.timestampOffset(e.localHi, e.localLo, e.remoteHi, e.remoteLo);
    }

    int mtuTo(TcpConfig itsConfig, long hi, long lo) {
        return paths.to(hi, lo, itsConfig.mtu(), now).mtu();
    }

    SynCookies cookies() {
        return cookies;
    }

    // ---- packets in

    /**
     * A TCP packet to one of our addresses, not a fragment. Its checksum is verified here. The frame stays the caller's;
     * data that is kept is retained or copied.
     */
    public void onPacket(Packet packet, long time) {
        now = time;
        tally.count(TcpCounter.SEGMENTS_IN);
        if (!packet.checksumValid()) {
            tally.count(TcpCounter.DROPPED_CHECKSUM);
            return;
        }
        ends.read(packet);
        if (Listeners.isNobody(ends.remoteHi, ends.remoteLo) || ends.remotePort == 0) {
            tally.count(TcpCounter.DROPPED_BAD_SOURCE);
            return;
        }
        segment.read(packet);
        tally.count(TcpCounter.BYTES_IN, segment.length());
        Flow flow = find(ends);
        if (flow instanceof TcpConnection connection) {
            Arrival.process(connection, segment, time);
            connection.settle(time);
        } else if (flow instanceof TimeWait wait) {
            inTimeWait(wait, time);
        } else {
            toListener(time);
        }
        tellListeners();
    }

    private void toListener(long time) {
        TcpListener listener = listeners.find(ends.localHi, ends.localLo, ends.localPort);
        if (listener != null) {
            listener.onSegment(ends, segment, time);
        } else {
            answers.reset(ends, segment, time);
        }
    }

    private Flow find(SegmentEnds e) {
        return flows.find(e.localHi, e.localLo, e.localPort, e.remoteHi, e.remoteLo, e.remotePort);
    }

    private void inTimeWait(TimeWait wait, long time) {
        boolean opens = segment.has(Tcp.SYN) && !segment.has(Tcp.ACK) && !segment.has(Tcp.RST);
        if (opens && wait.mayReopen(segment)) {
            tally.count(TcpCounter.TIME_WAIT_REUSED);
            timeWaits.remove(wait);
            flows.remove(wait);
            toListener(time);
        } else {
            answers.inTimeWait(wait, ends, segment, time);
        }
    }

    Answers answers() {
        return answers;
    }

    /**
     * An ICMP or ICMPv6 error that quotes a TCP segment of ours (RFC 9293 §3.9.2.2), with its checksum verified.
     *
     * @param quote of the packet, parsed
     */
    public void onIcmpError(Packet error, IcmpQuote quote, long time) {
        now = time;
        Flow flow =
                quote.hasPorts()
                        ? flows.find(
                                quote.srcHi(),
                                quote.srcLo(),
                                quote.srcPort(),
                                quote.dstHi(),
                                quote.dstLo(),
                                quote.dstPort())
                        : null;
        if (!(flow instanceof TcpConnection connection)
                || !IcmpErrors.quotesInFlight(connection, quote)) {
            tally.count(TcpCounter.DROPPED_BAD_ICMP);
            return;
        }
        tally.count(TcpCounter.ICMP_TAKEN);
        if (quote.mtu() < 0) {
            IcmpErrors.unreachable(connection, error, time);
            return;
        }
        int mtu = IcmpErrors.mtu(connection, quote);
        if (mtu > 0) {
            tally.count(TcpCounter.PATH_MTU_LOWERED);
            connection.path(paths.learn(connection.remoteHi, connection.remoteLo, mtu, time), time);
        }
    }

    // ---- time

    @Override
    public long nextDeadline() {
        return Math.min(deadlines.nextDeadline(), timeWaits.nextDeadline());
    }

    @Override
    public void onDeadline(long time) {
        now = time;
        for (TcpConnection c = deadlines.poll(time); c != null; c = deadlines.poll(time)) {
            long at = c.nextDeadline();
            if (at > time) {
                if (at != Long.MAX_VALUE) {
                    deadlines.schedule(c, at);
                }
            } else {
                c.onDeadline(time);
            }
        }
        for (TimeWait wait = timeWaits.poll(time); wait != null; wait = timeWaits.poll(time)) {
            flows.remove(wait);
        }
        tellListeners();
    }

    // ---- what connections and listeners need

    TcpOptionWriter options() {
        return options.clear();
    }

    void count(TcpCounter counter) {
        tally.count(counter);
    }

    /** The listener's application is told at the end of the packet, when its connection is at rest. */
    void tellAcceptable(TcpListener listener) {
        acceptable.add(listener);
    }

    private void tellListeners() {
        for (TcpListener l = acceptable.poll(); l != null; l = acceptable.poll()) {
            l.tell(now);
        }
    }

    void closeListener(TcpListener listener, long time) {
        listeners.remove(listener);
        for (TcpConnection c : connections()) {
            if (listener.equals(c.listener)) {
                c.abort(time);
            }
        }
    }

    private final class Owner implements ConnectionOwner {
        @Override
        public TcpOptionWriter options() {
            return options.clear();
        }

        @Override
        public void send(
                TcpConnection c,
                int seq,
                int ack,
                int flags,
                int window,
                TcpOptionWriter itsOptions,
                int length,
                long time) {
            tally.count(TcpCounter.SEGMENTS_OUT);
            tally.count(TcpCounter.BYTES_OUT, length);
            outEnds.set(c.localHi, c.localLo, c.localPort, c.remoteHi, c.remoteLo, c.remotePort);
            int unit = length == 0 ? 0 : c.sender.mss() - itsOptions.length();
            writer.send(
                    outEnds,
                    seq,
                    ack,
                    flags,
                    window,
                    itsOptions,
                    c.sender,
                    length,
                    unit,
                    c.config.partialChecksums(),
                    time);
        }

        @Override
        public void schedule(TcpConnection c, long deadline) {
            // What a connection wants at once it has just had: never in the past, whatever happens.
            deadlines.schedule(c, Math.max(deadline, now + 1));
        }

        @Override
        public boolean mayEstablish(TcpConnection c) {
            return c.listener == null || c.listener.hasRoom();
        }

        @Override
        public void established(TcpConnection c, long time) {
            tally.count(TcpCounter.ESTABLISHED);
            if (c.listener != null) {
                tally.count(TcpCounter.PASSIVE_OPENS);
                c.listener.established(c, time);
            }
        }

        @Override
        public void ended(TcpConnection c, long time) {
            tally.count(TcpCounter.ENDED);
            connections--;
            deadlines.remove(c);
            flows.remove(c);
            if (c.listener != null) {
                c.listener.ended();
                c.listener = null;
            }
            if (c.state() == TcpState.TIME_WAIT) {
                TimeWait wait = new TimeWait(c, time + 2 * c.config.times().msl());
                flows.add(wait);
                TimeWait evicted = timeWaits.add(wait);
                if (evicted != null) {
                    tally.count(TcpCounter.DROPPED_TIME_WAIT);
                    flows.remove(evicted);
                }
            }
        }

        @Override
        public boolean mayChallenge(long time) {
            return answers.mayChallenge(time);
        }

        @Override
        public PathMtus.Path path(TcpConnection c, long time) {
            return paths.to(c.remoteHi, c.remoteLo, c.config.mtu(), time);
        }

        @Override
        public ReceiveBudget receiveBudget() {
            return budget;
        }

        @Override
        public void count(TcpCounter counter) {
            tally.count(counter);
        }
    }

    // ---- what there is to see

    /** Every connection but those in TIME-WAIT, in no order: a copy. */
    public List<TcpConnection> connections() {
        List<TcpConnection> all = new ArrayList<>(connections);
        flows.forEach(
                flow -> {
                    if (flow instanceof TcpConnection connection) {
                        all.add(connection);
                    }
                });
        return all;
    }

    /** How many connections there are, but for TIME-WAIT. */
    public int connectionCount() {
        return connections;
    }

    /** How many wait in TIME-WAIT. */
    public int timeWaitCount() {
        return timeWaits.size();
    }

    /** The present value of a counter. */
    public long counted(TcpCounter counter) {
        return tally.get(counter);
    }

    /** Adds all counters to a map, by the names that screens show. */
    public void counters(Map<String, Long> all) {
        tally.addTo(all);
        all.merge("tcp connections", (long) connections, Long::sum);
        all.merge("tcp bytes kept", budget.used(), Long::sum);
        all.merge("tcp time wait", (long) timeWaits.size(), Long::sum);
    }

    /** Aborts everything and listens no more: for the end of a host. TIME-WAITs are forgotten. */
    public void close(long time) {
        for (TcpListener l = listeners.first(); l != null; l = listeners.first()) {
            l.close(time);
        }
        for (TcpConnection c : connections()) {
            c.abort(time);
        }
        for (TimeWait wait = timeWaits.poll(Long.MAX_VALUE);
                wait != null;
                wait = timeWaits.poll(Long.MAX_VALUE)) {
            flows.remove(wait);
        }
    }
}
