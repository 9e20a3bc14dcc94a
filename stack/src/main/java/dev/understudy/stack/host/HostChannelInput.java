package dev.understudy.stack.host;

import dev.understudy.stack.tcp.TcpConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;

/**
 * The reading half of a {@link HostChannel}: what has come is handed to the pipeline when somebody asks for it, and the end
 * of input behind it. Runs on the loop; a handler that reads or closes while it is handed something is not called within
 * its own call.
 */
final class HostChannelInput {
    /** Buffers that one read request may give, as with Netty's own channels. */
    static final int MESSAGES_PER_READ = 16;

    /** Read requests that are answered before others on the loop have their turn. */
    private static final int ROUNDS = 4;

    private final HostChannel channel;
    private final HostLink link;
    private boolean wanted;
    private boolean delivering;
    private boolean deliveryRequested;
    private boolean shutdown;

    HostChannelInput(HostChannel channel, HostLink link) {
        this.channel = channel;
        this.link = link;
    }

    /** Somebody wants to read. */
    void request() {
        wanted = true;
        if (!delivering && isThere()) {
            deliverLater();
        }
    }

    private boolean isThere() {
        TcpConnection connection = channel.tcp();
        return connection.readable() > 0 || connection.inputEnded() && !shutdown;
    }

    private void deliverLater() {
        if (!deliveryRequested) {
            deliveryRequested = true;
            channel.eventLoop()
                    .execute(
                            () -> {
                                deliveryRequested = false;
                                deliver();
                            });
        }
    }

    /** Hands over what is there, as far as it is asked for. */
    void deliver() {
        if (!wanted || delivering || !channel.isRegistered()) {
            return;
        }
        delivering = true;
        TcpConnection connection = channel.tcp();
        try {
            int rounds = ROUNDS;
            while (wanted && channel.isOpen() && connection.readable() > 0 && rounds-- > 0) {
                wanted = false;
                deliverOnce(connection);
            }
            if (wanted && channel.isOpen() && !shutdown && connection.readable() == 0) {
                end(connection);
            }
        } finally {
            delivering = false;
        }
        if (wanted && channel.isOpen() && isThere()) {
            deliverLater();
        }
        link.check();
    }

    private void deliverOnce(TcpConnection connection) {
        int messages = MESSAGES_PER_READ;
        for (ByteBuf data = connection.read();
                data != null;
                data = messages-- > 1 && channel.isOpen() ? connection.read() : null) {
            channel.pipeline().fireChannelRead(data);
        }
        channel.pipeline().fireChannelReadComplete();
        if (channel.isOpen()) {
            connection.flush(link.now());
        }
    }

    private void end(TcpConnection connection) {
        if (!connection.inputEnded()) {
            return;
        }
        shutdown = true;
        if (channel.config().allowHalfClosure()) {
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
            if (channel.isOutputShutdown() && channel.isOpen()) {
                channel.unsafe().close(channel.voidPromise());
            }
        } else {
            channel.unsafe().close(channel.voidPromise());
        }
    }

    /** Nothing more is read; TCP has no way to tell the peer, whose window closes. */
    void shutdown() {
        shutdown = true;
        wanted = false;
    }

    boolean isShutdown() {
        return shutdown;
    }
}
