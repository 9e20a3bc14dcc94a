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
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import io.netty.buffer.ByteBuf;

/**
 * Bytes that we owe to the client, in the client leg's numbers: no server can be asked to send them again as they are. The
 * counterpart of {@link Delivery}; the sender half of {@code stack.tcp} answers for them.
 */
final class ClientDelivery implements SegmentOutput {
    private final Session session;
    private final Outbound out;
    private final int mostBytes;
    private final boolean alone;
    private final Segment heard = new Segment();
    private final LegOptions agreed;
    private TcpSender sender;

    /** How many of the bytes that come next the client has already, from a server before. */
    private int skip;

    /** The client's clock as it was heard last, to be echoed. */
    private int tsEcr;

    /**
     * @param first sequence number of the first byte
     * @param mostBytes that may wait for the client
     * @param alone whether nobody but us is there to acknowledge what the client says
     */
    ClientDelivery(Session session, Outbound out, int first, int mostBytes, boolean alone) {
        this.session = session;
        this.out = out;
        this.mostBytes = mostBytes;
        this.alone = alone;
        this.agreed = session.clientOptions;
        this.tsEcr = session.conversation.clientTsVal;
        int shift = agreed.clientShiftOrZero();
        sender = sender(first, session.conversation.clientWindow << shift);
    }

    private TcpSender sender(int first, int window) {
        boolean ipv6 = !IpAddress.isMapped(session.nearHi, session.nearLo);
        int mss = Math.min(agreed.clientMss(), out.maxMss(ipv6));
        TcpSender made =
                new TcpSender(
                        new SenderSetup(
                                first,
                                Math.max(SenderSetup.MIN_MSS, mss),
                                agreed.clientShiftOrZero(),
                                window,
                                agreed.sackPermitted(),
                                false,
                                0,
                                0,
                                mostBytes,
                                0),
                        NewReno::new,
                        new RttEstimator(RttConfig.DEFAULT),
                        this);
        made.noDelay(true);
        return made;
    }

    /** Adds bytes, for which there must be {@link #room}; they are taken off the buffer's front. */
    void write(ByteBuf bytes) {
        int known = Math.min(skip, bytes.readableBytes());
        bytes.skipBytes(known);
        skip -= known;
        sender.write(bytes);
    }

    /** A FIN follows what was written. */
    void close() {
        sender.close();
    }

    void flush(long now) {
        sender.flush(now);
    }

    /** A credible segment of the client. */
    void clientSaid(Packet packet, long now) {
        heard.read(packet);
        if (heard.hasTimestamps()) {
            tsEcr = heard.tsVal();
        }
        if (SeqNum.gt(heard.ack(), sender.maxSent()) && !sender.finQueued()) {
            jump(heard.ack());
        }
        sender.onAck(heard, now);
        sender.flush(now);
    }

    /** The client has bytes that we have not sent, from a server before: what it has needs not be told. */
    private void jump(int ack) {
        int end = end();
        int rest = Math.max(0, end - ack);
        ByteBuf bytes = out.allocator.buffer(Math.max(1, rest));
        if (rest > 0) {
            sender.copy(ack, rest, bytes, 0);
            bytes.writerIndex(rest);
        }
        int window = sender.window();
        sender.release();
        sender = sender(ack, window);
        sender.write(bytes);
        bytes.release();
        skip = Math.max(0, ack - end);
    }

    /** Bytes that wait for the client, sent or not. */
    int queued() {
        return sender.queued();
    }

    int room() {
        return sender.room();
    }

    /** The sequence number behind the last byte written. */
    int end() {
        return sender.endSeq() - skip;
    }

    /** Whether the client has acknowledged everything. */
    boolean done() {
        return sender.allAcknowledged();
    }

    /** Whether the client has not been heard of for so long that it is given up (RFC 9293 §3.8.3). */
    boolean failed() {
        return sender.failed();
    }

    long nextDeadline() {
        return sender.nextDeadline();
    }

    void deadline(long now) {
        if (now - sender.nextDeadline() >= 0) {
            sender.onDeadline(now);
        }
    }

    void release() {
        sender.release();
    }

    @Override
    public int optionBytes() {
        return agreed.timestamps() ? 12 : 0;
    }

    @Override
    public void transmit(TcpSender from, int seq, int length, int flags, boolean again, long now) {
        ByteBuf data = out.allocator.buffer(Math.max(1, length));
        from.copy(seq, length, data, 0);
        data.writerIndex(length);
        int end = seq + length;
        if (SeqNum.gt(end, session.downNxt)) {
            session.bytesDown += end - session.downNxt;
        }
        session.downNxt = SeqNum.max(session.downNxt, end + (flags & Tcp.FIN));
        TcpOptionWriter written =
                agreed.timestamps()
                        ? new TcpOptionWriter().timestamps(session.lastTsVal, tsEcr)
                        : null;
        int shift = agreed.serverShiftOrZero();
        int ack = alone ? session.upNxt : session.serverAck;
        out.client.owed(session, seq, ack, flags | Tcp.ACK, shift, written, data, now);
        data.release();
    }
}
