package dev.understudy.dispatcher.session.sim;

import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import java.util.BitSet;
import java.util.function.Consumer;

/**
 * The receiving half of a simulated end: bytes in order, whatever their segments, and how many more it takes. Its application
 * reads at once what comes, but may pause: then the window shuts, from the right edge that was told, byte by byte.
 */
final class Inbox {
    private static final long NEVER = Long.MAX_VALUE;

    private final Consumer<String> violation;
    private byte[] in = new byte[256];
    private final BitSet got = new BitSet();
    private int irs;
    private int capacity;
    private int received;
    private boolean fin;
    private int finSeq;

    private int pauseAt = Integer.MAX_VALUE;
    private long pauseNanos;
    private int readTo;
    private long resumesAt = NEVER;

    Inbox(Consumer<String> violation) {
        this.violation = violation;
    }

    /** The peer's first number is known, and how much may be under way. */
    void begin(int itsIsn, int bytes) {
        irs = itsIsn;
        capacity = bytes;
    }

    void pause(int after, long nanos) {
        pauseAt = after;
        pauseNanos = nanos;
    }

    /** When the application reads on. */
    long resumesAt() {
        return resumesAt;
    }

    /** Whether it does now: then the peer has to be told. */
    boolean resumes(long now) {
        if (now < resumesAt) {
            return false;
        }
        resumesAt = NEVER;
        return true;
    }

    /** RCV.WND. */
    int window() {
        return resumesAt == NEVER ? capacity : capacity - (received - readTo);
    }

    /** RCV.NXT. */
    int next() {
        int next = irs + 1 + received;
        return fin && next == finSeq ? next + 1 : next;
    }

    int received() {
        return received;
    }

    byte at(int index) {
        return in[index];
    }

    /** Whether the peer has said FIN and every byte before it is here. */
    boolean closed() {
        return fin && irs + 1 + received == finSeq;
    }

    /** Whether a SYN is the one that the connection began with. */
    boolean begins(Packet syn) {
        return syn.seq() == irs;
    }

    /** RFC 9293 §3.10.7.4, first: whether any of it lies in the window. */
    boolean accepts(Packet packet) {
        int length = packet.segmentLength();
        int from = packet.seq();
        if (length == 0) {
            return from == next() || inWindow(from);
        }
        return inWindow(from) || inWindow(from + length - 1);
    }

    private boolean inWindow(int seq) {
        return SeqNum.within(seq, next(), next() + window());
    }

    /** Takes what lies in the window of a segment that was {@linkplain #accepts accepted}. */
    void take(Packet packet, long now) {
        int edge = next() + window();
        int at = packet.seq() - (irs + 1);
        int length = Math.min(packet.payloadLength(), edge - packet.seq());
        if (at + length > in.length) {
            byte[] grown = new byte[Math.max(at + length, 2 * in.length)];
            System.arraycopy(in, 0, grown, 0, in.length);
            in = grown;
        }
        for (int i = Math.max(0, -at); i < length; i++) {
            put(at + i, packet.frame().getByte(packet.payload() + i));
        }
        int end = packet.seq() + packet.payloadLength();
        if (packet.has(Tcp.FIN) && SeqNum.lt(end, edge)) {
            if (fin && finSeq != end) {
                violation.accept("two FINs at different places");
            }
            fin = true;
            finSeq = end;
        }
        received = got.nextClearBit(received);
        if (received >= pauseAt) {
            pauseAt = Integer.MAX_VALUE;
            readTo = received;
            resumesAt = now + pauseNanos;
        }
    }

    private void put(int at, byte value) {
        if (got.get(at)) {
            if (in[at] != value) {
                violation.accept("two different bytes at offset " + at);
            }
        } else {
            in[at] = value;
            got.set(at);
        }
    }
}
