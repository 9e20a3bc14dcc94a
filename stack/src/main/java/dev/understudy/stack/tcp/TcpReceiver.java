package dev.understudy.stack.tcp;

import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import io.netty.buffer.ByteBuf;

/**
 * The receiving half of a connection: takes segments in any order, gives bytes in theirs, and knows what to acknowledge,
 * when, and how much may come. Usable by itself, from any sequence number on. It sends nothing: its owner asks {@link
 * #ackDue}, puts {@link #nextSeq}, {@link #advertise} and {@link #writeSacks} into a segment, and says {@link #ackSent}.
 *
 * <p><b>Window.</b> What the buffer has room for, scaled down without rounding up; its right edge never moves back (RFC 9293
 * §3.8.6), and moves on only by a full segment or half the buffer (§3.8.6.2.2, the receiver's half of silly-window
 * avoidance).
 */
public final class TcpReceiver implements Timed {
    private final int windowScale;
    private final int mss;
    private final boolean sack;
    private final int pieces;
    private final AckPolicy acks;
    private final BufferQueue ready = new BufferQueue();
    private final ReceiveBudget budget;
    private Reassembly reassembly;
    private int charged;
    private int bufferBytes;
    private int next;

    /** The right edge of the window that the peer was told of. */
    private int edge;

    /** The application has made room since the peer was told of the window. */
    private boolean readSinceAck;

    private boolean finSeen;
    private int finSeq;
    private boolean finReached;
    private boolean duplicate;
    private int duplicateLeft;
    private int duplicateRight;
    private long dropped;

    public TcpReceiver(ReceiverSetup setup) {
        this(setup, ReceiveBudget.unlimited());
    }

    TcpReceiver(ReceiverSetup setup, ReceiveBudget budget) {
        this.budget = budget;
        windowScale = setup.windowScale();
        mss = setup.mss();
        sack = setup.sack();
        pieces = setup.pieces();
        bufferBytes = setup.bufferBytes();
        acks = new AckPolicy(setup.ackDelay());
        next = setup.firstSeq();
        // What the SYN offered: its window is not scaled.
        edge = next + Math.min(bufferBytes, 0xFFFF);
    }

    // ---- segments

    /**
     * Whether a segment lies in the window (RFC 9293 §3.10.7.4, first check). Two of the rules are wider than its table:
     * one without data may stand on the right edge, as it does when all before it is still on its way; and one at RCV.NXT
     * passes a shut window, so that the acknowledgement in a window probe is heard ({@link #receive} takes nothing of it).
     */
    public boolean acceptable(Segment segment) {
        int seq = segment.seq();
        int length = segment.seqLength();
        int window = edge - next;
        if (seq == next) {
            return true;
        }
        if (length == 0) {
            return SeqNum.ge(seq, next) && SeqNum.le(seq, edge);
        }
        return window > 0
                && (SeqNum.within(seq, next, edge) || SeqNum.within(seq + length - 1, next, edge));
    }

    /**
     * Takes the data and FIN of an acceptable segment. What is kept is retained or copied.
     *
     * @return whether there is more to read now, or the FIN was reached
     */
    public boolean receive(Segment segment, long now) {
        int syn = segment.has(Tcp.SYN) ? 1 : 0;
        int seq = segment.seq() + syn;
        int length = segment.length();
        boolean fin = segment.has(Tcp.FIN);
        if (length == 0 && !fin) {
            return false;
        }
        int from = segment.from();
        if (SeqNum.lt(seq, next)) {
            int old = Math.min(length, next - seq);
            reportDuplicate(seq, seq + old);
            acks.atOnce();
            from += old;
            length -= old;
            if (SeqNum.lt(seq + old, next)) {
                // A FIN that was taken before.
                return false;
            }
            seq += old;
        }
        int limit = finSeen ? SeqNum.min(finSeq, edge) : edge;
        int room = limit - seq;
        if (room < length) {
            length = Math.max(0, room);
            fin = false;
            acks.atOnce();
        }
        if (fin && !finSeen && SeqNum.le(seq + length, edge)) {
            finSeen = true;
            finSeq = seq + length;
        }
        int before = next;
        if (length > 0 && !budget.allows(length, seq == next)) {
            dropped++;
            acks.atOnce();
        } else if (length > 0) {
            if (seq == next) {
                takeInOrder(segment, from, length, now);
            } else {
                takeOutOfOrder(segment, seq, from, length);
            }
            charge();
        }
        if (finSeen && !finReached) {
            // Out of order or reached: either way the sender hears at once.
            acks.atOnce();
            if (next == finSeq) {
                finReached = true;
                next++;
                edge = SeqNum.max(edge, next);
            }
        }
        return next != before;
    }

    private void takeInOrder(Segment segment, int from, int length, long now) {
        ready.add(segment.data(), from, length);
        next += length;
        acks.inOrder(length, segment.unit(), mss, now);
        if (reassembly != null && !reassembly.isEmpty()) {
            if (SeqNum.lt(reassembly.first(), next)) {
                // Partly a duplicate (RFC 2883 §4.2).
                reportDuplicate(reassembly.first(), SeqNum.min(reassembly.firstEnd(), next));
            }
            next = reassembly.drain(next, ready);
            acks.atOnce();
        }
    }

