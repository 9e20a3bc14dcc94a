package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;

/**
 * Splits an IPv4 datagram for a smaller MTU (RFC 791 §3.2).
 *
 * <p>Each piece is a frame of its own with the Ethernet header of the whole; pieces but the first carry only the options
 * that ask to be copied. A piece of a piece keeps its place. A partial transport checksum is computed first, since no
 * piece holds all that it covers. What says Don't Fragment is never split: the caller answers with
 * fragmentation-needed (RFC 1191), for which {@link IcmpResponder} is there.
 *
 * <p>An identification of 0 cannot tell datagrams apart; such a datagram gets one from a counter (RFC 6864 §4.2).
 */
public final class Fragmenter {
    /** Least MTU that an IPv4 link may have (RFC 791 §3.2): the longest header and 8 bytes. */
    public static final int MIN_MTU = 68;

    private static final int END_OF_OPTIONS = 0;
    private static final int NOP = 1;
    private static final int COPIED = 0x80;

    private enum Count {
        SPLIT,
        PIECES,
        FORBIDDEN
    }

    private final ByteBufAllocator allocator;
    private final Tally<Count> tally = new Tally<>("fragmentation", Count.class);
    private int identification;

    /** {@code identification} is where the counter begins: a random number. */
    public Fragmenter(ByteBufAllocator allocator, int identification) {
        this.allocator = allocator;
        this.identification = identification;
    }

    /**
     * Splits a packet that is longer than {@code mtu}.
     *
     * @return false, with nothing sent, if it may not be split or is not IPv4
     */
    public boolean split(Packet packet, int mtu, FrameOutput output) {
        ByteBuf frame = packet.frame();
        int l3 = packet.l3();
        if (!packet.isIpv4() || Ipv4.dontFragment(frame, l3) || mtu < MIN_MTU) {
            tally.count(Count.FORBIDDEN);
            return false;
        }
        if (packet.needsChecksum()) {
            packet.fillChecksum();
        }
        int id = Ipv4.identification(frame, l3);
        if (id == 0) {
            do {
                id = ++identification & 0xFFFF;
            } while (id == 0);
        }
        int header = Ipv4.headerLength(frame, l3);
        int data = packet.end() - l3 - header;
        int base = Ipv4.fragmentOffset(frame, l3);
        boolean more = Ipv4.moreFragments(frame, l3);
        tally.count(Count.SPLIT);
        int done = 0;
        while (done < data) {
            ByteBuf piece = startPiece(packet, done > 0, mtu);
            int at = piece.readerIndex() + l3 - packet.base();
            int pieceHeader = Ipv4.headerLength(piece, at);
            int length = Math.min(data - done, (mtu - pieceHeader) & ~7);
            boolean last = done + length == data && !more;
            piece.setBytes(at + pieceHeader, frame, l3 + header + done, length);
            piece.writerIndex(at + pieceHeader + length);
            piece.setShort(at + Ipv4.TOTAL_LENGTH_OFFSET, pieceHeader + length);
            piece.setShort(at + Ipv4.IDENTIFICATION_OFFSET, id);
            piece.setShort(
                    at + Ipv4.FRAGMENT_OFFSET,
                    (last ? 0 : Ipv4.MORE_FRAGMENTS) | base + done >>> 3);
            Ipv4.fixChecksum(piece, at);
            done += length;
            tally.count(Count.PIECES);
            output.write(piece);
        }
        return true;
    }

    /** A frame with room for {@code mtu} and with the headers of the whole. */
    private ByteBuf startPiece(Packet packet, boolean later, int mtu) {
        ByteBuf frame = packet.frame();
        int inFront = packet.l3() - packet.base();
        ByteBuf piece = Frames.allocate(allocator, inFront - VirtioNet.BYTES + mtu);
        int base = piece.readerIndex();
        int header = Ipv4.headerLength(frame, packet.l3());
        piece.setBytes(base + VirtioNet.BYTES, frame, packet.eth(), inFront - VirtioNet.BYTES);
        if (later) {
            piece.setBytes(base + inFront, frame, packet.l3(), Ipv4.MIN_BYTES);
            copyOptions(frame, packet.l3(), header, piece, base + inFront);
        } else {
            piece.setBytes(base + inFront, frame, packet.l3(), header);
        }
        return piece;
    }

    private static void copyOptions(ByteBuf frame, int l3, int header, ByteBuf piece, int to) {
        int write = Ipv4.MIN_BYTES;
        int read = Ipv4.MIN_BYTES;
        while (read < header) {
            int kind = frame.getUnsignedByte(l3 + read);
            if (kind == END_OF_OPTIONS) {
                break;
            }
            if (kind == NOP) {
                read++;
                continue;
            }
            int length = read + 1 < header ? frame.getUnsignedByte(l3 + read + 1) : 0;
            if (length < 2 || read + length > header) {
                break;
            }
            if ((kind & COPIED) != 0) {
                piece.setBytes(to + write, frame, l3 + read, length);
                write += length;
            }
            read += length;
        }
        while ((write & 3) != 0) {
            piece.setByte(to + write++, END_OF_OPTIONS);
        }
        piece.setByte(to, 0x40 | write >>> 2);
    }

    /** Adds the counters to a map. */
    public void counters(Map<String, Long> all) {
        tally.addTo(all);
    }
}
