package dev.understudy.tools.lab;

import dev.understudy.stack.host.HostChannels;
import dev.understudy.stack.wire.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * One server of the lab inside the JVM: a host of our own with Netty's HTTP codec on it, which says what {@link WebServer}
 * says. Refusing is a closed port of our own TCP; silence and unreachability are those of its link.
 */
final class JvmServer implements Stage.Actor, AutoCloseable {
    private static final int BACKLOG = 1024;
    private static final int LARGEST_BODY = 1 << 24;

    private final String name;
    private final Endpoint endpoint;
    private final HostChannels net;
    private final PortFault way;
    private final ChannelGroup open;
    private Channel listener;

    JvmServer(String name, Endpoint endpoint, HostChannels net, PortFault way) {
        this.name = name;
        this.endpoint = endpoint;
        this.net = net;
        this.way = way;
        this.open = new DefaultChannelGroup(net.link().loop());
        listen();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public void inflict(Fault next) throws InterruptedException {
        net.link().loop().submit(() -> way.inflict(next)).sync();
        if (next == Fault.REFUSE || next == Fault.KILLED) {
            // A listener that closes resets what it has not accepted: on this loop nothing is.
            close();
            if (next == Fault.KILLED) {
                open.forEach(channel -> channel.config().setOption(ChannelOption.SO_LINGER, 0));
                open.close().awaitUninterruptibly(2, TimeUnit.SECONDS);
            }
        } else {
            listen();
        }
    }

    private void listen() {
        if (listener == null) {
            listener =
                    net.server()
                            .option(ChannelOption.SO_BACKLOG, BACKLOG)
                            .childHandler(
                                    new ChannelInitializer<Channel>() {
                                        @Override
                                        protected void initChannel(Channel channel) {
                                            open.add(channel);
                                            channel.pipeline()
                                                    .addLast(new HttpServerCodec(), new Web());
                                        }
                                    })
                            .bind(new InetSocketAddress(endpoint.port()))
                            .syncUninterruptibly()
                            .channel();
        }
    }

    @Override
    public void close() {
        if (listener != null) {
            listener.close().awaitUninterruptibly(2, TimeUnit.SECONDS);
            listener = null;
        }
    }

    private final class Web extends SimpleChannelInboundHandler<HttpObject> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
            if (!(message instanceof HttpRequest request)) {
                return;
            }
            boolean keep = HttpUtil.isKeepAlive(request);
            ByteBuf body = body(request.uri());
            FullHttpResponse response =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            body.isReadable()
                                    ? HttpResponseStatus.OK
                                    : HttpResponseStatus.NOT_FOUND,
                            body);
            response.headers()
                    .set(HttpHeaderNames.SERVER, name)
                    .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
                    .set(
                            HttpHeaderNames.CONNECTION,
                            keep ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
            ctx.writeAndFlush(response)
                    .addListener(
                            done -> {
                                if (!keep) {
                                    close(ctx);
                                }
                            });
        }

        @SuppressWarnings("FutureReturnValueIgnored") // nothing follows it
        private void close(ChannelHandlerContext ctx) {
            ctx.close();
        }

        private ByteBuf body(String path) {
            if (path.equals("/")) {
                return Unpooled.wrappedBuffer(WebServer.greeting(name));
            }
            OptionalInt count = WebServer.count(path, LARGEST_BODY);
            return count.isPresent()
                    ? Unpooled.wrappedBuffer(WebServer.bytes(count.getAsInt()))
                    : Unpooled.EMPTY_BUFFER;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            close(ctx);
        }
    }
}
