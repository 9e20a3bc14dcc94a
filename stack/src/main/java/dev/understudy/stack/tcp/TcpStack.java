package dev.understudy.stack.tcp;

import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
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
    private final ConnectionTable table;
    private final SynCookies cookies;
    private final Tally<TcpCounter> tally = new Tally<>("tcp", TcpCounter.class);
    private final Answers answers;
    private final Listeners listeners = new Listeners();
    private final ArrayDeque<TcpListener> acceptable = new ArrayDeque<>();
    private final Segment segment = new Segment();
    private final SegmentEnds ends = new SegmentEnds();

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
        FrameWriter writer = new FrameWriter(allocator, output);
        answers = new Answers(writer, tally, config, limits, random);
        table = new ConnectionTable(limits, random, writer, tally, answers);
        cookies = new SynCookies(new SipHash(random.nextLong(), random.nextLong()));
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
        int port = localPort != 0 ? localPort : table.ports().pick(local, remote, remotePort);
        ends.set(local.hi(), local.lo(), port, remote.hi(), remote.lo(), remotePort);
        if (port == 0 || table.find(ends) != null) {
            throw new IllegalStateException(port == 0 ? "no port is free" : "ends are in use");
        }
        TcpConnection connection = table.create(ownConfig, ends, time);
        if (connection == null) {
            throw new IllegalStateException("too many connections");
        }
        tally.count(TcpCounter.ACTIVE_OPENS);
        connection.open(handler, time);
        return connection;
    }

    // ---- packets in

    /**
     * A TCP packet to one of our addresses, not a fragment. Its checksum is verified here. The frame stays the caller's;
     * data that is kept is retained or copied.
     */
    public void onPacket(Packet packet, long time) {
        table.now(time);
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
        Flow flow = table.find(ends);
        if (flow instanceof TcpConnection connection) {
            Arrival.process(connection, segment, time);
            connection.settle(time);
        } else if (flow instanceof TimeWait wait) {
            inTimeWait(wait, time);
        } else {
            toListener(time);
        }
        tellListeners(time);
    }

    private void toListener(long time) {
        TcpListener listener = listeners.find(ends.localHi, ends.localLo, ends.localPort);
        if (listener != null) {
            listener.onSegment(ends, segment, time);
        } else {
            answers.reset(ends, segment, time);
        }
    }

    private void inTimeWait(TimeWait wait, long time) {
        boolean opens = segment.has(Tcp.SYN) && !segment.has(Tcp.ACK) && !segment.has(Tcp.RST);
        if (opens && wait.mayReopen(segment)) {
            tally.count(TcpCounter.TIME_WAIT_REUSED);
            table.remove(wait);
            toListener(time);
        } else {
            answers.inTimeWait(wait, ends, segment, time);
        }
    }

    /**
     * An ICMP or ICMPv6 error that quotes a TCP segment of ours (RFC 9293 §3.9.2.2), with its checksum verified.
     *
     * @param quote of the packet, parsed
     */
    public void onIcmpError(Packet error, IcmpQuote quote, long time) {
        table.now(time);
        Flow flow = null;
        if (quote.hasPorts()) {
            ends.set(
                    quote.srcHi(),
                    quote.srcLo(),
                    quote.srcPort(),
                    quote.dstHi(),
                    quote.dstLo(),
                    quote.dstPort());
            flow = table.find(ends);
        }
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
            connection.path(
                    table.paths().learn(connection.remoteHi, connection.remoteLo, mtu, time), time);
        }
    }

    // ---- time

    @Override
    public long nextDeadline() {
        return table.nextDeadline();
    }

    @Override
    public void onDeadline(long time) {
        table.onDeadline(time);
        tellListeners(time);
    }

    // ---- what listeners need

    ConnectionTable table() {
        return table;
    }

    SynCookies cookies() {
        return cookies;
    }

    Answers answers() {
        return answers;
    }

    void count(TcpCounter counter) {
        tally.count(counter);
    }

    /** The listener's application is told at the end of the packet, when its connection is at rest. */
    void tellAcceptable(TcpListener listener) {
        acceptable.add(listener);
    }

    private void tellListeners(long time) {
        for (TcpListener l = acceptable.poll(); l != null; l = acceptable.poll()) {
            l.tell(time);
        }
    }

    void closeListener(TcpListener listener, long time) {
        listeners.remove(listener);
        for (TcpConnection c : table.all()) {
            if (listener.equals(c.listener)) {
                c.abort(time);
            }
        }
    }

    // ---- what there is to see

    /** Every connection but those in TIME-WAIT, in no order: a copy. */
    public List<TcpConnection> connections() {
        return table.all();
    }

    /** How many connections there are, but for TIME-WAIT. */
    public int connectionCount() {
        return table.count();
    }

    /** How many wait in TIME-WAIT. */
    public int timeWaitCount() {
        return table.timeWaitCount();
    }

    /** The present value of a counter. */
    public long counted(TcpCounter counter) {
        return tally.get(counter);
    }

    /** Adds all counters to a map, by the names that screens show. */
    public void counters(Map<String, Long> all) {
        tally.addTo(all);
        table.counters(all);
    }

    /** Aborts everything and listens no more: for the end of a host. TIME-WAITs are forgotten. */
    public void close(long time) {
        for (TcpListener l = listeners.first(); l != null; l = listeners.first()) {
            l.close(time);
        }
        for (TcpConnection c : table.all()) {
            c.abort(time);
        }
        table.forgetTimeWaits();
    }
}
