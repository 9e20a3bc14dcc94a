package dev.understudy.dispatcher.translate;

import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptions;
import io.netty.buffer.ByteBuf;

/**
 * Small edits of a TCP header's options in place, checksums kept right by {@link Packet}'s setters: blank an option, take
 * timestamps out, put timestamps in.
 */
final class OptionEdit {
    private static final int NOP2 = TcpOptions.NOP << 8 | TcpOptions.NOP;
    private static final int NOP4 = NOP2 << 16 | NOP2;
    private static final int TIMESTAMPS_BYTES = 10;

    /** Two NOPs and the timestamps: what RFC 7323 appendix A recommends, and nearly every segment has. */
    private static final int ALIGNED_BYTES = 12;

    private OptionEdit() {}

    /** Overwrites {@code length} bytes at {@code at} with NOPs. */
    static void blank(Packet packet, int at, int length) {
        int next = at;
        int end = at + length;
        for (; end - next >= 4; next += 4) {
            packet.tcpInt(next, NOP4);
        }
        if (end - next >= 2) {
            packet.tcpShort(next, NOP2);
            next += 2;
        }
        if (end > next) {
            // The setters write words: this byte goes with the one before it, which is an option's
            // or a flag byte's.
            packet.tcpShort(
                    next - 1, packet.frame().getUnsignedByte(next - 1) << 8 | TcpOptions.NOP);
        }
    }

    /** Takes the timestamps out; the header shrinks if they are all it has, else they become NOPs. */
    static void stripTimestamps(Packet packet, TcpOptions options) {
        int at = options.timestampsAt();
        if (at < 0) {
            return;
        }
        if (packet.tcpHeaderLength() == Tcp.MIN_BYTES + ALIGNED_BYTES
                && packet.resizeTcpHeader(-ALIGNED_BYTES)) {
            return;
        }
        blank(packet, at, TIMESTAMPS_BYTES);
    }

    /**
     * Puts timestamps behind the other options. The last SACK blocks yield if there is no room (RFC 2018 §3 lets a
     * receiver report fewer). Positions in {@code options} are stale afterwards.
     *
     * @return false if the header or the datagram is too long to grow
     */
    static boolean insertTimestamps(Packet packet, TcpOptions options, int tsVal, int tsEcr) {
        int length = packet.tcpHeaderLength() - Tcp.MIN_BYTES;
        options.parse(packet);
        int used = length == 0 ? 0 : usedBytes(packet);
        while (length(used) > Tcp.MAX_OPTION_BYTES) {
            if (!dropLastSackBlock(packet, options)) {
                return false;
            }
            used = usedBytes(packet);
            options.parse(packet);
        }
        int wanted = length(used);
        if (wanted > length && !packet.resizeTcpHeader(wanted - length)) {
            return false;
        }
        int from = packet.l4() + Tcp.MIN_BYTES + used;
        int at = alignedFits(used) ? packet.l4() + Tcp.MIN_BYTES + (used + 3 & ~3) + 2 : from;
        blank(packet, from, packet.payload() - from);
        packet.tcpShort(at, TcpOptions.TIMESTAMPS << 8 | TIMESTAMPS_BYTES);
        packet.tcpInt(at + 2, tsVal);
        packet.tcpInt(at + 6, tsEcr);
        return true;
    }

    /** The options' length with timestamps behind {@code used} bytes of others. */
    private static int length(int used) {
        return alignedFits(used)
                ? (used + 3 & ~3) + ALIGNED_BYTES
                : used + TIMESTAMPS_BYTES + 3 & ~3;
    }

    private static boolean alignedFits(int used) {
        return (used + 3 & ~3) + ALIGNED_BYTES <= Tcp.MAX_OPTION_BYTES;
    }

    /** Bytes up to the end of the last option, without the NOPs and padding behind it. */
    private static int usedBytes(Packet packet) {
        ByteBuf frame = packet.frame();
        int from = packet.l4() + Tcp.MIN_BYTES;
        int to = packet.payload();
        int used = from;
        int at = from;
        while (at < to) {
            int kind = frame.getUnsignedByte(at);
            if (kind == TcpOptions.NOP) {
                at++;
                continue;
            }
            if (kind == TcpOptions.END || at + 1 >= to) {
                break;
            }
            int length = frame.getUnsignedByte(at + 1);
            if (length < 2 || at + length > to) {
                break;
            }
            at += length;
            used = at;
        }
        return used - from;
    }

    /** Shortens the SACK option by its last block, or removes it; its bytes become NOPs. */
    private static boolean dropLastSackBlock(Packet packet, TcpOptions options) {
        if (options.sackAt() < 0) {
            return false;
        }
        shortenSack(packet, options.sackAt(), options.sackBlocks(), options.sackBlocks() - 1);
        return true;
    }

    /** Makes a SACK option of {@code blocks} blocks say only its first {@code keep}. */
    static void shortenSack(Packet packet, int at, int blocks, int keep) {
        if (keep == 0) {
            blank(packet, at, 2 + 8 * blocks);
            return;
        }
        packet.tcpShort(at, TcpOptions.SACK << 8 | 2 + 8 * keep);
        blank(packet, at + 2 + 8 * keep, 8 * (blocks - keep));
    }
}
