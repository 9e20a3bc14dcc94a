package dev.understudy.tools.script;

import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** A packet that our stack sent, or that was injected: a copy, so that it can be looked at for as long as it is needed. */
final class Seen {
    private final long at;
    private final Packet packet = new Packet();
    private final TcpOptions options = new TcpOptions();

    /** Copies {@code frame}, which is left as it is. */
    Seen(long at, ByteBuf frame) {
        this.at = at;
        packet.parse(Unpooled.copiedBuffer(frame));
        if (packet.isTcp()) {
            options.parse(packet);
        }
    }

    /** Nanoseconds since the script began. */
    long at() {
        return at;
    }

    Packet packet() {
        return packet;
    }

    TcpOptions options() {
        return options;
    }

    boolean has(int flags) {
        return packet.has(flags);
    }

    int urgent() {
        return packet.frame().getUnsignedShort(packet.l4() + Tcp.URGENT_OFFSET);
    }
}