    private void takeOutOfOrder(Segment segment, int seq, int from, int length) {
        acks.atOnce();
        if (reassembly == null) {
            reassembly = new Reassembly(pieces);
        }
        int kept = reassembly.insert(seq, length, segment.data(), from);
        if (kept == 0) {
            reportDuplicate(seq, seq + length);
        } else if (kept < 0) {
            dropped++;
        }
    }

    /** RFC 2883: the next acknowledgement tells, once, what came twice. */
    private void reportDuplicate(int left, int right) {
        if (left != right) {
            duplicate = true;
            duplicateLeft = left;
            duplicateRight = right;
        }
    }

    /** All of an unacceptable segment's data came before: the next acknowledgement says so. */
    void reportOld(Segment segment) {
        reportDuplicate(segment.seq(), segment.seq() + segment.length());
    }

    /** Something came that deserves an acknowledgement at once. */
    public void owe() {
        acks.atOnce();
    }

    // ---- the application's side

    /** The oldest buffer of bytes in order; the caller owns it. Null if there is none. */
    public ByteBuf read() {
        readSinceAck = true;
        return charged(ready.poll());
    }

    /** At most {@code most} bytes of the oldest buffer, at least 1; the caller owns it. Null if there is none. */
    public ByteBuf read(int most) {
        readSinceAck = true;
        return charged(ready.poll(most));
    }

    private ByteBuf charged(ByteBuf taken) {
        charge();
        return taken;
    }

    private void charge() {
        int held = ready.bytes() + outOfOrder();
        budget.change(held - charged);
        charged = held;
    }

    /** Bytes that {@link #read} would give. */
    public int readable() {
        return ready.bytes();
    }

    /** The peer's FIN was reached: what is {@link #readable} is all there will be. */
    public boolean finReached() {
        return finReached;
    }

    /** The most bytes kept for the application; the window does not shrink by it. */
    public void bufferBytes(int bytes) {
        bufferBytes = bytes;
        readSinceAck = true;
    }

    // ---- acknowledgements

    /** Whether an acknowledgement should go out now. */
    public boolean ackDue(long now) {
        return acks.due(now);
    }

    /** Whether an acknowledgement would tell anything. */
    public boolean owesAck() {
        return acks.owes();
    }

    /**
     * Whether the application has opened the window so far that the peer should be told unasked: by half the buffer, or by a
     * segment where not even one fitted. What a window has been too narrow for since the handshake can wait for the next
     * acknowledgement.
     */
    public boolean windowUpdateDue() {
        if (finReached || !readSinceAck) {
            return false;
        }
        int growth = next + room() - edge;
        return growth >= bufferBytes / 2
                || growth >= Math.min(mss, bufferBytes / 2) && edge - next < mss;
    }

    /** The window field to send; moves the right edge on. */
    public int advertise() {
        int growth = next + room() - edge;
        if (growth >= Math.min(mss, Math.max(1, bufferBytes / 2))) {
            edge += growth;
        }
        return edge - next >>> windowScale;
    }

    /** No more than the field can say: what was not told is no promise. */
    private int room() {
        int free = Math.min(bufferBytes - ready.bytes(), 0xFFFF << windowScale);
        return (int) Math.max(0, Math.min(free, budget.left()));
    }

    /** RCV.NXT: what to acknowledge. */
    public int nextSeq() {
        return next;
    }

    /** The right edge of the window that the peer knows. */
    public int windowEdge() {
        return edge;
    }

    /** Writes the SACK blocks, a duplicate first (RFC 2883), if the peer reads them. */
    public void writeSacks(TcpOptionWriter options) {
        if (!sack) {
            return;
        }
        if (duplicate) {
            options.sackBlock(duplicateLeft, duplicateRight);
        }
        if (reassembly != null && !reassembly.isEmpty()) {
            reassembly.writeBlocks(options, Segment.MAX_SACK_BLOCKS - (duplicate ? 1 : 0));
        }
    }

    /** Whether {@link #writeSacks} would write anything. */
    public boolean hasSacks() {
        return sack && (duplicate || reassembly != null && !reassembly.isEmpty());
    }

    /** A segment with the present acknowledgement went out. */
    public void ackSent() {
        acks.sent();
        readSinceAck = false;
        duplicate = false;
    }

    /** Bytes kept out of order. */
    public int outOfOrder() {
        return reassembly == null ? 0 : reassembly.bytes();
    }

    /** Segments dropped because too many pieces, or too many bytes in all connections, were kept. */
    public long dropped() {
        return dropped;
    }

    @Override
    public long nextDeadline() {
        return acks.deadline();
    }

    /** The delay is over: an acknowledgement is due. */
    @Override
    public void onDeadline(long now) {
        if (acks.deadline() <= now) {
            acks.atOnce();
        }
    }

    /** Lets go of all buffers. */
    public void release() {
        ready.releaseAll();
        if (reassembly != null) {
            reassembly.releaseAll();
        }
        charge();
        acks.sent();
    }
}
