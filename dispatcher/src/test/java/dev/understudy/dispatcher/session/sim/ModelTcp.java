package dev.understudy.dispatcher.session.sim;

import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.TcpOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * One end of a TCP connection, small enough to be read in one go: RFC 9293 with the checks of RFC 5961 and RFC 7323, go-back-N
 * after an exponential timeout, no congestion control. It is strict with what it gets, and calls what its peer, or
 * whoever is in between, must never do a violation.
 */
final class ModelTcp {
    enum State {
        SYN_SENT,
        SYN_RECEIVED,
        ESTABLISHED,
        /** Both FINs are acknowledged. */
        CLOSED,
        REFUSED,
        RESET,
        TIMED_OUT,
        /** Given up by its own side. */
        ABORTED
    }

    /** What an end offers in its SYN. */
    record Offer(int mss, int windowScale, boolean timestamps, boolean sack, int window) {}

    private static final long MILLIS = 1_000_000L;
    private static final long SYN_RTO = 1_000 * MILLIS;
    private static final long DATA_RTO = 200 * MILLIS;
    private static final long LONGEST_RTO = 3_000 * MILLIS;
    private static final int TRIES = 8;
    private static final int MOST_IN_FLIGHT = 10;

    private final Ends ends;
    private final Offer offer;
    private final Ground world;
    State state;

    private final TcpOptions options = new TcpOptions();
    private final TcpOptionWriter writer = new TcpOptionWriter();

    private final int iss;
    private int sndUna;
    private int sndNxt;
    private int sndMax;
    private int sndWnd;

    private byte[] out = {};
    private boolean finWanted;
    private final Inbox inbox;
    private boolean finAcked;

    private int peerMss = 536;
    private boolean scaled;
    private int peerShift;
    private boolean timestamps;
    private int tsRecent;
    private final int tsBase;
    private long firstSentAt = -1;

    private long timerAt = Long.MAX_VALUE;
    private long rto;
    private int tries;
    private boolean mute;

    /** When the world next looks at {@link #nextTimer}. */
    long wakeAt = Long.MAX_VALUE;

    private ModelTcp(Ends ends, int iss, int tsBase, Offer offer, Ground world) {
        this.ends = ends;
        this.iss = iss;
        this.tsBase = tsBase;
        this.offer = offer;
        this.world = world;
        inbox = new Inbox(world.violation());
        sndUna = iss;
        sndNxt = iss + 1;
        sndMax = iss + 1;
    }

    static ModelTcp connect(Ends ends, int iss, int tsBase, Offer offer, Ground world, long now) {
        ModelTcp tcp = new ModelTcp(ends, iss, tsBase, offer, world);
        tcp.state = State.SYN_SENT;
        tcp.arm(SYN_RTO, now);
        tcp.sendSyn(now);
        return tcp;
    }

    static ModelTcp accept(Packet syn, int iss, int tsBase, Offer offer, Ground world, long now) {
        ModelTcp tcp = new ModelTcp(Ends.answering(syn), iss, tsBase, offer, world);
        tcp.state = State.SYN_RECEIVED;
        tcp.agree(syn);
        tcp.arm(SYN_RTO, now);
        tcp.sendSyn(now);
        return tcp;
    }

    // ---- what the application sees

    boolean connected() {
        return state == State.ESTABLISHED || state == State.CLOSED;
    }

    boolean over() {
        return state.compareTo(State.CLOSED) >= 0;
    }

    /** Bytes received in order. */
    int received() {
        return inbox.received();
    }

    byte receivedAt(int index) {
        return inbox.at(index);
    }

    /** Whether the peer has said FIN and every byte before it is here. */
    boolean peerClosed() {
        return inbox.closed();
    }

    /** Whether the peer has acknowledged all that was given to {@link #write}. */
    boolean allAcknowledged() {
        return SeqNum.ge(sndUna, iss + 1 + out.length);
    }

    void write(byte[] data, long now) {
        byte[] grown = new byte[out.length + data.length];
        System.arraycopy(out, 0, grown, 0, out.length);
        System.arraycopy(data, 0, grown, out.length, data.length);
        out = grown;
        flush(now);
    }

    void close(long now) {
        finWanted = true;
        flush(now);
    }

    /** Ends at once with a RST, as a process that is killed does. */
    void abort(long now) {
        if (!over()) {
            if (state != State.SYN_SENT) {
                segment(sndNxt, inbox.next(), Tcp.RST | Tcp.ACK, 0, 0, now);
            }
            end(State.ABORTED);
        }
    }

    /** Ends without a word, as a machine that loses power does. */
    void vanish() {
        end(State.ABORTED);
        mute = true;
    }

    /** Ends without a word, and knows nothing of the connection when it is asked. */
    void forget() {
        if (!over()) {
            end(State.ABORTED);
        }
    }

