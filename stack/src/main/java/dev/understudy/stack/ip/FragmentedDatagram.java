package dev.understudy.stack.ip;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;

/** The pieces of one datagram, by offset and by arrival; see {@link Reassembly} for the rules. */
final class FragmentedDatagram {
    enum Placement {
        FITS,
        DUPLICATE,
        OVERLAP
    }

    private record Piece(ByteBuf frame, int data, int offset, int length, boolean last) {
        int end() {
            return offset + length;
        }
    }

    final long deadline;
    boolean poisoned;

    /** Whether any piece was marked Congestion Experienced. */
    boolean congestion;

    private final List<Piece> byOffset = new ArrayList<>(4);
    private final List<ByteBuf> arrived = new ArrayList<>(4);
    private int received;

    /** Length of the whole, or -1 while the last piece is missing. */
    private int total = -1;

    FragmentedDatagram(long deadline) {
        this.deadline = deadline;
    }

    /** How a piece would fit, whose data begins at {@code data} in {@code frame}. */
    Placement place(ByteBuf frame, int data, int offset, int length, boolean last) {
        int end = offset + length;
        for (int i = 0; i < byOffset.size(); i++) {
            Piece piece = byOffset.get(i);
            if (end <= piece.offset || offset >= piece.end()) {
                continue;
            }
            boolean same =
                    offset == piece.offset
                            && length == piece.length
                            && last == piece.last
                            && ByteBufUtil.equals(frame, data, piece.frame, piece.data, length);
            return same ? Placement.DUPLICATE : Placement.OVERLAP;
        }
        if (total >= 0 && (last || end > total) || last && end < highest()) {
            return Placement.OVERLAP;
        }
        return Placement.FITS;
    }

    private int highest() {
        return byOffset.isEmpty() ? 0 : byOffset.get(byOffset.size() - 1).end();
    }

    /** Takes a piece that fits, and its reference. */
    void insert(ByteBuf frame, int data, int offset, int length, boolean last, boolean ce) {
        int at = byOffset.size();
        while (at > 0 && byOffset.get(at - 1).offset > offset) {
            at--;
        }
        byOffset.add(at, new Piece(frame, data, offset, length, last));
        arrived.add(frame);
        received += length;
        congestion |= ce;
        if (last) {
            total = offset + length;
        }
    }

    boolean isComplete() {
        return received == total;
    }

    int pieces() {
        return byOffset.size();
    }

    int length() {
        return total;
    }

    /** The frame of the first piece by offset. */
    ByteBuf first() {
        return byOffset.get(0).frame;
    }

    /** The frames in the order in which they came. */
    List<ByteBuf> arrived() {
        return arrived;
    }

    void copyData(ByteBuf to, int at) {
        for (Piece piece : byOffset) {
            to.setBytes(at + piece.offset, piece.frame, piece.data, piece.length);
        }
    }

    void clear() {
        byOffset.clear();
        arrived.clear();
    }
}
