package dev.understudy.dispatcher.control.api;

import dev.understudy.dispatcher.config.ControlAccess;
import dev.understudy.dispatcher.control.LoopControl;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.TooLongHttpContentException;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Serves the control API on a Unix domain socket and, if asked for, on a loopback port to those who hold a token. On a thread of
 * its own: a client that hangs, dies or asks too much costs the dispatcher nothing.
 *
 * <p>Limits: {@link #MOST_CLIENTS} connections; 4 KiB for a request's first line, 8 KiB for its header, 64 KiB for its body; a
 * minute of silence; a stream's reader may lag by what is in its socket and the event ring, and is told what it missed.
 */
public final class ControlServer implements AutoCloseable {
    public static final int MOST_CLIENTS = 64;

    private static final int MOST_LINE_BYTES = 4 << 10;
    private static final int MOST_HEADER_BYTES = 8 << 10;
    private static final int MOST_BODY_BYTES = 64 << 10;
    private static final int IDLE_SECONDS = 60;
    private static final int MOST_TOKEN_BYTES = 4096;
    private static final int LEAST_TOKEN_BYTES = 16;
    private static final long KEEP_UP_MILLIS = 100;

    private final EventLoopGroup group;
    private final Clients clients = new Clients(MOST_CLIENTS);
    private final List<Channel> listening = new ArrayList<>();
    private Optional<SocketFile> file = Optional.empty();
    private Future<?> keepingUp;

    private ControlServer() {
        group =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("control", true), EpollIoHandler.newFactory());
    }

    /**
     * Begins to serve.
     *
     * @param name of what is controlled, for people
     * @throws IOException with a sentence if it cannot listen, or the token cannot be read
     */
    public static ControlServer start(ControlAccess access, LoopControl control, String name)
            throws IOException {
        ControlServer server = new ControlServer();
        try {
            server.begin(access, control, name);
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private void begin(ControlAccess access, LoopControl control, String name) throws IOException {
        Routes routes = new Routes(control, name);
        if (access.socket().isPresent()) {
            SocketFile socket = SocketFile.claim(access.socket().get());
            file = Optional.of(socket);
            listen(
                    EpollServerDomainSocketChannel.class,
                    new DomainSocketAddress(socket.temporary().toString()),
                    routes,
                    Optional.empty());
            socket.publish();
        }
        if (access.tcp().isPresent()) {
            byte[] token = token(access.tokenFile().orElseThrow());
            InetSocketAddress address =
                    new InetSocketAddress(
                            access.tcp().get().address().toInetAddress(),
                            access.tcp().get().port());
            listen(EpollServerSocketChannel.class, address, routes, Optional.of(token));
        }
        control.alsoCount(clients::counters);
        keepingUp =
                group.next()
                        .scheduleWithFixedDelay(
                                control::keepUp, 0, KEEP_UP_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void listen(
            Class<? extends ServerChannel> type,
            SocketAddress address,
            Routes routes,
            Optional<byte[]> token)
            throws IOException {
        var bound =
                new ServerBootstrap()
                        .group(group)
                        .channel(type)
                        .option(ChannelOption.SO_BACKLOG, 4096)
                        .childOption(
                                ChannelOption.WRITE_BUFFER_WATER_MARK,
                                new WriteBufferWaterMark(32 << 10, 128 << 10))
                        .childHandler(new Connection(routes, clients, token))
                        .bind(address)
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "the control API cannot listen on "
                            + address
                            + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        listening.add(bound.channel());
    }

    /** The token is all of the file but white space around it. */
    private static byte[] token(Path file) throws IOException {
        byte[] bytes;
        try (var in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_TOKEN_BYTES);
        } catch (IOException e) {
            throw new IOException(
                    "the token of the control API cannot be read from " + file + ": " + e, e);
        }
        byte[] token =
                new String(bytes, StandardCharsets.UTF_8).strip().getBytes(StandardCharsets.UTF_8);
        if (token.length < LEAST_TOKEN_BYTES) {
            throw new IOException(
                    "the token in "
                            + file
                            + " is too short; expected at least "
                            + LEAST_TOKEN_BYTES
                            + " characters, as `openssl rand -hex 32` gives.");
        }
        return token;
    }

    /** The port of the loopback address, if there is one. */
    public int tcpPort() {
        return listening.stream()
                .map(Channel::localAddress)
                .filter(InetSocketAddress.class::isInstance)
                .mapToInt(address -> ((InetSocketAddress) address).getPort())
                .findFirst()
                .orElse(0);
    }

    @Override
    public void close() {
        file.ifPresent(SocketFile::withdraw);
        if (keepingUp != null) {
            keepingUp.cancel(false);
        }
        listening.forEach(channel -> channel.close().awaitUninterruptibly(1_000));
        group.next().submit(clients::closeAll).awaitUninterruptibly(1_000);
        group.shutdownGracefully(0, 500, TimeUnit.MILLISECONDS).awaitUninterruptibly(1_000);
    }

    /** Collects a request's body; one that is too long ends the connection, and is not read to its end. */
    private static final class Bodies extends HttpObjectAggregator {
        Bodies() {
            super(MOST_BODY_BYTES);
        }

        @Override
        protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) {
            ctx.fireExceptionCaught(new TooLongHttpContentException("the body is too long"));
        }
    }

    private static final class Connection extends ChannelInitializer<Channel> {
        private final Routes routes;
        private final Clients clients;
        private final Optional<byte[]> token;

        Connection(Routes routes, Clients clients, Optional<byte[]> token) {
            this.routes = routes;
            this.clients = clients;
            this.token = token;
        }

        @Override
        protected void initChannel(Channel channel) {
            clients.opened(channel);
            channel.pipeline()
                    .addLast(new IdleStateHandler(true, 0, 0, IDLE_SECONDS, TimeUnit.SECONDS))
                    .addLast(
                            new HttpServerCodec(
                                    new HttpDecoderConfig()
                                            .setMaxInitialLineLength(MOST_LINE_BYTES)
                                            .setMaxHeaderSize(MOST_HEADER_BYTES)))
                    .addLast(new Bodies())
                    .addLast(new ApiHandler(routes, clients, token));
        }
    }
}
