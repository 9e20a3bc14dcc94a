package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.stack.tcp.NewReno;
import dev.understudy.stack.tcp.RttConfig;
import dev.understudy.stack.tcp.RttEstimator;
import dev.understudy.stack.tcp.Segment;
import dev.understudy.stack.tcp.SegmentOutput;
import dev.understudy.stack.tcp.SenderSetup;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.tcp.TcpSender;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.TcpOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Bytes of the client that are owed to a server: a request that is replayed (FIG. 6), or altered on its way. The client may
 * have been told long ago that they arrived, so nobody but us sends them again when they are lost. The sender half of
 * {@code stack.tcp} does that until the server has acknowledged all; then the session is translated only, and this is gone.
 *
 * <p>Everything here is in the server leg's numbers. What the client sends meanwhile goes its own way beside it.
 */
final class Delivery implements SegmentOutput {
    /** All that is stored of a session may wait here at once, and that is limited elsewhere. */
    private static final int MOST_BYTES = 1 << 30;

    /** As Linux has it: a forged error must not make us send crumbs. */
    private static final int LEAST_MTU_IPV4 = 552;

    /** RFC 8200 §5. */
    private static final int LEAST_MTU_IPV6 = 1280;

    private final Session session;
    private final ServerLeg leg;
    private final Outbound out;
    private final TcpSender sender;
    private final Segment heard = new Segment();
    private final TcpOptions options = new TcpOptions();
    private final boolean timestamps;

    /** The client's clock, as the server has heard it last, and the server's, to be echoed. */
    private int tsVal;

    private int tsEcr;

    /** Behind the last byte, and the FIN. */
    private int end;

    /**
     * @param first sequence number of the first byte, on the leg
     * @param mss the server's
     * @param tsVal of the client's last segment
     * @param tsEcr the server's last TSval
     */
    Delivery(
            Session session,
            ServerLeg leg,
            Outbound out,
            int first,
            int mss,
            boolean sack,
            boolean timestamps,
            int windowScale,
            int window,
            int tsVal,
            int tsEcr) {
        this.session = session;
        this.leg = leg;
        this.out = out;
        this.timestamps = timestamps;
        this.tsVal = tsVal;
        this.tsEcr = tsEcr;
        this.end = first;
        sender =
                new TcpSender(
                        new SenderSetup(
                                first,
                                Math.max(SenderSetup.MIN_MSS, mss),
                                windowScale,
                                window,
                                sack,
                                false,
                                0,
                                0,
                                MOST_BYTES,
                                0),
                        NewReno::new,
                        new RttEstimator(RttConfig.DEFAULT),
                        this);
        sender.noDelay(true);
    }

    /** Adds bytes, whose buffer stays the caller's, and a FIN if nothing follows them. */
    void write(ByteBuf bytes, boolean fin, long now) {
        end += sender.write(bytes);
        if (fin) {
            sender.close();
            end++;
        }
        sender.flush(now);
    }

    /** The client has sent a segment: its clock must not run backwards at the server (RFC 7323 §5). */
    void clientSaid(Packet packet) {
        if (timestamps) {
            options.parse(packet);
            if (options.hasTimestamps()) {
                tsVal = SeqNum.max(tsVal, options.tsVal());
            }
        }
    }

    /** The server has sent a segment, as it came. */
    void serverSaid(Packet packet, long now) {
        if ((packet.flags() & (Tcp.ACK | Tcp.SYN | Tcp.RST)) == Tcp.ACK && packet.checksumValid()) {
            heard.read(packet);
            if (heard.hasTimestamps()) {
                tsEcr = SeqNum.max(tsEcr, heard.tsVal());
            }
            if (SeqNum.gt(heard.ack(), end)) {
                // What the client sent meanwhile has arrived too.
                heard.clear(packet.seq(), end, packet.flags(), packet.window());
            }
            sender.onAck(heard, now);
            sender.flush(now);
        }
    }

    /**
     * A router on the path takes no more than this, as it says about a segment that is under way (RFC 1191, RFC 8201): what
     * is owed goes in smaller pieces from now on, and never in larger ones again. A smaller value than hosts believe is not
     * believed here either.
     */
    void pathMtu(int mtu, boolean ipv6, long now) {
        int told = Math.max(mtu, ipv6 ? LEAST_MTU_IPV6 : LEAST_MTU_IPV4);
        int mss = LegOptions.mssForMtu(told, ipv6);
        if (mss < sender.mss()) {
            sender.mss(mss, now);
        }
    }

    /** Whether the server has acknowledged everything. */
    boolean done() {
        return sender.allAcknowledged();
    }

    /** The sequence number after the last one that is owed. */
    int next() {
        return end;
    }

    /** The first byte that the server has not acknowledged. */
    int unacknowledged() {
        return sender.unacknowledged();
    }

    /** Whether a segment with this number was sent and is not acknowledged. */
    boolean isUnderWay(int seq) {
        return SeqNum.within(seq, sender.unacknowledged(), sender.maxSent());
    }

    long nextDeadline() {
        return sender.nextDeadline();
    }

    void onDeadline(long now) {
        sender.onDeadline(now);
    }

    void release() {
        sender.release();
    }

    @Override
    public int optionBytes() {
        return timestamps ? 12 : 0;
    }

    @Override
    public void transmit(TcpSender from, int seq, int length, int flags, boolean again, long now) {
        ByteBuf data = Unpooled.EMPTY_BUFFER;
        if (length > 0) {
            data = out.allocator.buffer(length, length);
            from.copy(seq, length, data, 0);
            data.writerIndex(length);
        }
        TcpOptionWriter written =
                timestamps ? new TcpOptionWriter().timestamps(tsVal, tsEcr) : null;
        out.server.owed(session, leg, seq, flags, written, data, now);
        data.release();
    }
}
