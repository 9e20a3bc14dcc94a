package dev.understudy.tools.kernel;

import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sits where a link meets its device, and remembers every IPv4 address in the headers and ARP messages that pass, as a
 * capture on the device would show them.
 */
final class AddressWatch extends ChannelDuplexHandler {
    private static final int IPV4 = 0x0800;
    private static final int ARP = 0x0806;

    private final Set<Integer> seen = ConcurrentHashMap.newKeySet();

    /** The addresses, dotted. */
    Set<String> addresses() {
        Set<String> all = new TreeSet<>();
        for (int a : seen) {
            all.add(
                    (a >>> 24)
                            + "."
                            + (a >>> 16 & 0xFF)
                            + "."
                            + (a >>> 8 & 0xFF)
                            + "."
                            + (a & 0xFF));
        }
        return all;
    }

    void clear() {
        seen.clear();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        look(message);
        ctx.fireChannelRead(message);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // it is the promise itself
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        look(message);
        ctx.write(message, promise);
    }

    private void look(Object message) {
        if (!(message instanceof ByteBuf frame)
                || frame.readableBytes() < VirtioNet.BYTES + Ethernet.BYTES + 28) {
            return;
        }
        int eth = frame.readerIndex() + VirtioNet.BYTES;
        int type = frame.getUnsignedShort(eth + 12);
        int payload = eth + Ethernet.BYTES;
        if (type == IPV4) {
            seen.add(frame.getInt(payload + 12));
            seen.add(frame.getInt(payload + 16));
        } else if (type == ARP) {
            seen.add(frame.getInt(payload + 14));
            seen.add(frame.getInt(payload + 24));
        }
    }
}
