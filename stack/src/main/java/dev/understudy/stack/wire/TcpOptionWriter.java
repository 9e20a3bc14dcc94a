package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/**
 * The options of a TCP header that is being made, at most 40 bytes (RFC 9293 §3.1). Reused: {@link #clear} and set again.
 *
 * <p>The layout is the one of Linux, so that nothing on the way is surprised: MSS, SACK permitted sharing a word with the
 * timestamps (or two NOPs before them), window scale after a NOP, SACK blocks after two NOPs. Timestamps are therefore
 * aligned to 4 bytes (RFC 7323 appendix A). SACK blocks are the ones that yield when room runs out (RFC 2018 §3).
 */
public final class TcpOptionWriter {
    private static final int MAX_SACK_BLOCKS = 4;

    private final byte[] raw = new byte[Tcp.MAX_OPTION_BYTES];
    private final int[] sackEdges = new int[2 * MAX_SACK_BLOCKS];
    private int rawLength;
    private int mss;
    private int windowScale;
    private boolean sackPermitted;
    private boolean timestamps;
    private int tsVal;
    private int tsEcr;
    private int sackBlocks;

    public TcpOptionWriter() {
        clear();
    }

    /** Forgets all options. */
    public TcpOptionWriter clear() {
        rawLength = 0;
        mss = -1;
        windowScale = -1;
        sackPermitted = false;
        timestamps = false;
        sackBlocks = 0;
        return this;
    }

    /** Maximum segment size, 0..65535; -1 for none. */
    public TcpOptionWriter mss(int value) {
        mss = value;
        return this;
    }

    /** Window shift, 0..14; -1 for none. */
    public TcpOptionWriter windowScale(int shift) {
        windowScale = shift;
        return this;
    }

    public TcpOptionWriter sackPermitted(boolean value) {
        sackPermitted = value;
        return this;
    }

    public TcpOptionWriter timestamps(int val, int ecr) {
        timestamps = true;
        tsVal = val;
        tsEcr = ecr;
        return this;
    }

    /** Adds a block {@code [left, right)}; a fifth one is ignored. */
    public TcpOptionWriter sackBlock(int left, int right) {
        if (sackBlocks < MAX_SACK_BLOCKS) {
            sackEdges[2 * sackBlocks] = left;
            sackEdges[2 * sackBlocks + 1] = right;
            sackBlocks++;
        }
        return this;
    }

    /**
     * Adds option bytes as they are, behind the others; they are padded with END to a multiple of 4.
     *
     * @throws IllegalArgumentException if they are more than 40 bytes with the raw ones before
     */
    public TcpOptionWriter raw(ByteBuf buf, int from, int length) {
        if (rawLength + length > raw.length) {
            throw new IllegalArgumentException(
                    "TCP options of " + (rawLength + length) + " bytes are longer than 40");
        }
        buf.getBytes(from, raw, rawLength, length);
        rawLength += length;
        return this;
    }

    /** Adds option bytes as they are; see {@link #raw(ByteBuf, int, int)}. */
    public TcpOptionWriter raw(byte... bytes) {
        if (rawLength + bytes.length > raw.length) {
            throw new IllegalArgumentException(
                    "TCP options of " + (rawLength + bytes.length) + " bytes are longer than 40");
        }
        System.arraycopy(bytes, 0, raw, rawLength, bytes.length);
        rawLength += bytes.length;
        return this;
    }

    /** Bytes that {@link #write} will write: a multiple of 4; more than 40 only if the raw ones do not fit. */
    public int length() {
        int fixed = fixedLength();
        int blocks = blocksThatFit(fixed);
        return fixed + (blocks > 0 ? 4 + 8 * blocks : 0);
    }

    private int fixedLength() {
        int length = rawLength + 3 & ~3;
        if (mss >= 0) {
            length += 4;
        }
        if (timestamps) {
            length += 12;
        } else if (sackPermitted) {
            length += 4;
        }
        if (windowScale >= 0) {
            length += 4;
        }
        return length;
    }

    private int blocksThatFit(int fixed) {
        return Math.max(0, Math.min(sackBlocks, (Tcp.MAX_OPTION_BYTES - fixed - 4) / 8));
    }

    /** Writes {@link #length} bytes at {@code at}; indexes do not move. */
    public void write(ByteBuf buf, int at) {
        int next = at;
        if (mss >= 0) {
            buf.setInt(next, TcpOptions.MSS << 24 | 4 << 16 | mss & 0xFFFF);
            next += 4;
        }
        if (timestamps) {
            int first =
                    sackPermitted
                            ? TcpOptions.SACK_PERMITTED << 24 | 2 << 16
                            : TcpOptions.NOP << 24 | TcpOptions.NOP << 16;
            buf.setInt(next, first | TcpOptions.TIMESTAMPS << 8 | 10);
            buf.setInt(next + 4, tsVal);
            buf.setInt(next + 8, tsEcr);
            next += 12;
        } else if (sackPermitted) {
            buf.setInt(
                    next,
                    TcpOptions.NOP << 24
                            | TcpOptions.NOP << 16
                            | TcpOptions.SACK_PERMITTED << 8
                            | 2);
            next += 4;
        }
        if (windowScale >= 0) {
            buf.setInt(
                    next,
                    TcpOptions.NOP << 24
                            | TcpOptions.WINDOW_SCALE << 16
                            | 3 << 8
                            | Math.min(windowScale, TcpOptions.MAX_WINDOW_SCALE));
            next += 4;
        }
        int blocks = blocksThatFit(fixedLength());
        if (blocks > 0) {
            buf.setInt(
                    next,
                    TcpOptions.NOP << 24
                            | TcpOptions.NOP << 16
                            | TcpOptions.SACK << 8
                            | 2 + 8 * blocks);
            next += 4;
            for (int i = 0; i < 2 * blocks; i++) {
                buf.setInt(next, sackEdges[i]);
                next += 4;
            }
        }
        buf.setBytes(next, raw, 0, rawLength);
        for (int i = rawLength; (i & 3) != 0; i++) {
            buf.setByte(next + i, TcpOptions.END);
        }
    }
}
