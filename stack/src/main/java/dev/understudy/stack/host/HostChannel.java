package dev.understudy.stack.host;

import dev.understudy.stack.tcp.CloseReason;
import dev.understudy.stack.tcp.TcpConnection;
import dev.understudy.stack.tcp.TcpHandler;
import dev.understudy.stack.wire.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelId;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.FileRegion;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A TCP connection of a {@link Host} as a Netty channel, opened by a bootstrap or accepted by a {@link HostServerChannel}.
 * Messages are {@link ByteBuf}s; {@link FileRegion}s may be written too.
 *
 * <p><b>Writing.</b> What is flushed goes into TCP's send buffer as far as there is room, and its promise is kept; the rest
 * waits in Netty's outbound buffer, whose water marks govern {@link #isWritable} as ever. A buffer that somebody else still
 * holds is copied, because TCP reads it again for every retransmission, long after its writer believes it gone.
 *
 * <p><b>Reading.</b> Without a read request data stays in TCP's receive buffer, and the window closes. The peer's FIN is
 * seen when what came before it has been read, and closes the channel, or is an event with {@code ALLOW_HALF_CLOSURE}. A
 * reset is an exception, then the end, whether somebody reads or not.
 *
 * <p><b>Closing</b> never waits: what is in TCP's send buffer is delivered behind the scenes. Unread data makes it a reset.
 */
public final class HostChannel extends AbstractChannel implements DuplexChannel, TcpHandler {
    private static final ChannelMetadata METADATA =
            new ChannelMetadata(false, HostChannelInput.MESSAGES_PER_READ);

    private final HostLink link;
    private final HostChannelConfig config = new HostChannelConfig(this);
    private final HostChannelOpening opening;
    private final HostChannelInput input;
    private TcpConnection connection;
    private boolean open = true;
    private boolean connected;
    private boolean writeBlocked;
    private boolean outputShutdown;

    /** One that will connect. */
    HostChannel(HostLink link) {
        this(link, (Channel) null);
    }

    /** One that was accepted. */
    HostChannel(HostLink link, Channel parent, TcpConnection accepted) {
        this(link, parent);
        connection = accepted;
        connected = true;
        accepted.handler(this);
        config.apply(accepted);
    }

    private HostChannel(HostLink link, Channel parent) {
        super(parent);
        this.link = link;
        opening = new HostChannelOpening(link);
        input = new HostChannelInput(this, link);
    }

    @Override
    protected ChannelId newId() {
        return HostChannelId.random();
    }

    @Override
    public HostChannelConfig config() {
        return config;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return connected && open;
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop == link.loop();
    }

    @Override
    protected SocketAddress localAddress0() {
        return connection == null ? null : HostChannels.socketAddress(connection.local());
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return connection == null ? null : HostChannels.socketAddress(connection.remote());
    }

    /** What TCP knows of the connection; empty before it connects. */
    public Optional<TcpConnection> connection() {
        return Optional.ofNullable(connection);
    }

    /** The connection, from the moment at which it connects. */
    TcpConnection tcp() {
        return connection;
    }

    void withConnection(Consumer<TcpConnection> action) {
        if (connection != null && !connection.isClosed()) {
            action.accept(connection);
        }
    }

    // ---- opening

    @Override
    protected void doRegister(ChannelPromise promise) {
        promise.setSuccess();
        if (connected && connection.isClosed() && connection.readable() == 0) {
            // It was reset while it waited to be accepted.
            eventLoop().execute(() -> unsafe().close(voidPromise()));
        }
    }

    @Override
    protected void doBind(SocketAddress address) {
        opening.bind(address);
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new HostUnsafe();
    }

    private final class HostUnsafe extends AbstractUnsafe {
        @Override
        public void connect(
                SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
            if (!promise.setUncancellable() || !ensureOpen(promise)) {
                return;
            }
            if (opening.isUnderWay()) {
                safeSetFailure(promise, new ConnectionPendingException());
                return;
            }
            if (connection != null) {
                safeSetFailure(promise, new AlreadyConnectedException());
                return;
            }
            try {
                if (localAddress != null) {
                    doBind(localAddress);
                }
                begin(HostChannels.endpoint(remoteAddress), promise);
            } catch (IOException | RuntimeException e) {
                safeSetFailure(promise, annotateConnectException(e, remoteAddress));
                closeIfClosed();
            }
        }

        @Override
        protected void flush0() {
            if (!writeBlocked) {
                super.flush0();
            }
        }

        void resume() {
            super.flush0();
        }
    }

