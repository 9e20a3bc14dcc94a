package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;

/**
 * Splits an IPv6 datagram of our own for a smaller path MTU (RFC 8200 §4.5). Only sources do that: one that we forward is
 * answered with Packet Too Big by {@link IcmpResponder}.
 *
 * <p>What every node on the way must see, the header with any hop-by-hop and routing headers, is in front of each piece;
 * the rest is split. Identifications are random, so that nobody can foretell the next (RFC 7739).
 */
public final class Ipv6Fragmenter {
    private enum Count {
        SPLIT,
        PIECES,
        FORBIDDEN
    }

    private final ByteBufAllocator allocator;
    private final Tally<Count> tally = new Tally<>("fragmentation", Count.class);

    public Ipv6Fragmenter(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /**
     * Splits a packet that is longer than {@code mtu}, which is at least 1,280.
     *
     * @param identification a random number
     * @return false, with nothing sent, if it is not IPv6, is a fragment already, or its headers leave no room
     */
    public boolean split(Packet packet, int mtu, int identification, FrameOutput output) {
        ByteBuf frame = packet.frame();
        int l3 = packet.l3();
        if (!packet.isIpv6()
                || mtu < Ipv6.MIN_MTU
                || Ipv6.fragmentHeader(frame, l3, packet.end()) >= 0) {
            tally.count(Count.FORBIDDEN);
            return false;
        }
        if (packet.needsChecksum()) {
            packet.fillChecksum();
        }
        int typeField = l3 + Ipv6.NEXT_HEADER_OFFSET;
        int split = l3 + Ipv6.BYTES;
        int type = frame.getUnsignedByte(typeField);
        while (type == Ipv6.HOP_BY_HOP || type == Ipv6.ROUTING) {
            typeField = split;
            split += Ipv6.extensionLength(frame, split, type);
            type = frame.getUnsignedByte(typeField);
        }
        int headers = split - l3;
        int room = mtu - headers - Ipv6.FRAGMENT_BYTES & ~7;
        if (split > packet.end() || room <= 0) {
            tally.count(Count.FORBIDDEN);
            return false;
        }
        int inFront = split - packet.base();
        int data = packet.end() - split;
        tally.count(Count.SPLIT);
        for (int done = 0; done < data; done += room) {
            int length = Math.min(room, data - done);
            boolean last = done + length == data;
            int bytes = inFront - VirtioNet.BYTES + Ipv6.FRAGMENT_BYTES + length;
            ByteBuf piece = Frames.allocate(allocator, bytes);
            int base = piece.readerIndex();
            int header = base + inFront;
            piece.setBytes(base + VirtioNet.BYTES, frame, packet.eth(), inFront - VirtioNet.BYTES);
            piece.setByte(base + typeField - packet.base(), Ipv6.FRAGMENT);
            piece.setShort(
                    base + l3 - packet.base() + Ipv6.PAYLOAD_LENGTH_OFFSET,
                    headers - Ipv6.BYTES + Ipv6.FRAGMENT_BYTES + length);
            piece.setShort(header, type << 8);
            piece.setShort(header + 2, done | (last ? 0 : 1));
            piece.setInt(header + 4, identification);
            piece.setBytes(header + Ipv6.FRAGMENT_BYTES, frame, split + done, length);
            piece.writerIndex(header + Ipv6.FRAGMENT_BYTES + length);
            tally.count(Count.PIECES);
            output.write(piece);
        }
        return true;
    }

    /** Adds the counters to a map. */
    public void counters(Map<String, Long> all) {
        tally.addTo(all);
    }
}