    /** Ends in order where it is: what has not been sent is not sent any more. */
    void endNow(long now) {
        if (!over()) {
            int sent = Math.max(0, sndMax - (iss + 1) - (finWanted ? 1 : 0));
            out = Arrays.copyOf(out, Math.min(sent, out.length));
            close(now);
        }
    }

    private void end(State how) {
        state = how;
        timerAt = Long.MAX_VALUE;
    }

    // ---- time

    private void arm(long after, long now) {
        rto = after;
        timerAt = now + after;
    }

    /** When {@link #timer} wants to be called. */
    long nextTimer() {
        return over() ? timerAt : Math.min(timerAt, inbox.resumesAt());
    }

    void timer(long now) {
        if (!over() && inbox.resumes(now)) {
            acknowledge(now);
        }
        if (now < timerAt || over()) {
            return;
        }
        if (++tries > TRIES) {
            end(State.TIMED_OUT);
            return;
        }
        arm(Math.min(LONGEST_RTO, rto * 2), now);
        if (state == State.ESTABLISHED) {
            sndNxt = sndUna;
            flush(now);
        } else {
            sendSyn(now);
        }
    }

    // ---- in

    void receive(Packet packet, long now) {
        if (mute) {
            return;
        }
        if (over() && state != State.CLOSED) {
            world.refuse(packet);
        } else if (state == State.SYN_SENT) {
            opening(packet, now);
        } else {
            open(packet, now);
        }
    }

    private void opening(Packet packet, long now) {
        boolean exact = packet.has(Tcp.ACK) && packet.ack() == iss + 1;
        if (packet.has(Tcp.RST)) {
            if (exact) {
                end(State.REFUSED);
            }
        } else if (packet.has(Tcp.ACK) && !exact) {
            segment(packet.ack(), 0, Tcp.RST, 0, 0, now);
        } else if (packet.has(Tcp.SYN | Tcp.ACK)) {
            sndUna = iss + 1;
            agree(packet);
            established(now);
            acknowledge(now);
            flush(now);
        }
    }

    private void open(Packet packet, long now) {
        if (state == State.SYN_RECEIVED && packet.has(Tcp.SYN) && inbox.begins(packet)) {
            sendSyn(now);
            return;
        }
        options.parse(packet);
        int length = packet.segmentLength();
        // A SYN offers for a connection of its own, whose port another one has had before.
        if (timestamps && (packet.flags() & (Tcp.RST | Tcp.SYN)) == 0) {
            if (!options.hasTimestamps()) {
                // A strict end: it drops the segment without a word.
                if (length > 0 || SeqNum.ge(packet.seq(), inbox.next())) {
                    world.violation().accept("a segment without timestamps (RFC 7323 §3.2)");
                }
                return;
            }
            if (SeqNum.lt(options.tsVal(), tsRecent)) {
                acknowledge(now);
                return;
            }
        }
        if (!inbox.accepts(packet)) {
            if (!packet.has(Tcp.RST)) {
                if (inbox.window() == 0 && validAck(packet)) {
                    // RFC 9293 §3.10.7.4: with no room, what is acknowledged still counts.
                    acknowledged(packet, now);
                }
                acknowledge(now);
            }
            return;
        }
        if (packet.has(Tcp.RST)) {
            if (packet.seq() == inbox.next()) {
                end(State.RESET);
            } else {
                acknowledge(now);
            }
            return;
        }
        if (packet.has(Tcp.SYN)) {
            acknowledge(now);
            return;
        }
        if (!packet.has(Tcp.ACK)) {
            return;
        }
        if (state == State.SYN_RECEIVED) {
            if (packet.ack() != iss + 1) {
                segment(packet.ack(), 0, Tcp.RST, 0, 0, now);
                return;
            }
            established(now);
        }
        if (SeqNum.gt(packet.ack(), sndMax)) {
            world.violation()
                    .accept("acknowledges " + (packet.ack() - sndMax) + " bytes never sent");
            return;
        }
        if (timestamps && options.hasTimestamps()) {
            checkEcho(now);
        }
        if (options.hasTimestamps() && SeqNum.le(packet.seq(), inbox.next())) {
            tsRecent = SeqNum.max(tsRecent, options.tsVal());
        }
        acknowledged(packet, now);
        data(packet, now);
        finish();
        flush(now);
    }

    private boolean validAck(Packet packet) {
        return state == State.ESTABLISHED && packet.has(Tcp.ACK) && SeqNum.le(packet.ack(), sndMax);
    }

    private void acknowledged(Packet packet, long now) {
        if (sndWnd == 0) {
            // A peer that answers probes lives (RFC 9293 §3.8.6.1).
            tries = 0;
        }
        sndWnd = packet.window() << (scaled ? peerShift : 0);
        if (SeqNum.gt(packet.ack(), sndUna)) {
            sndUna = packet.ack();
            sndNxt = SeqNum.max(sndNxt, sndUna);
            tries = 0;
            finAcked = finWanted && sndUna == iss + 1 + out.length + 1;
            if (sndUna == sndMax) {
                timerAt = Long.MAX_VALUE;
            } else {
                arm(DATA_RTO, now);
            }
        }
    }

