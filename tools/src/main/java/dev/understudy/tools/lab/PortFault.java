package dev.understudy.tools.lab;

import dev.understudy.stack.ip.IcmpResponder;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;

/**
 * What is wrong with the way to a server inside the JVM: nothing, silence both ways, or a router that answers in its stead
 * with ICMP host unreachable. Sits in front of the server's host on its link; ARP goes on in every case.
 */
final class PortFault extends ChannelDuplexHandler {
    private final IpAddress router;
    private final Packet packet = new Packet();
    private final Packet answer = new Packet();
    private IcmpResponder icmp;
    private Fault fault = Fault.NONE;

    /** {@code router} is who says that the server is unreachable. */
    PortFault(IpAddress router) {
        this.router = router;
    }

    void inflict(Fault next) {
        fault = next;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        icmp = new IcmpResponder(context.alloc(), address -> false);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (fault.reachable() || !(message instanceof ByteBuf frame) || !isIp(frame)) {
            context.fireChannelRead(message);
            return;
        }
        try {
            if (fault == Fault.UNREACHABLE) {
                refuse((LinkChannel) context.channel(), context.executor().ticker().nanoTime());
            }
        } finally {
            frame.release();
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (fault.reachable() || !(message instanceof ByteBuf frame) || !isIp(frame)) {
            pass(context, message, promise);
        } else {
            ReferenceCountUtil.release(frame);
            promise.trySuccess();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it is the promise itself
    private static void pass(
            ChannelHandlerContext context, Object message, ChannelPromise promise) {
        context.write(message, promise);
    }

    private boolean isIp(ByteBuf frame) {
        return packet.parse(frame) == Packet.Parse.OK;
    }

    private void refuse(LinkChannel link, long now) {
        icmp.error(
                        packet,
                        router.hi(),
                        router.lo(),
                        Icmp.UNREACHABLE,
                        Icmp.CODE_HOST_UNREACHABLE,
                        0,
                        now)
                .ifPresent(
                        error -> {
                            answer.parse(error);
                            Ethernet.source(error, answer.eth(), link.mac());
                            Ethernet.destination(error, answer.eth(), packet.srcMac());
                            answerOn(link, error);
                        });
    }

    /** Below this handler, which would drop it. */
    @SuppressWarnings("FutureReturnValueIgnored") // it is the void promise, which never completes
    private void answerOn(LinkChannel link, ByteBuf error) {
        link.pipeline().context(this).write(error, link.voidPromise());
    }
}
