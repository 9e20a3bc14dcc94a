package dev.understudy.stack.host;

import dev.understudy.stack.tcp.TcpConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.FileRegion;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Writes {@link FileRegion}s to a connection: there is no kernel below to send a file, so it is read piece by piece. */
final class FileRegions {
    private static final int PIECE = 256 * 1024;

    private FileRegions() {}

    /** Writes what there is room for; returns whether that was all. */
    static boolean write(FileRegion region, TcpConnection connection, ChannelOutboundBuffer in)
            throws IOException {
        while (region.transferred() < region.count()) {
            int room = Math.min(connection.room(), PIECE);
            if (room == 0) {
                // Asks to be told when there is room: a write that is not taken whole does.
                connection.write(Unpooled.wrappedBuffer(new byte[1]));
                return false;
            }
            ByteBuf piece = PooledByteBufAllocator.DEFAULT.directBuffer(room, room);
            try {
                long moved = region.transferTo(new Filler(piece), region.transferred());
                if (moved <= 0) {
                    throw new EOFException("the file is shorter than the region to be sent");
                }
                connection.write(piece);
                in.progress(moved);
            } finally {
                piece.release();
            }
        }
        return true;
    }

    /** Takes bytes until the buffer is full. */
    private record Filler(ByteBuf buffer) implements WritableByteChannel {
        @Override
        public int write(ByteBuffer source) {
            int bytes = Math.min(source.remaining(), buffer.writableBytes());
            int limit = source.limit();
            source.limit(source.position() + bytes);
            buffer.writeBytes(source);
            source.limit(limit);
            return bytes;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // There is nothing to be closed.
        }
    }
}
