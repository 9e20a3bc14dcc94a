package dev.understudy.tools.script;

import dev.understudy.stack.tcp.TcpConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Optional;

/** Reading and writing on a socket, as POSIX says: at once, in part, or later. */
final class Transfers {
    /** What is written is zeroes; scripts speak of lengths only. */
    private static final ByteBuf ZEROES = Unpooled.wrappedBuffer(new byte[64 * 1024]);

    private Transfers() {}

    /** Reads up to {@code length} bytes; empty if there is nothing yet. {@code all}: as many as that (MSG_WAITALL). */
    static Optional<Outcome> read(Socket socket, int length, boolean all, long now) {
        TcpConnection connection = socket.connection().orElse(null);
        if (connection == null) {
            return Optional.of(Outcome.error("ENOTCONN"));
        }
        int readable = connection.readable();
        boolean ended = connection.inputEnded() || socket.inputShut() || connection.isClosed();
        if (readable > 0 && length > 0 && (!all || readable >= length || ended)) {
            int wanted = Math.min(readable, length);
            int left = wanted;
            while (left > 0) {
                ByteBuf data = connection.read(left);
                if (data == null) {
                    break;
                }
                left -= data.readableBytes();
                data.release();
            }
            connection.flush(now);
            return Optional.of(Outcome.of(wanted - left));
        }
        if (socket.hasError()) {
            return Optional.of(Outcome.error(socket.takeError()));
        }
        return ended ? Optional.of(Outcome.of(0)) : Optional.empty();
    }

    /** Writes what there is room for, up to {@code length} bytes; empty if there is none. */
    static Optional<Outcome> write(Socket socket, int length, long now) {
        TcpConnection connection = socket.connection().orElse(null);
        if (socket.hasError()) {
            return Optional.of(Outcome.error(socket.takeError()));
        }
        if (connection == null) {
            return Optional.of(Outcome.error("EPIPE"));
        }
        if (socket.outputShut() || connection.isClosed()) {
            return Optional.of(Outcome.error("EPIPE"));
        }
        int taken = 0;
        while (taken < length) {
            ByteBuf data = ZEROES.duplicate();
            data.writerIndex(Math.min(data.capacity(), length - taken));
            int step = connection.write(data);
            if (step == 0) {
                break;
            }
            taken += step;
        }
        connection.flush(now);
        return taken > 0 || length == 0 ? Optional.of(Outcome.of(taken)) : Optional.empty();
    }
}
