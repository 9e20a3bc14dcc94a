package dev.understudy.tools.host;

import dev.understudy.stack.host.HostChannels;
import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ExitCode;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** Starts what a host serves. Everything runs on the host's own loop. */
@SuppressWarnings(
        "FutureReturnValueIgnored") // a write that fails ends the connection, which is told
final class Services {
    private static final int BACKLOG = 4096;

    private static final byte[] PATTERN = pattern();

    private Services() {}

    /** Starts one, over IPv4 and IPv6. */
    static void start(HostChannels net, Serve serve) throws IOException {
        switch (serve.kind()) {
            case HTTP -> {
                FileStore files = new FileStore(serve.root());
                listen(
                        net,
                        serve,
                        channel ->
                                channel.pipeline()
                                        .addLast(
                                                new HttpServerCodec(new HttpDecoderConfig()),
                                                new FileServer(files)));
            }
            case ECHO -> {
                listen(net, serve, add(Echo::new));
                datagrams(net, serve, new DatagramEcho());
            }
            case DISCARD -> {
                Discard discard = new Discard();
                listen(net, serve, add(() -> discard));
                datagrams(net, serve, discard);
            }
            case CHARGEN -> listen(net, serve, add(Chargen::new));
        }
    }

    private interface Setup {
        void accept(Channel channel) throws IOException;
    }

    private static Setup add(Supplier<ChannelHandler> handler) {
        return channel -> channel.pipeline().addLast(handler.get());
    }

    private static void listen(HostChannels net, Serve serve, Setup setup) {
        ServerBootstrap server =
                net.server()
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) throws IOException {
                                        setup.accept(channel);
                                    }
                                });
        bound(server.bind(new InetSocketAddress("::", serve.port())), serve);
    }

    private static void datagrams(HostChannels net, Serve serve, ChannelHandler handler) {
        bound(
                net.datagram().handler(handler).bind(new InetSocketAddress("::", serve.port())),
                serve);
    }

    private static void bound(ChannelFuture future, Serve serve) {
        future.awaitUninterruptibly();
        if (!future.isSuccess()) {
            throw new CommandFailure(
                    ExitCode.FAILURE,
                    "understudy: " + serve + " cannot be served: " + future.cause().getMessage(),
                    future.cause());
        }
    }

    /** Ends a connection that failed without a word: its peer knows. */
    private abstract static class Quiet extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ChannelInputShutdownEvent) {
                inputEnded(ctx);
            }
        }

        void inputEnded(ChannelHandlerContext ctx) {
            ctx.close();
        }
    }

    /** Reads no faster than it may write, so that a peer that never reads costs no memory. */
    private static final class Echo extends Quiet {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.write(message, ctx.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
            ctx.channel().config().setAutoRead(ctx.channel().isWritable());
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            ctx.channel().config().setAutoRead(ctx.channel().isWritable());
        }

        @Override
        void inputEnded(ChannelHandlerContext ctx) {
            // What is still to be written goes first.
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> ctx.close());
        }
    }

    @ChannelHandler.Sharable
    private static final class DatagramEcho extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            DatagramPacket packet = (DatagramPacket) message;
            ctx.writeAndFlush(
                    new DatagramPacket(packet.content(), packet.sender()), ctx.voidPromise());
        }
    }

    @ChannelHandler.Sharable
    private static final class Discard extends Quiet {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }
    }

    private static final class Chargen extends Quiet {
        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            fill(ctx);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            fill(ctx);
        }

        private static void fill(ChannelHandlerContext ctx) {
            while (ctx.channel().isWritable() && ctx.channel().isActive()) {
                ByteBuf lines = ctx.alloc().directBuffer(PATTERN.length).writeBytes(PATTERN);
                ctx.write(lines, ctx.voidPromise());
            }
            ctx.flush();
        }
    }

    /** The rotating pattern of RFC 864 §2: 95 lines of 72 characters. */
    private static byte[] pattern() {
        StringBuilder lines = new StringBuilder(95 * 74);
        for (int line = 0; line < 95; line++) {
            for (int column = 0; column < 72; column++) {
                lines.append((char) (' ' + (line + column) % 95));
            }
            lines.append("\r\n");
        }
        return lines.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
