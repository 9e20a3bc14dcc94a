package dev.understudy.stack.link;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import java.net.SocketAddress;

/** Passes all calls on. Needed because Netty's {@code AbstractUnsafe} does not let its write be overridden. */
abstract class ForwardingUnsafe implements Channel.Unsafe {
    private final Channel.Unsafe unsafe;

    ForwardingUnsafe(Channel.Unsafe unsafe) {
        this.unsafe = unsafe;
    }

    @Override
    @SuppressWarnings("deprecation") // the interface demands it
    public final RecvByteBufAllocator.Handle recvBufAllocHandle() {
        return unsafe.recvBufAllocHandle();
    }

    @Override
    public final SocketAddress localAddress() {
        return unsafe.localAddress();
    }

    @Override
    public final SocketAddress remoteAddress() {
        return unsafe.remoteAddress();
    }

    @Override
    public final void register(EventLoop eventLoop, ChannelPromise promise) {
        unsafe.register(eventLoop, promise);
    }

    @Override
    public final void bind(SocketAddress localAddress, ChannelPromise promise) {
        unsafe.bind(localAddress, promise);
    }

    @Override
    public final void connect(
            SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
        unsafe.connect(remoteAddress, localAddress, promise);
    }

    @Override
    public final void disconnect(ChannelPromise promise) {
        unsafe.disconnect(promise);
    }

    @Override
    public final void close(ChannelPromise promise) {
        unsafe.close(promise);
    }

    @Override
    public final void closeForcibly() {
        unsafe.closeForcibly();
    }

    @Override
    public final void deregister(ChannelPromise promise) {
        unsafe.deregister(promise);
    }

    @Override
    public final void beginRead() {
        unsafe.beginRead();
    }

    @Override
    public final ChannelPromise voidPromise() {
        return unsafe.voidPromise();
    }

    @Override
    public final ChannelOutboundBuffer outboundBuffer() {
        return unsafe.outboundBuffer();
    }
}
