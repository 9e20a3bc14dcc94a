package dev.understudy.dispatcher.session.sim;

import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/** Where frames go, and complaints. */
record Ground(PacketBuilder builder, Consumer<ByteBuf> output, Consumer<String> violation) {
    /** What a host says to a segment that belongs to no connection (RFC 9293 §3.10.7.1). */
    void refuse(Packet packet) {
        if (packet.has(Tcp.RST)) {
            return;
        }
        boolean ack = packet.has(Tcp.ACK);
        send(
                Ends.answering(packet),
                ack ? packet.ack() : 0,
                ack ? 0 : packet.seq() + packet.segmentLength(),
                ack ? Tcp.RST : Tcp.RST | Tcp.ACK,
                0,
                null,
                null);
    }

    void send(
            Ends ends,
            int seq,
            int ack,
            int flags,
            int window,
            TcpOptionWriter options,
            ByteBuf payload) {
        output.accept(
                builder.tcp(
                        ends.local().hi(),
                        ends.local().lo(),
                        ends.localPort(),
                        ends.remote().hi(),
                        ends.remote().lo(),
                        ends.remotePort(),
                        seq,
                        ack,
                        flags,
                        window,
                        options,
                        payload));
    }
}
