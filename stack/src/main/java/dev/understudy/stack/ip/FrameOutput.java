package dev.understudy.stack.ip;

import io.netty.buffer.ByteBuf;

/** Where a frame whose Ethernet header is complete leaves. */
@FunctionalInterface
public interface FrameOutput {
    /** Writes one frame and takes its reference over. */
    void write(ByteBuf frame);
}