    private void data(Packet packet, long now) {
        checkSize(packet, packet.payloadLength());
        inbox.take(packet, now);
        if (packet.segmentLength() > 0) {
            acknowledge(now);
        }
    }

    /** Its application reads no more for a while, once so much has come. */
    void pause(int after, long nanos) {
        inbox.pause(after, nanos);
    }

    private void checkSize(Packet packet, int length) {
        int slice = packet.isGso() ? packet.gsoSize() : length;
        if (slice + packet.tcpHeaderLength() - Tcp.MIN_BYTES > offer.mss()) {
            world.violation()
                    .accept("a segment of " + slice + " bytes exceeds the MSS " + offer.mss());
        }
    }

    private void checkEcho(long now) {
        int echo = options.tsEcr();
        if (SeqNum.gt(echo, clock(now)) || SeqNum.lt(echo, clock(firstSentAt))) {
            world.violation().accept("an echo of a timestamp that was never sent");
        }
    }

    private void finish() {
        if (finAcked && peerClosed() && state == State.ESTABLISHED) {
            end(State.CLOSED);
        }
    }

    private void established(long now) {
        state = State.ESTABLISHED;
        sndUna = SeqNum.max(sndUna, iss + 1);
        timerAt = Long.MAX_VALUE;
        tries = 0;
        rto = DATA_RTO;
        flush(now);
    }

    private void agree(Packet peer) {
        options.parse(peer);
        peerMss = options.mss() < 0 ? peer.isIpv6() ? 1220 : 536 : options.mss();
        scaled = offer.windowScale() >= 0 && options.windowScale() >= 0;
        peerShift = Math.max(0, options.windowScale());
        timestamps = offer.timestamps() && options.hasTimestamps();
        tsRecent = options.tsVal();
        sndWnd = peer.window();
        inbox.begin(peer.seq(), offer.window() << shift());
    }

    private int shift() {
        return scaled ? offer.windowScale() : 0;
    }

    // ---- out

    private void flush(long now) {
        if (state != State.ESTABLISHED) {
            return;
        }
        int most = Math.min(peerMss, offer.mss()) - (timestamps ? 12 : 0);
        int end = iss + 1 + out.length;
        int edge = sndUna + Math.min(Math.max(sndWnd, 1), MOST_IN_FLIGHT * most);
        while (SeqNum.lt(sndNxt, end) && SeqNum.lt(sndNxt, edge)) {
            int from = sndNxt - (iss + 1);
            int length = Math.min(Math.min(most, out.length - from), edge - sndNxt);
            boolean last = finWanted && from + length == out.length;
            segment(
                    sndNxt,
                    inbox.next(),
                    Tcp.ACK | Tcp.PSH | (last ? Tcp.FIN : 0),
                    from,
                    length,
                    now);
            sent(length + (last ? 1 : 0), now);
        }
        if (finWanted && sndNxt == end) {
            segment(sndNxt, inbox.next(), Tcp.ACK | Tcp.FIN, 0, 0, now);
            sent(1, now);
        }
    }

    private void sent(int length, long now) {
        sndNxt += length;
        sndMax = SeqNum.max(sndMax, sndNxt);
        if (timerAt == Long.MAX_VALUE) {
            arm(DATA_RTO, now);
        }
    }

    private void sendSyn(long now) {
        boolean answer = state == State.SYN_RECEIVED;
        writer.clear().mss(offer.mss());
        if (answer ? scaled : offer.windowScale() >= 0) {
            writer.windowScale(offer.windowScale());
        }
        writer.sackPermitted(offer.sack());
        if (answer ? timestamps : offer.timestamps()) {
            writer.timestamps(clock(now), answer ? tsRecent : 0);
            firstSentAt = firstSentAt < 0 ? now : firstSentAt;
        }
        emit(
                iss,
                answer ? inbox.next() : 0,
                answer ? Tcp.SYN | Tcp.ACK : Tcp.SYN,
                offer.window(),
                writer,
                0,
                0);
    }

    private void acknowledge(long now) {
        segment(sndNxt, inbox.next(), Tcp.ACK, 0, 0, now);
    }

    private void segment(int seq, int ack, int flags, int from, int length, long now) {
        TcpOptionWriter with = null;
        if (timestamps && (flags & Tcp.RST) == 0) {
            with = writer.clear().timestamps(clock(now), tsRecent);
        }
        int window = (flags & Tcp.RST) != 0 ? 0 : inbox.window() >> shift();
        emit(seq, ack, flags, window, with, from, length);
    }

    private int clock(long now) {
        return tsBase + (int) (now / MILLIS);
    }

    private void emit(
            int seq, int ack, int flags, int window, TcpOptionWriter with, int from, int length) {
        ByteBuf payload = length == 0 ? null : Unpooled.wrappedBuffer(out, from, length);
        world.send(ends, seq, ack, flags, window, with, payload);
    }
}
