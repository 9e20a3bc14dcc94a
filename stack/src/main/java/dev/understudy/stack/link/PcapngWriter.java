package dev.understudy.stack.link;

import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes a capture in pcapng (draft-ietf-opsawg-pcapng) that Wireshark opens: one section, an interface for each link,
 * time stamps in nanoseconds, direction flags and comments.
 *
 * <p>{@link #record} copies a frame and returns; a thread of this writer's own does the I/O. What waits for the disk is
 * limited in bytes. Beyond that frames are left out of the capture and counted, and the path is never held up.
 *
 * <p>Frames are recorded as they would be on the wire: a partial checksum is completed in the copy. Only a super-segment
 * keeps its partial sum, because there is no true one.
 */
public final class PcapngWriter implements Closeable {
    /** What may wait for the disk, in bytes. */
    public static final int DEFAULT_BACKLOG = 16 << 20;

    private static final int SECTION_HEADER = 0x0A0D0D0A;
    private static final int BYTE_ORDER_MAGIC = 0x1A2B3C4D;
    private static final int INTERFACE_DESCRIPTION = 1;
    private static final int ENHANCED_PACKET = 6;
    private static final int LINKTYPE_ETHERNET = 1;
    private static final int OPTION_END = 0;
    private static final int OPTION_COMMENT = 1;
    private static final int SHB_USERAPPL = 4;
    private static final int IF_NAME = 2;
    private static final int IF_TSRESOL = 9;
    private static final int EPB_FLAGS = 2;
    private static final int NANOSECONDS = 9;
    private static final int INBOUND = 1;
    private static final int OUTBOUND = 2;
    private static final int MAX_COMMENT_BYTES = 4096;
    private static final int EPB_FIXED_BYTES = 28;
    private static final int OPTIONS_BYTES = 32;

    private final OutputStream out;
    private final ByteBufAllocator allocator;
    private final long backlogLimit;
    private final BlockingQueue<ByteBuf> blocks = new LinkedBlockingQueue<>();
    private final AtomicLong backlog = new AtomicLong();
    private final AtomicLong left = new AtomicLong();
    private final ByteBuf end; // the one empty block
    private final Thread thread;
    private int interfaces;
    private boolean closed;
    private volatile IOException failure;

    public PcapngWriter(OutputStream out, ByteBufAllocator allocator) {
        this(out, allocator, DEFAULT_BACKLOG);
    }

    /** With a limit, in bytes, of what may wait for {@code out}, which this writer closes in the end. */
    public PcapngWriter(OutputStream out, ByteBufAllocator allocator, long backlogLimit) {
        this.out = out;
        this.allocator = allocator;
        this.backlogLimit = backlogLimit;
        this.end = allocator.buffer(0, 0);
        this.thread = new Thread(this::writeBlocks, "pcapng");
        thread.setDaemon(true);
        sectionHeader();
        thread.start();
    }

    private void sectionHeader() {
        ByteBuf block = begin(SECTION_HEADER, 64);
        block.writeIntLE(BYTE_ORDER_MAGIC);
        block.writeShortLE(1);
        block.writeShortLE(0);
        block.writeLongLE(-1);
        option(block, SHB_USERAPPL, "Understudy".getBytes(StandardCharsets.UTF_8));
        block.writeIntLE(OPTION_END);
        finish(block);
    }

    /** Adds a link to the capture; returns the number by which frames name it. */
    public synchronized int addInterface(String name) {
        ByteBuf block = begin(INTERFACE_DESCRIPTION, 64 + name.length() * 4);
        block.writeShortLE(LINKTYPE_ETHERNET);
        block.writeShortLE(0);
        block.writeIntLE(0);
        option(block, IF_NAME, name.getBytes(StandardCharsets.UTF_8));
        option(block, IF_TSRESOL, new byte[] {NANOSECONDS});
        block.writeIntLE(OPTION_END);
        finish(block);
        return interfaces++;
    }

    /**
     * Records one frame, which is not changed or released. Callable from several threads.
     *
     * @param link the number of {@link #addInterface}
     * @param epochNanos when, in nanoseconds since 1970
     * @param outbound whether we sent it
     * @param comment what Wireshark shows with the packet; empty for none
     */
    public void record(int link, long epochNanos, ByteBuf frame, boolean outbound, String comment) {
        int bytes = frame.readableBytes() - VirtioNet.BYTES;
        if (bytes < 0) {
            return;
        }
        int commentBytes = Math.min(ByteBufUtil.utf8Bytes(comment), MAX_COMMENT_BYTES);
        if (backlog.get() + bytes > backlogLimit || failure != null) {
            left.incrementAndGet();
            return;
        }
        ByteBuf block =
                begin(ENHANCED_PACKET, EPB_FIXED_BYTES + bytes + OPTIONS_BYTES + commentBytes);
        block.writeIntLE(link);
        block.writeIntLE((int) (epochNanos >>> 32));
        block.writeIntLE((int) epochNanos);
        block.writeIntLE(bytes);
        block.writeIntLE(bytes);
        int at = block.writerIndex();
        block.writeBytes(frame, frame.readerIndex() + VirtioNet.BYTES, bytes);
        completeChecksum(frame, block, at);
        pad(block);
        if (commentBytes > 0) {
            byte[] text = comment.getBytes(StandardCharsets.UTF_8);
            option(block, OPTION_COMMENT, text.length <= commentBytes ? text : cut(comment));
        }
        block.writeShortLE(EPB_FLAGS);
        block.writeShortLE(Integer.BYTES);
        block.writeIntLE(outbound ? OUTBOUND : INBOUND);
        block.writeIntLE(OPTION_END);
        finish(block);
    }

    /** A comment's beginning, of whole characters. */
    private static byte[] cut(String comment) {
        return comment.substring(0, MAX_COMMENT_BYTES / 4).getBytes(StandardCharsets.UTF_8);
    }

    private static void completeChecksum(ByteBuf frame, ByteBuf block, int at) {
        int base = frame.readerIndex();
        if ((VirtioNet.flags(frame, base) & VirtioNet.NEEDS_CSUM) == 0
                || VirtioNet.gsoType(frame, base) != VirtioNet.GSO_NONE) {
            return;
        }
        // The virtio header goes in front for a moment: the block's own header is written when it
        // is finished.
        int header = at - VirtioNet.BYTES;
        long first = block.getLong(header);
        int rest = block.getInt(header + Long.BYTES);
        block.setBytes(header, frame, base, VirtioNet.BYTES);
        VirtioNet.completeChecksum(block, header);
        block.setLong(header, first);
        block.setInt(header + Long.BYTES, rest);
    }

    /** Frames that are not in the capture because the disk was too slow, or failed. */
    public long left() {
        return left.get();
    }

    private ByteBuf begin(int type, int estimate) {
        ByteBuf block = allocator.buffer(estimate + 16);
        block.writeIntLE(type);
        block.writeIntLE(0);
        return block;
    }

    private static void option(ByteBuf block, int code, byte[] value) {
        block.writeShortLE(code);
        block.writeShortLE(value.length);
        block.writeBytes(value);
        pad(block);
    }

    private static void pad(ByteBuf block) {
        block.writeZero(-block.writerIndex() & 3);
    }

    private void finish(ByteBuf block) {
        int length = block.readableBytes() + Integer.BYTES;
        block.setIntLE(4, length);
        block.writeIntLE(length);
        backlog.addAndGet(length);
        blocks.add(block);
    }

    private void writeBlocks() {
        boolean more = true;
        while (more) {
            try {
                ByteBuf block = blocks.poll();
                if (block == null) {
                    flush();
                    block = blocks.take();
                }
                more = block.isReadable();
                write(block);
            } catch (InterruptedException ignored) {
                // Closing is by the end mark alone.
            }
        }
        flush();
    }

    private void write(ByteBuf block) {
        int length = block.readableBytes();
        try {
            if (failure == null) {
                block.readBytes(out, length);
            }
        } catch (IOException e) {
            failure = e;
        } finally {
            block.release();
            backlog.addAndGet(-length);
        }
    }

    private void flush() {
        try {
            if (failure == null) {
                out.flush();
            }
        } catch (IOException e) {
            failure = e;
        }
    }

    /**
     * Writes what was recorded so far, and closes the stream. Nothing is to be recorded afterwards.
     *
     * @throws IOException if anything of the capture could not be written
     */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        blocks.add(end);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        out.close();
        if (failure != null) {
            throw failure;
        }
    }
}
