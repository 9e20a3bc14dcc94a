package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * What every link carries: a {@link ByteBuf} whose readable bytes are a 12-byte {@link VirtioNet} header and an Ethernet
 * frame without FCS. At least {@link #HEADROOM} bytes lie in front of the readable ones, so that a header can grow (a
 * TCP option inserted) by moving the few bytes before the payload and not the payload.
 */
public final class Frames {
    /** Free bytes in front of a frame: room for a full set of TCP options, and the Ethernet header lands on 64. */
    public static final int HEADROOM = 64 - VirtioNet.BYTES;

    /** Longest IP datagram, with the headers in front of it and room for two VLAN tags. */
    public static final int MAX_BYTES = VirtioNet.BYTES + Ethernet.BYTES + 8 + 65535;

    private Frames() {}

    /** An empty frame buffer with its headroom, for up to {@code bytes} after the virtio header, which is zeroed. */
    public static ByteBuf allocate(ByteBufAllocator allocator, int bytes) {
        int length = HEADROOM + VirtioNet.BYTES + bytes;
        ByteBuf buf = allocator.directBuffer(length, length);
        buf.setIndex(HEADROOM, HEADROOM);
        buf.writeZero(VirtioNet.BYTES);
        return buf;
    }

    /** A copy with its own memory and headroom; the caller owns it. */
    public static ByteBuf copy(ByteBufAllocator allocator, ByteBuf frame) {
        int bytes = frame.readableBytes();
        ByteBuf copy = allocator.directBuffer(HEADROOM + bytes, HEADROOM + bytes);
        copy.setIndex(HEADROOM, HEADROOM);
        copy.writeBytes(frame, frame.readerIndex(), bytes);
        return copy;
    }
}
