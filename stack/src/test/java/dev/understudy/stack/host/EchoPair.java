package dev.understudy.stack.host;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** An echo server on the one of {@link TwoHosts}, and clients on the other. */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of them is what clients tell
final class EchoPair {
    static final int PORT = 7;

    private final TwoHosts hosts;
    private final List<Client> clients = new ArrayList<>();

    EchoPair(TwoHosts hosts, int backlog) {
        this.hosts = hosts;
        ChannelInitializer<Channel> echo =
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        new ChannelInboundHandlerAdapter() {
                                            @Override
                                            public void channelRead(
                                                    ChannelHandlerContext context, Object message) {
                                                context.writeAndFlush(message);
                                            }
                                        });
                    }
                };
        hosts.serverNet
                .server()
                .option(ChannelOption.SO_BACKLOG, backlog)
                .childHandler(echo)
                .bind(new InetSocketAddress("::", PORT));
        hosts.advance(Duration.ofMillis(10));
    }

    /** Begins to connect; what is said before that is done waits for it. */
    Client connect(String address) {
        Client client = new Client();
        client.connecting =
                hosts.clientNet
                        .client()
                        .handler(client)
                        .connect(new InetSocketAddress(address, PORT));
        clients.add(client);
        return client;
    }

    void closeAll() {
        clients.forEach(client -> client.connecting.channel().close());
    }

    /** One client, and what it has heard. */
    static final class Client extends ChannelInboundHandlerAdapter {
        private final StringBuilder heard = new StringBuilder();
        private ChannelFuture connecting;

        void say(String what) {
            connecting.addListener(
                    (ChannelFuture done) ->
                            done.channel()
                                    .writeAndFlush(
                                            Unpooled.copiedBuffer(what, StandardCharsets.UTF_8)));
        }

        String heard() {
            return heard.toString();
        }

        /** Its own port. */
        int port() {
            return ((InetSocketAddress) connecting.channel().localAddress()).getPort();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf data = (ByteBuf) message;
            heard.append(data.toString(StandardCharsets.UTF_8));
            data.release();
        }
    }
}
