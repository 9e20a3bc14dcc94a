package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/**
 * The options of one TCP header (RFC 9293 §3.1, RFC 7323, RFC 2018), read in one pass into a reused view. Unknown options
 * are stepped over; an option whose length is impossible ends the reading, and what came before it counts.
 */
public final class TcpOptions {
    public static final int END = 0;
    public static final int NOP = 1;
    public static final int MSS = 2;
    public static final int WINDOW_SCALE = 3;
    public static final int SACK_PERMITTED = 4;
    public static final int SACK = 5;
    public static final int TIMESTAMPS = 8;

    /** RFC 7323 §2.3: a larger shift is read as 14. */
    public static final int MAX_WINDOW_SCALE = 14;

    /** MSS that is meant when the option is absent, IPv4 (RFC 9293 §3.7.1). */
    public static final int DEFAULT_MSS = 536;

    private int mss;
    private int windowScale;
    private boolean sackPermitted;
    private int timestampsAt;
    private int sackAt;
    private int sackBlocks;
    private int tsVal;
    private int tsEcr;

    /** Reads the options of a TCP packet. */
    public TcpOptions parse(Packet packet) {
        return parse(packet.frame(), packet.l4() + Tcp.MIN_BYTES, packet.payload());
    }

    /** Reads the option bytes in {@code [from, to)}. */
    public TcpOptions parse(ByteBuf buf, int from, int to) {
        mss = -1;
        windowScale = -1;
        sackPermitted = false;
        timestampsAt = -1;
        sackAt = -1;
        sackBlocks = 0;
        tsVal = 0;
        tsEcr = 0;
        int at = from;
        while (at < to) {
            int kind = buf.getUnsignedByte(at);
            if (kind == END) {
                break;
            }
            if (kind == NOP) {
                at++;
                continue;
            }
            if (at + 1 >= to) {
                break;
            }
            int length = buf.getUnsignedByte(at + 1);
            if (length < 2 || at + length > to) {
                break;
            }
            read(buf, at, kind, length);
            at += length;
        }
        return this;
    }

    private void read(ByteBuf buf, int at, int kind, int length) {
        switch (kind) {
            case MSS -> {
                if (length == 4) {
                    mss = buf.getUnsignedShort(at + 2);
                }
            }
            case WINDOW_SCALE -> {
                if (length == 3) {
                    windowScale = Math.min(MAX_WINDOW_SCALE, buf.getUnsignedByte(at + 2));
                }
            }
            case SACK_PERMITTED -> sackPermitted |= length == 2;
            case SACK -> {
                if (length >= 10 && (length - 2 & 7) == 0) {
                    sackAt = at;
                    sackBlocks = length - 2 >>> 3;
                }
            }
            case TIMESTAMPS -> {
                if (length == 10) {
                    timestampsAt = at;
                    tsVal = buf.getInt(at + 2);
                    tsEcr = buf.getInt(at + 6);
                }
            }
            default -> {
                // Not ours to read; it travels as it is.
            }
        }
    }

    /** The MSS option, or -1. */
    public int mss() {
        return mss;
    }

    /** The shift of the window scale option, 0..14, or -1 if absent. */
    public int windowScale() {
        return windowScale;
    }

    public boolean sackPermitted() {
        return sackPermitted;
    }

    public boolean hasTimestamps() {
        return timestampsAt >= 0;
    }

    /** Where the timestamps option begins in the frame (its kind byte), or -1. TSval is at +2, TSecr at +6. */
    public int timestampsAt() {
        return timestampsAt;
    }

    public int tsVal() {
        return tsVal;
    }

    public int tsEcr() {
        return tsEcr;
    }

    /** Where the SACK option begins in the frame (its kind byte), or -1. Block i has its left edge at +2+8i. */
    public int sackAt() {
        return sackAt;
    }

    public int sackBlocks() {
        return sackBlocks;
    }
}
