package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/**
 * The Internet checksum (RFC 1071), computed in full and updated in place (RFC 1624, equation 3).
 *
 * <p>Sums are kept unfolded in a {@code long} and folded once at the end. A <em>full</em> checksum field holds the
 * complement of the sum; a <em>partial</em> one (virtio's {@code NEEDS_CSUM}) holds the folded sum of the pseudo-header
 * alone, not complemented, so that an update adds where a full one subtracts.
 */
public final class Checksum {
    private Checksum() {}

    /** Sum of the 16-bit words in {@code [from, to)}, unfolded; an odd last byte counts as the high half of a word. */
    public static long sum(ByteBuf buf, int from, int to) {
        long sum = 0;
        int at = from;
        for (; to - at >= 8; at += 8) {
            long word = buf.getLong(at);
            sum += (word >>> 32) + (word & 0xFFFFFFFFL);
        }
        if (to - at >= 4) {
            sum += buf.getUnsignedInt(at);
            at += 4;
        }
        if (to - at >= 2) {
            sum += buf.getUnsignedShort(at);
            at += 2;
        }
        if (to > at) {
            sum += (long) buf.getUnsignedByte(at) << 8;
        }
        return sum;
    }

    /** Folds an unfolded sum to 16 bits with end-around carry. */
    public static int fold(long sum) {
        long folded = (sum >>> 32) + (sum & 0xFFFFFFFFL);
        folded = (folded >>> 32) + (folded & 0xFFFFFFFFL);
        folded = (folded >>> 16) + (folded & 0xFFFF);
        folded = (folded >>> 16) + (folded & 0xFFFF);
        folded = (folded >>> 16) + (folded & 0xFFFF);
        return (int) folded;
    }

    /** The field value for an unfolded sum: its folded complement. */
    public static int finish(long sum) {
        return ~fold(sum) & 0xFFFF;
    }

    /** The 32-bit words of a 64-bit value, added: what the value contributes to an unfolded sum when 4-byte aligned. */
    public static long words(long value) {
        return (value >>> 32) + (value & 0xFFFFFFFFL);
    }

    /**
     * A full checksum field after {@code oldSum} bytes were replaced by {@code newSum} bytes: RFC 1624 equation 3, {@code
     * HC' = ~(~HC + ~m + m')}. Both are unfolded sums of the words concerned.
     */
    public static int update(int field, long oldSum, long newSum) {
        return ~fold((~field & 0xFFFFL) + (~fold(oldSum) & 0xFFFFL) + fold(newSum)) & 0xFFFF;
    }

    /** A partial (pseudo-header only) checksum field after a change of the pseudo-header: the opposite sign of {@link #update}. */
    public static int updatePartial(int field, long oldSum, long newSum) {
        return fold((field & 0xFFFFL) + (~fold(oldSum) & 0xFFFFL) + fold(newSum));
    }

    /** Unfolded sum of the IPv4 pseudo-header (RFC 9293 §3.1): addresses, protocol, length of the transport segment. */
    public static long pseudoHeader4(int source, int destination, int protocol, int length) {
        return (source & 0xFFFFFFFFL) + (destination & 0xFFFFFFFFL) + protocol + length;
    }

    /** Unfolded sum of the IPv6 pseudo-header (RFC 8200 §8.1). */
    public static long pseudoHeader6(
            long srcHi, long srcLo, long dstHi, long dstLo, int protocol, int length) {
        return words(srcHi) + words(srcLo) + words(dstHi) + words(dstLo) + protocol + length;
    }
}
