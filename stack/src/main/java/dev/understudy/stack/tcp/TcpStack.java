package dev.understudy.stack.tcp;

import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.ip.TokenBucket;
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
    private static final int LISTENER_CHAINS = 64;

    private final TcpConfig config;
    private final TcpLimits limits;
    private final FlowTable flows;
    private final DeadlineHeap deadlines = new DeadlineHeap();
    private final TimeWaitQueue timeWaits;
    private final IsnGenerator isns;
    private final SynCookies cookies;
    private final SipHash portHash;
    private final FrameWriter writer;
    private final PathMtus paths = new PathMtus();
    private final Tally<TcpCounter> tally = new Tally<>("tcp", TcpCounter.class);
    private final TokenBucket resets;
    private final TokenBucket challenges;
    private final TcpListener[] listeners = new TcpListener[LISTENER_CHAINS];
    private final ArrayDeque<TcpListener> acceptable = new ArrayDeque<>();
    private final Segment segment = new Segment();
    private final SegmentEnds ends = new SegmentEnds();
    private final SegmentEnds outEnds = new SegmentEnds();
    private final TcpOptionWriter options = new TcpOptionWriter();
    private final ReceiveBudget budget;
    private final ConnectionOwner owner = new Owner();
    private int connections;
    private int portsTaken;
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
        portHash = new SipHash(random.nextLong(), random.nextLong());
        // A limit that is known exactly can be counted down by an attacker to learn from (the side
        // channel of RFC 5961 §7): each host has its own.
        challenges =
                new TokenBucket(
                        limits.challengesPerSecond(),
                        limits.challengesPerSecond()
                                + random.nextInt(limits.challengesPerSecond()));
        budget = new ReceiveBudget(limits.receiveBytes());
        resets = new TokenBucket(limits.resetsPerSecond(), limits.resetsPerSecond());
        writer = new FrameWriter(allocator, output);
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
        for (TcpListener l = listeners[port % LISTENER_CHAINS]; l != null; l = l.next) {
            if (l.port == port && l.localHi == address.hi() && l.localLo == address.lo()) {
                throw new IllegalStateException("port " + port + " is taken");
            }
        }
        TcpListener listener =
                new TcpListener(
                        this, ownConfig, address.hi(), address.lo(), port, backlog, acceptable);
        listener.next = listeners[port % LISTENER_CHAINS];
        listeners[port % LISTENER_CHAINS] = listener;
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
        int port = localPort != 0 ? localPort : pickPort(local, remote, remotePort);
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

    private int pickPort(IpAddress local, IpAddress remote, int remotePort) {
        int range = limits.lastPort() - limits.firstPort() + 1;
        long offset =
                portHash.hash(local.hi(), local.lo(), 0, remote.hi(), remote.lo(), remotePort, 0);
        for (int tries = 0; tries < range; tries++) {
            int port =
                    limits.firstPort() + (int) Math.floorMod(offset + portsTaken++, (long) range);
            if (flows.find(local.hi(), local.lo(), port, remote.hi(), remote.lo(), remotePort)
                    == null) {
                return port;
            }
        }
        return 0;
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
                        mtuTo(itsConfig, e.remoteHi, e.remoteLo));
        flows.add(connection);
        connections++;
        return connection;
    }

    int timestampOffset(SegmentEnds e) {
        return isns.timestampOffset(e.localHi, e.localLo, e.remoteHi, e.remoteLo);
    }

    int mtuTo(TcpConfig itsConfig, long hi, long lo) {
        return paths.mtu(itsConfig.mtu(), hi, lo, now);
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
        if (badSource(ends.remoteHi, ends.remoteLo) || ends.remotePort == 0) {
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
        TcpListener listener = listenerFor(ends.localHi, ends.localLo, ends.localPort);
        if (listener != null) {
            listener.onSegment(ends, segment, time);
        } else if (segment.has(Tcp.RST)) {
            tally.count(TcpCounter.DROPPED_STRAY_RESET);
        } else {
            resetFor(ends, segment, time);
        }
    }

    /** Nobody that a RST or SYN+ACK could be sent to (RFC 9293 §3.9.2.3, MUST-63). */
    private static boolean badSource(long hi, long lo) {
        if (IpAddress.isMapped(hi, lo)) {
            int first = (int) lo >>> 24;
            return first >= 224 || first == 0;
        }
        return hi >>> 56 == 0xFF || hi == 0 && lo == 0;
    }

    private Flow find(SegmentEnds e) {
        return flows.find(e.localHi, e.localLo, e.localPort, e.remoteHi, e.remoteLo, e.remotePort);
    }

    /** One for this very address comes before one for all. */
    private TcpListener listenerFor(long hi, long lo, int port) {
        TcpListener any = null;
        for (TcpListener l = listeners[port % LISTENER_CHAINS]; l != null; l = l.next) {
            if (l.listensOn(hi, lo, port)) {
                if (!l.anyAddress) {
                    return l;
                }
                any = l;
            }
        }
        return any;
    }

    private void inTimeWait(TimeWait wait, long time) {
        if (segment.has(Tcp.RST)) {
            // RFC 1337: a RST does not end a TIME-WAIT.
            tally.count(TcpCounter.DROPPED_STRAY_RESET);
            return;
        }
        if (segment.has(Tcp.SYN) && !segment.has(Tcp.ACK) && wait.mayReopen(segment)) {
            tally.count(TcpCounter.TIME_WAIT_REUSED);
            timeWaits.remove(wait);
            flows.remove(wait);
            toListener(time);
            return;
        }
        if (!segment.has(Tcp.ACK) && !segment.has(Tcp.SYN) && wait.isInWindow(segment)) {
            tally.count(TcpCounter.DROPPED_NO_FLAGS);
            return;
        }
        if (segment.has(Tcp.FIN) && segment.end() == wait.rcvNxt) {
            // The peer's own FIN, again: it did not hear our acknowledgement.
            wait.expires = time + 2 * config.times().msl();
        }
        if (segment.seqLength() > 0 || segment.seq() != wait.rcvNxt) {
            acknowledgeAgain(wait, time);
        }
    }

    private void acknowledgeAgain(TimeWait wait, long time) {
        if (!challenges.tryTake(time)) {
            return;
        }
        options.clear();
        if (wait.timestamps) {
            options.timestamps(TimestampClock.value(time, wait.timestampOffset), wait.tsRecent);
        }
        sendBare(ends, wait.sndNxt, wait.rcvNxt, Tcp.ACK, wait.window, options, time);
    }

    /** The RST that a segment for no connection gets (RFC 9293 §3.10.7.1). */
    void resetFor(SegmentEnds to, Segment s, long time) {
        if (!resets.tryTake(time)) {
            tally.count(TcpCounter.DROPPED_NO_CONNECTION);
            return;
        }
        tally.count(TcpCounter.RESETS_SENT);
        options.clear();
        if (s.has(Tcp.ACK)) {
            sendBare(to, s.ack(), 0, Tcp.RST, 0, options, time);
        } else {
            sendBare(to, 0, s.end(), Tcp.RST | Tcp.ACK, 0, options, time);
        }
    }

    void sendBare(
            SegmentEnds to,
            int seq,
            int ack,
            int flags,
            int window,
            TcpOptionWriter itsOptions,
            long time) {
        tally.count(TcpCounter.SEGMENTS_OUT);
        writer.send(
                to,
                seq,
                ack,
                flags,
                window,
                itsOptions,
                null,
                0,
                0,
                config.partialChecksums(),
                time);
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
            paths.learn(mtu, connection.remoteHi, connection.remoteLo, time);
            connection.pathMtu(mtu, time);
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
        int chain = listener.port % LISTENER_CHAINS;
        TcpListener kept = null;
        for (TcpListener l = listeners[chain]; l != null; ) {
            TcpListener following = l.next;
            if (!l.equals(listener)) {
                l.next = kept;
                kept = l;
            }
            l = following;
        }
        listeners[chain] = kept;
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
            return challenges.tryTake(time);
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
        for (int chain = 0; chain < LISTENER_CHAINS; chain++) {
            while (listeners[chain] != null) {
                listeners[chain].close(time);
            }
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
