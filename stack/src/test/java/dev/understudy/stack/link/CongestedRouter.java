package dev.understudy.stack.link;

import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * A router on a link that experiences congestion (RFC 3168 §5): of the packets whose senders understand marks, it marks one
 * of so many, in both directions, and drops none.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the promise that is handed on tells
public final class CongestedRouter extends ChannelDuplexHandler {
    private static final int EXPERIENCED = 3;

    private final int oneOf;
    private final Packet packet = new Packet();
    private int capable;

    public CongestedRouter(int oneOf) {
        this.oneOf = oneOf;
    }

    /** Packets so far that could have been marked. */
    public int capable() {
        return capable;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        route((ByteBuf) message);
        context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        route((ByteBuf) message);
        context.write(message, promise);
    }

    private void route(ByteBuf frame) {
        if (packet.parse(frame) == Packet.Parse.OK && isCapable(packet) && ++capable % oneOf == 0) {
            mark(packet);
        }
    }

    /** Whether a packet's sender understands marks. */
    public static boolean isCapable(Packet packet) {
        return (tos(packet) & EXPERIENCED) != 0;
    }

    private static int tos(Packet packet) {
        return packet.isIpv6()
                ? Ipv6.trafficClass(packet.frame(), packet.l3())
                : Ipv4.tos(packet.frame(), packet.l3());
    }

    /** Marks a packet as having experienced congestion. */
    public static void mark(Packet packet) {
        ByteBuf frame = packet.frame();
        int l3 = packet.l3();
        if (packet.isIpv6()) {
            frame.setInt(l3, frame.getInt(l3) | EXPERIENCED << 20);
        } else {
            frame.setByte(l3 + Ipv4.TOS_OFFSET, tos(packet) | EXPERIENCED);
            Ipv4.fixChecksum(frame, l3);
        }
    }
}
