package dev.understudy.stack.tcp;

import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.wire.TcpOptionWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Every connection and TIME-WAIT of a stack: where they are found, when each wants to be called, how many there may be, and
 * what they all need of the stack around them.
 *
 * <pre>
 *   create ─▶ table, deadlines ─▶ ended ─▶ gone, or TIME-WAIT: table, queue ─▶ 2 MSL ─▶ gone
 * </pre>
 */
final class ConnectionTable implements ConnectionOwner {
    private final TcpLimits limits;
    private final FrameWriter writer;
    private final Tally<TcpCounter> tally;
    private final Answers answers;
    private final FlowTable flows;
    private final DeadlineHeap deadlines = new DeadlineHeap();
    private final TimeWaitQueue timeWaits;
    private final IsnGenerator isns;
    private final PortPicker ports;
    private final PathMtus paths = new PathMtus();
    private final ReceiveBudget budget;
    private final TcpOptionWriter options = new TcpOptionWriter();
    private final SegmentEnds outEnds = new SegmentEnds();
    private int count;
    private long now;

    /** @param random draws the secrets behind sequence numbers, ports and hashes */
    ConnectionTable(
            TcpLimits limits,
            RandomGenerator random,
            FrameWriter writer,
            Tally<TcpCounter> tally,
            Answers answers) {
        this.limits = limits;
        this.writer = writer;
        this.tally = tally;
        this.answers = answers;
        flows = new FlowTable(random.nextLong());
        timeWaits = new TimeWaitQueue(limits.timeWaits());
        isns = new IsnGenerator(new SipHash(random.nextLong(), random.nextLong()));
        ports = new PortPicker(new SipHash(random.nextLong(), random.nextLong()), flows, limits);
        budget = new ReceiveBudget(limits.receiveBytes());
    }

    /** It is that time: called before whatever may end in a new deadline. */
    void now(long time) {
        now = time;
    }

    // ---- finding and making

    /** The connection or TIME-WAIT with these ends, or null. */
    Flow find(SegmentEnds e) {
        return flows.find(e.localHi, e.localLo, e.localPort, e.remoteHi, e.remoteLo, e.remotePort);
    }

    PortPicker ports() {
        return ports;
    }

    PathMtus paths() {
        return paths;
    }

    /** A connection in its place in the table, or null if there are too many. */
    TcpConnection create(TcpConfig config, SegmentEnds e, long time) {
        int isn =
                isns.isn(
                        e.localHi,
                        e.localLo,
                        e.localPort,
                        e.remoteHi,
                        e.remoteLo,
                        e.remotePort,
                        time);
        return create(config, e, isn, time);
    }

    /** As {@link #create(TcpConfig, SegmentEnds, long)}, with an initial sequence number that was given away before. */
    TcpConnection create(TcpConfig config, SegmentEnds e, int isn, long time) {
        if (count >= limits.connections()) {
            return null;
        }
        now = time;
        TcpConnection connection =
                new TcpConnection(
                        config,
                        this,
                        e.localHi,
                        e.localLo,
                        e.localPort,
                        e.remoteHi,
                        e.remoteLo,
                        e.remotePort,
                        isn,
                        timestampOffset(e),
                        paths.to(e.remoteHi, e.remoteLo, config.mtu(), time));
        flows.add(connection);
        count++;
        return connection;
    }

    int timestampOffset(SegmentEnds e) {
        return isns.timestampOffset(e.localHi, e.localLo, e.remoteHi, e.remoteLo);
    }

    /** Every connection but those in TIME-WAIT, in no order: a copy. */
    List<TcpConnection> all() {
        List<TcpConnection> all = new ArrayList<>(count);
        flows.forEach(
                flow -> {
                    if (flow instanceof TcpConnection connection) {
                        all.add(connection);
                    }
                });
        return all;
    }

    /** How many there are, but for TIME-WAIT. */
    int count() {
        return count;
    }

    int timeWaitCount() {
        return timeWaits.size();
    }

    // ---- time

    long nextDeadline() {
        return Math.min(deadlines.nextDeadline(), timeWaits.nextDeadline());
    }

    void onDeadline(long time) {
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
    }

    /** For the end of a host. */
    void forgetTimeWaits() {
        for (TimeWait wait = timeWaits.poll(Long.MAX_VALUE);
                wait != null;
                wait = timeWaits.poll(Long.MAX_VALUE)) {
            flows.remove(wait);
        }
    }

    /** A TIME-WAIT ends early: its ends are to be used anew. */
    void remove(TimeWait wait) {
        timeWaits.remove(wait);
        flows.remove(wait);
    }

    // ---- what connections need

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
                length > 0 && c.sender.isEcnCapable() ? Ecn.CAPABLE : 0,
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
        count--;
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

    void counters(Map<String, Long> all) {
        all.merge("tcp connections", (long) count, Long::sum);
        all.merge("tcp bytes kept", budget.used(), Long::sum);
        all.merge("tcp time wait", (long) timeWaits.size(), Long::sum);
    }
}
