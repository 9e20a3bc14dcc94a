package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/**
 * The {@code virtio_net_hdr_mrg_rxbuf} that precedes every frame (virtio 1.2 §5.1.6): 12 bytes that say which work a
 * sender left to be done, segmentation and checksum. Multi-byte fields are little-endian, as TAP gives them after {@code
 * TUNSETVNETLE}. All zero means: an ordinary frame, nothing left to do.
 */
public final class VirtioNet {
    /** Length of the header. */
    public static final int BYTES = 12;

    public static final int FLAGS_OFFSET = 0;
    public static final int GSO_TYPE_OFFSET = 1;
    public static final int HDR_LEN_OFFSET = 2;
    public static final int GSO_SIZE_OFFSET = 4;
    public static final int CSUM_START_OFFSET = 6;
    public static final int CSUM_OFFSET_OFFSET = 8;
    public static final int NUM_BUFFERS_OFFSET = 10;

    /** The transport checksum field holds only the pseudo-header sum. */
    public static final int NEEDS_CSUM = 1;

    /** The transport checksum was verified, or the frame never left memory. */
    public static final int DATA_VALID = 2;

    public static final int GSO_NONE = 0;
    public static final int GSO_TCPV4 = 1;
    public static final int GSO_UDP = 3;
    public static final int GSO_TCPV6 = 4;
    public static final int GSO_UDP_L4 = 5;

    /** Or'ed to a TCP type: the segment has CWR set (RFC 3168), which only its first slice may keep. */
    public static final int GSO_ECN = 0x80;

    private VirtioNet() {}

    public static int flags(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + FLAGS_OFFSET);
    }

    public static void flags(ByteBuf buf, int at, int value) {
        buf.setByte(at + FLAGS_OFFSET, value);
    }

    public static int gsoType(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + GSO_TYPE_OFFSET);
    }

    public static void gsoType(ByteBuf buf, int at, int value) {
        buf.setByte(at + GSO_TYPE_OFFSET, value);
    }

    /** Length of all headers of a segment to be sliced, from the start of the Ethernet header; a hint only. */
    public static int hdrLen(ByteBuf buf, int at) {
        return buf.getUnsignedShortLE(at + HDR_LEN_OFFSET);
    }

    public static void hdrLen(ByteBuf buf, int at, int value) {
        buf.setShortLE(at + HDR_LEN_OFFSET, value);
    }

    /** Payload bytes per slice. */
    public static int gsoSize(ByteBuf buf, int at) {
        return buf.getUnsignedShortLE(at + GSO_SIZE_OFFSET);
    }

    public static void gsoSize(ByteBuf buf, int at, int value) {
        buf.setShortLE(at + GSO_SIZE_OFFSET, value);
    }

    /** Where the transport header begins, from the start of the Ethernet header. */
    public static int csumStart(ByteBuf buf, int at) {
        return buf.getUnsignedShortLE(at + CSUM_START_OFFSET);
    }

    public static void csumStart(ByteBuf buf, int at, int value) {
        buf.setShortLE(at + CSUM_START_OFFSET, value);
    }

    /** Where the checksum field is, from {@link #csumStart}. */
    public static int csumOffset(ByteBuf buf, int at) {
        return buf.getUnsignedShortLE(at + CSUM_OFFSET_OFFSET);
    }

    public static void csumOffset(ByteBuf buf, int at, int value) {
        buf.setShortLE(at + CSUM_OFFSET_OFFSET, value);
    }

    /**
     * Does the checksum that {@link #NEEDS_CSUM} leaves to be done, whatever protocol it is of, and takes the flag away: the
     * sum from csum_start to the frame's end goes to csum_offset. Nothing but the flag changes if those lie outside the
     * frame.
     */
    public static void completeChecksum(ByteBuf buf, int at) {
        int flags = flags(buf, at);
        if ((flags & NEEDS_CSUM) == 0) {
            return;
        }
        flags(buf, at, flags & ~NEEDS_CSUM);
        int start = at + BYTES + csumStart(buf, at);
        int field = start + csumOffset(buf, at);
        if (field + 2 <= buf.writerIndex()) {
            int sum = Checksum.finish(Checksum.sum(buf, start, buf.writerIndex()));
            buf.setShort(field, sum == 0 ? 0xFFFF : sum);
        }
    }

    /** Makes the header say: an ordinary frame, nothing left to do. */
    public static void clear(ByteBuf buf, int at) {
        buf.setLong(at, 0);
        buf.setInt(at + 8, 0);
    }
}