    private void begin(Endpoint to, ChannelPromise promise) throws IOException {
        connection = opening.begin(to, this, promise);
        config.apply(connection);
        opening.limit(
                config.getConnectTimeoutMillis(),
                () -> failConnect(HostChannelOpening.failure(CloseReason.TIMED_OUT, to)));
        link.check();
    }

    @Override
    public void connected(TcpConnection ours, long now) {
        connected = true;
        if (opening.succeed()) {
            pipeline().fireChannelActive();
        } else {
            unsafe().close(voidPromise());
        }
    }

    private void failConnect(IOException cause) {
        opening.fail(cause);
        unsafe().close(voidPromise());
    }

    // ---- reading

    @Override
    protected void doBeginRead() {
        input.request();
    }

    @Override
    public void readable(TcpConnection ours, long now) {
        input.deliver();
    }

    @Override
    public void inputEnded(TcpConnection ours, long now) {
        input.deliver();
    }

    // ---- writing

    @Override
    protected Object filterOutboundMessage(Object message) {
        if (message instanceof FileRegion) {
            return message;
        }
        if (!(message instanceof ByteBuf data)) {
            throw new UnsupportedOperationException(
                    "a TCP channel carries bytes, not " + message.getClass().getName());
        }
        if (data.refCnt() == 1 || !data.isReadable()) {
            return data;
        }
        ByteBuf copy = alloc().directBuffer(data.readableBytes()).writeBytes(data);
        data.release();
        return copy;
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws IOException {
        try {
            for (Object message = in.current(); message != null; message = in.current()) {
                boolean all =
                        message instanceof ByteBuf data
                                ? write(in, data)
                                : FileRegions.write((FileRegion) message, connection, in);
                if (!all) {
                    writeBlocked = true;
                    return;
                }
                in.remove();
            }
        } finally {
            connection.flush(link.now());
            link.check();
        }
    }

    private boolean write(ChannelOutboundBuffer in, ByteBuf data) throws IOException {
        if (!data.isReadable()) {
            return true;
        }
        int taken = connection.write(data);
        in.progress(taken);
        if (taken == 0 && !connection.state().maySend()) {
            throw new ChannelOutputShutdownException("the connection takes no more");
        }
        return !data.isReadable();
    }

    @Override
    public void writable(TcpConnection ours, long now) {
        writeBlocked = false;
        ((HostUnsafe) unsafe()).resume();
    }

    // ---- half-close

    @Override
    protected void doShutdownOutput() {
        outputShutdown = true;
        connection.shutdownOutput(link.now());
        link.check();
        if (input.isShutdown()) {
            eventLoop().execute(() -> unsafe().close(voidPromise()));
        }
    }

    @Override
    public boolean isInputShutdown() {
        return input.isShutdown() || !open;
    }

    @Override
    public boolean isOutputShutdown() {
        return outputShutdown || !open;
    }

    @Override
    public boolean isShutdown() {
        return isInputShutdown() && isOutputShutdown();
    }

    @Override
    public ChannelFuture shutdownOutput() {
        return shutdownOutput(newPromise());
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
        if (eventLoop().inEventLoop()) {
            ((HostUnsafe) unsafe()).shutdownOutput(promise);
        } else {
            eventLoop().execute(() -> ((HostUnsafe) unsafe()).shutdownOutput(promise));
        }
        return promise;
    }

    @Override
    public ChannelFuture shutdownInput() {
        return shutdownInput(newPromise());
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
        input.shutdown();
        return promise.setSuccess();
    }

    @Override
    public ChannelFuture shutdown() {
        return shutdown(newPromise());
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
        shutdownOutput()
                .addListener(
                        done -> {
                            if (done.isSuccess()) {
                                input.shutdown();
                                promise.setSuccess();
                            } else {
                                promise.setFailure(done.cause());
                            }
                        });
        return promise;
    }

    // ---- the end

    @Override
    public void closed(TcpConnection ours, CloseReason reason, long now) {
        if (!open) {
            return;
        }
        if (opening.isUnderWay()) {
            failConnect(HostChannelOpening.failure(reason, ours.remote()));
            return;
        }
        if (reason == CloseReason.GRACEFUL) {
            // What is unread can still be read; the end of input follows it.
            input.deliver();
            return;
        }
        if (!isRegistered()) {
            return;
        }
        if (reason != CloseReason.ABORTED) {
            String what =
                    reason == CloseReason.TIMED_OUT
                            ? "Connection timed out"
                            : "Connection reset by peer";
            pipeline().fireExceptionCaught(new IOException(what));
        }
        if (open) {
            unsafe().close(voidPromise());
        }
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected void doClose() {
        open = false;
        opening.close();
        if (connection != null) {
            connection.handler(TcpHandler.NONE);
            connection.close(link.now());
            link.check();
        }
    }
}
