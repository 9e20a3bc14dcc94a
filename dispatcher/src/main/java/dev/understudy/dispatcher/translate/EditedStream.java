package dev.understudy.dispatcher.translate;

import dev.understudy.stack.tcp.SeqNum;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One direction of a connection whose lines are read, and some of them replaced by others, which may be longer or shorter.
 *
 * <p>The bytes are read in order, whatever their segmentation. The beginning of a line that may be replaced is held back
 * until the line is whole; all else goes on at once. What the receiver has not acknowledged is kept, so that whatever
 * part of it the sender sends again, the receiver gets again exactly what it got before, a replaced line always whole.
 * Nobody's timer runs here: the sender's retransmissions drive ours. Out-of-order segments are left to them, too.
 *
 * <p>Behind a replaced line of another length the direction's {@link SequenceMap} begins a new epoch.
 *
 * <p>Limits: {@value #MOST_BYTES} bytes that are not acknowledged, beyond which segments are dropped, and {@value
 * #LONGEST_LINE} bytes of a line, beyond which it passes unread.
 */
public final class EditedStream {
    /** Reads lines. */
    public interface Lines {
        /** Whether a line with this beginning may have to be replaced. */
        boolean mayMatter(byte[] line, int length);

        /** What travels in place of a line, CRLF included; null if it stays. */
        byte[] replaced(byte[] line, int length);

        /** Whether nothing that follows can be read. */
        boolean ended();
    }

    /** What becomes of a segment. */
    public enum Verdict {
        /** {@link #length} bytes of {@link #bytes} travel in its place, none if it has nothing that is still needed. */
        FORWARD,
        /** It is a part of a line, and waits for the rest. */
        HELD,
        /** It must come again. */
        DROPPED
    }

    static final int MOST_BYTES = 1 << 17;
    static final int LONGEST_LINE = 1024;

    private record Edit(int from, int to, int outFrom, int outTo) {}

    private final Lines lines;
    private final SequenceMap map;
    private final List<Edit> edits = new ArrayList<>(1);
    private final byte[] line = new byte[LONGEST_LINE];
    private int lineLength;
    private byte[] out = new byte[512];
    private int outLength;

    /** The sender's next byte, and {@code out[0]} as the receiver counts. */
    private int next;

    private int base;

    /** The beginning of the line has been passed on. */
    private boolean midLine;

    /** The line is whole, but too many before it were replaced and are not acknowledged. */
    private boolean stuck;

    /** The sender may hold for delivered what the receiver has not got: it will not send that again. */
    private boolean owing;

    private int from;
    private int length;

    /**
     * @param first the sender's first byte
     * @param map the direction's, from the sender's numbers to the receiver's
     */
    public EditedStream(int first, SequenceMap map, Lines lines) {
        this.next = first;
        this.map = map;
        this.lines = lines;
        base = map.map(first);
    }

    /** The sender's next byte that has not come yet. */
    public int next() {
        return next;
    }

    /** Whether segments can pass as they are: nothing is read any more, and no line was replaced lately. */
    public boolean isPlain() {
        return lines.ended() && edits.isEmpty() && lineLength == 0;
    }

    /**
     * Takes a segment.
     *
     * @param fin whether the stream ends behind it: a line without an end is one then
     */
    public Verdict take(int seq, ByteBuf payload, int index, int count, boolean fin) {
        if (SeqNum.gt(seq, next)) {
            return Verdict.DROPPED;
        }
        if (stuck) {
            whole();
        }
        int end = seq + count;
        int begin = image(seq, false);
        int fresh = end - next;
        if (fresh > 0) {
            if (outLength + lineLength + fresh > MOST_BYTES) {
                return Verdict.DROPPED;
            }
            read(payload, index + count - fresh, fresh);
        }
        if (fin && lineLength > 0 && !stuck) {
            pass();
        }
        int stop = fresh > 0 || fin ? base + outLength : image(end, true);
        begin = owing ? base : SeqNum.max(begin, base);
        from = begin - base;
        length = Math.max(0, stop - begin);
        boolean held = lineLength > 0 && SeqNum.gt(end, next - lineLength);
        if (length > 0 || !held) {
            return Verdict.FORWARD;
        }
        owing |= !stuck;
        return stuck ? Verdict.DROPPED : Verdict.HELD;
    }

    private void read(ByteBuf payload, int index, int count) {
        for (int i = 0; i < count && !stuck; i++) {
            byte b = payload.getByte(index + i);
            next++;
            if (midLine || lines.ended()) {
                append(b);
                midLine = b != '\n';
            } else {
                line[lineLength++] = b;
                if (b == '\n') {
                    whole();
                } else if (lineLength == LONGEST_LINE) {
                    pass();
                }
            }
        }
        if (lineLength > 0 && !stuck && !lines.mayMatter(line, lineLength)) {
            pass();
        }
    }

    private void whole() {
        stuck = map.epochs() == SequenceMap.MAX_EPOCHS && lines.mayMatter(line, lineLength);
        if (stuck) {
            return;
        }
        byte[] other = lines.replaced(line, lineLength);
        if (other == null || Arrays.equals(other, 0, other.length, line, 0, lineLength)) {
            appendLine();
        } else if (map.append(next, next - (base + outLength + other.length))) {
            int outFrom = base + outLength;
            int start = next - lineLength;
            for (byte b : other) {
                append(b);
            }
            edits.add(new Edit(start, next, outFrom, base + outLength));
            lineLength = 0;
        } else {
            appendLine();
        }
    }

    /** Passes the beginning of a line on unread, and with it the rest. */
    private void pass() {
        appendLine();
        midLine = true;
    }

    private void appendLine() {
        for (int i = 0; i < lineLength; i++) {
            append(line[i]);
        }
        lineLength = 0;
    }

    private void append(byte b) {
        if (outLength == out.length) {
            out = Arrays.copyOf(out, outLength * 2);
        }
        out[outLength++] = b;
    }

    /** Where a byte of the sender is among the receiver's; one of a replaced line at the line's begin or end. */
    private int image(int seq, boolean up) {
        int sender = next - lineLength;
        int receiver = base + outLength;
        if (SeqNum.ge(seq, sender)) {
            return receiver;
        }
        for (int i = edits.size() - 1; i >= 0; i--) {
            Edit edit = edits.get(i);
            if (SeqNum.ge(seq, edit.to)) {
                break;
            }
            if (SeqNum.gt(seq, edit.from)) {
                return up ? edit.outTo : edit.outFrom;
            }
            sender = edit.from;
            receiver = edit.outFrom;
        }
        return receiver - (sender - seq);
    }

    /** The receiver has acknowledged up to {@code ack}, as it counts. */
    public void acknowledged(int ack) {
        int count = ack - base;
        if (count <= 0 || count > outLength) {
            return;
        }
        System.arraycopy(out, count, out, 0, outLength - count);
        outLength -= count;
        base = ack;
        owing &= outLength > 0 || lineLength > 0;
        while (!edits.isEmpty() && SeqNum.le(edits.get(0).outTo, ack)) {
            edits.remove(0);
        }
    }

    /** The bytes that travel: {@link #length} of them from {@link #from} on. */
    public byte[] bytes() {
        return out;
    }

    public int from() {
        return from;
    }

    public int length() {
        return length;
    }

    /** The first of them as the receiver counts. */
    public int seq() {
        return base + from;
    }

    /** Whether they reach to the end of all that the sender has sent. */
    public boolean reachesEnd() {
        return from + length == outLength && lineLength == 0;
    }
}
