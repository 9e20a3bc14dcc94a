package dev.understudy.dispatcher.session;

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
import io.netty.buffer.ByteBuf;

/**
 * Bytes that we owe to the client, in the client leg's numbers: no server can be asked to send them again as they are. The
 * counterpart of {@link Delivery}; the sender half of {@code stack.tcp} answers for them.
 */
final class Telling implements SegmentOutput {
    private final Session session;
    private final Outbound out;
    private final TcpSender sender;
    private final Segment heard = new Segment();

    /**
     * @param first sequence number of the first byte
     * @param mostBytes that may wait for the client
     */
    Telling(Session session, Outbound out, int first, int mostBytes) {
        this.session = session;
        this.out = out;
        int shift = session.clientOptions.clientShiftOrZero();
        sender =
                new TcpSender(
                        new SenderSetup(
                                first,
                                Math.max(SenderSetup.MIN_MSS, session.clientOptions.clientMss()),
                                shift,
                                session.conversation.clientWindow << shift,
                                session.clientOptions.sackPermitted(),
                                false,
                                0,
                                0,
                                mostBytes,
                                0),
                        NewReno::new,
                        new RttEstimator(RttConfig.DEFAULT),
                        this);
        sender.noDelay(true);
    }

    /** Adds bytes, which are taken off the buffer's front; false if there was not {@link #room} for all. */
    boolean write(ByteBuf bytes) {
        sender.write(bytes);
        return !bytes.isReadable();
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
        sender.onAck(heard.read(packet), now);
        sender.flush(now);
    }

    int room() {
        return sender.room();
    }

    /** The sequence number behind the last byte written. */
    int end() {
        return sender.endSeq();
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
        return session.clientOptions.timestamps() ? 12 : 0;
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
        out.toClient(session, seq, session.upNxt, flags | Tcp.ACK, data, now);
        data.release();
    }
}
