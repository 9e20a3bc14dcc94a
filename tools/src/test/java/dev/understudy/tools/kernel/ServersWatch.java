package dev.understudy.tools.kernel;

import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Sits where the network side meets its device, and knows of each network-side port what servers have said to its latest
 * connection: whether one has acknowledged a byte of the request, sent a byte, or closed. A session of which none of this
 * is true has come to no server yet, as far as anybody outside that server can tell, and every other could still take it.
 *
 * <p>It reads headers by itself and shares nothing with the dispatcher but the view on packets. Written by the loop, read
 * by the test.
 */
final class ServersWatch extends ChannelDuplexHandler {
    private static final int TOUCHED = 1;

    private final Packet packet = new Packet();
    private final int[] isn = new int[1 << 16];
    private final AtomicIntegerArray said = new AtomicIntegerArray(1 << 16);

    /** Whether a server has acknowledged, answered or closed the latest connection from this port. */
    boolean touched(int port) {
        return said.get(port) == TOUCHED;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (isTcp(message)) {
            int port = packet.dstPort();
            boolean beyondSyn = packet.has(Tcp.ACK) && SeqNum.gt(packet.ack(), isn[port] + 1);
            if (beyondSyn || packet.has(Tcp.FIN) || packet.payloadLength() > 0) {
                said.lazySet(port, TOUCHED);
            }
        }
        ctx.fireChannelRead(message);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // it is the promise itself
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (isTcp(message) && (packet.flags() & (Tcp.SYN | Tcp.ACK)) == Tcp.SYN) {
            int port = packet.srcPort();
            if (isn[port] != packet.seq()) {
                isn[port] = packet.seq();
                said.lazySet(port, 0);
            }
        }
        ctx.write(message, promise);
    }

    private boolean isTcp(Object message) {
        return message instanceof ByteBuf frame
                && packet.parse(frame) == Packet.Parse.OK
                && packet.isTcp()
                && packet.hasPorts();
    }
}
