package dev.understudy.stack.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.Impairment;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.DuplexChannel;
import java.io.File;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("FutureReturnValueIgnored") // what becomes of them is what the tests look at
final class HostChannelTest {
    private static final int PORT = 7;
    private static final Duration A_WHILE = Duration.ofMillis(200);

    private final TwoHosts hosts = new TwoHosts(true, Duration.ofMillis(1));
    private final Ear atServer = new Ear();
    private final Ear atClient = new Ear();

    /** Hears what a channel tells, and can echo. */
    private static final class Ear extends ChannelInboundHandlerAdapter {
        private final List<String> events = new ArrayList<>();
        private final ByteBuf bytes = Unpooled.buffer();
        private Channel channel;
        private boolean echo;

        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            channel = ctx.channel();
            events.add("active");
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            events.add("inactive");
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf data = (ByteBuf) message;
            bytes.writeBytes(data, data.readerIndex(), data.readableBytes());
            if (echo) {
                ctx.writeAndFlush(data);
            } else {
                data.release();
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            events.add(ctx.channel().isWritable() ? "writable" : "not writable");
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                events.add("input shut down");
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            events.add(cause.getMessage());
        }

        String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {TwoHosts.SERVER4, TwoHosts.SERVER6})
    void whatOneSideWritesTheOtherReads(String address) {
        atServer.echo = true;
        Channel client = open(address);
        write(client, "hello");
        run();
        assertThat(atServer.text()).isEqualTo("hello");
        assertThat(atClient.text()).isEqualTo("hello");
        assertThat(client.remoteAddress()).isEqualTo(new InetSocketAddress(address, PORT));
        assertThat(atServer.channel.remoteAddress()).isEqualTo(client.localAddress());
        assertThat(atServer.channel.parent()).isNotNull();
    }

    @Test
    void aClosedPortRefusesAtOnce() {
        ChannelFuture connecting = connect(TwoHosts.SERVER4);
        run();
        assertThat(connecting.cause())
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("refused");
        assertThat(connecting.channel().isOpen()).isFalse();
    }

    @Test
    void whereThereIsNoWayThereIsNoConnection() {
        ChannelFuture connecting = connect("192.0.2.1");
        run();
        assertThat(connecting.cause()).isInstanceOf(NoRouteToHostException.class);
    }

    @Test
    void connectingTakesNoLongerThanItsTimeout() {
        hosts.impair(Impairment.BLACKHOLE);
        ChannelFuture connecting =
                hosts.clientNet
                        .client()
                        .handler(atClient)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 700)
                        .connect(new InetSocketAddress(TwoHosts.SERVER4, PORT));
        hosts.advance(Duration.ofMillis(690));
        assertThat(connecting.isDone()).isFalse();
        hosts.advance(Duration.ofMillis(20));
        assertThat(connecting.cause()).hasMessageContaining("no answer from 10.9.0.2:7");
        assertThat(hosts.client.host().tcp().connectionCount()).isZero();
    }

    @Test
    void thePeersEndClosesTheChannelWhenAllIsRead() {
        Channel client = open(TwoHosts.SERVER4);
        write(client, "last words");
        client.close();
        run();
        assertThat(atServer.text()).isEqualTo("last words");
        assertThat(atServer.events).containsExactly("active", "inactive");
        assertThat(atServer.channel.isOpen()).isFalse();
    }

    @Test
    void withHalfClosureTheOtherDirectionGoesOn() {
        listen(true);
        Channel client = clientTo(TwoHosts.SERVER4, true);
        write(client, "question");
        ((DuplexChannel) client).shutdownOutput();
        run();
        assertThat(atServer.events).containsExactly("active", "input shut down");
        assertThat(((DuplexChannel) client).isOutputShutdown()).isTrue();
        write(atServer.channel, "answer");
        run();
        assertThat(atClient.text()).isEqualTo("answer");
        ((DuplexChannel) atServer.channel).shutdownOutput();
        run();
        assertThat(client.isOpen()).isFalse();
        assertThat(atServer.channel.isOpen()).isFalse();
    }

    @Test
    void aResetIsAnExceptionAndTheEnd() {
        Channel client = open(TwoHosts.SERVER4);
        client.config().setOption(ChannelOption.SO_LINGER, 0);
        client.close();
        run();
        assertThat(atServer.events)
                .containsExactly("active", "Connection reset by peer", "inactive");
    }

    @Test
    void aPeerThatVanishesIsATimeOut() {
        Channel client = open(TwoHosts.SERVER4);
        hosts.impair(Impairment.BLACKHOLE);
        write(client, "is there anybody?");
        hosts.advance(Duration.ofHours(1));
        assertThat(atClient.events).containsExactly("active", "Connection timed out", "inactive");
    }

    @Test
    void aReaderThatDoesNotReadMakesTheWriterUnwritable() {
        listen(false);
        Channel client = clientTo(TwoHosts.SERVER4, false);
        client.config().setWriteBufferWaterMark(new WriteBufferWaterMark(16_384, 32_768));
        run();
        atServer.channel.config().setAutoRead(false);
        byte[] bytes = new byte[8 << 20];
        new Random(4).nextBytes(bytes);
        ChannelFuture written = client.writeAndFlush(Unpooled.wrappedBuffer(bytes));
        run();
        assertThat(client.isWritable()).isFalse();
        assertThat(written.isDone()).isFalse();
        int before = atServer.bytes.readableBytes();
        hosts.advance(Duration.ofMinutes(3));
        assertThat(atServer.bytes.readableBytes()).isEqualTo(before);

        atServer.channel.config().setAutoRead(true);
        hosts.advance(Duration.ofSeconds(60));
        assertThat(written.isSuccess()).isTrue();
        assertThat(client.isWritable()).isTrue();
        assertThat(atClient.events).containsExactly("active", "not writable", "writable");
        assertThat(ByteBufUtil.equals(atServer.bytes, Unpooled.wrappedBuffer(bytes))).isTrue();
    }

    @Test
    void aBufferThatItsWriterGoesOnUsingIsCopied() {
        Channel client = open(TwoHosts.SERVER4);
        hosts.impair(Impairment.BLACKHOLE);
        ByteBuf scratch = Unpooled.buffer().writeBytes("first".getBytes(StandardCharsets.UTF_8));
        client.writeAndFlush(scratch.retain());
        run();
        scratch.setBytes(0, "XXXXX".getBytes(StandardCharsets.UTF_8));
        scratch.release();
        hosts.impair(Impairment.NONE);
        hosts.advance(Duration.ofSeconds(5));
        assertThat(atServer.text()).isEqualTo("first");
    }

    @Test
    void sendsFiles(@TempDir Path directory) throws Exception {
        byte[] bytes = new byte[3 << 20];
        new Random(5).nextBytes(bytes);
        File file = Files.write(directory.resolve("file"), bytes).toFile();
        Channel client = open(TwoHosts.SERVER4);
        ChannelFuture written =
                client.writeAndFlush(new DefaultFileRegion(file, 1000, bytes.length - 1000));
        hosts.advance(Duration.ofSeconds(20));
        assertThat(written.isSuccess()).isTrue();
        assertThat(
                        ByteBufUtil.equals(
                                atServer.bytes,
                                Unpooled.wrappedBuffer(
                                        Arrays.copyOfRange(bytes, 1000, bytes.length))))
                .isTrue();
    }

    @Test
    void connectionsThatNobodyAcceptsWaitInTheBacklog() {
        ChannelFuture bound =
                hosts.serverNet
                        .server()
                        .childHandler(initializer(atServer))
                        .option(ChannelOption.SO_BACKLOG, 3)
                        .option(ChannelOption.AUTO_READ, false)
                        .bind(new InetSocketAddress("0.0.0.0", PORT));
        run();
        List<Channel> clients = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            clients.add(connect(TwoHosts.SERVER4).channel());
        }
        run();
        clients.forEach(client -> write(client, "is there room?"));
        run();
        assertThat(atServer.events).isEmpty();
        assertThat(hosts.server.host().tcp().connectionCount()).isEqualTo(3);
        bound.channel().config().setAutoRead(true);
        hosts.advance(Duration.ofSeconds(10));
        assertThat(atServer.events).hasSize(5);
    }

    @Test
    void aServerMayTakeAnyPort() {
        ChannelFuture bound =
                hosts.serverNet
                        .server()
                        .childHandler(initializer(atServer))
                        .bind(new InetSocketAddress("0.0.0.0", 0));
        run();
        assertThat(((InetSocketAddress) bound.channel().localAddress()).getPort())
                .isGreaterThanOrEqualTo(49152);
        bound.channel().close();
        run();
        assertThat(bound.channel().isOpen()).isFalse();
    }

    @Test
    void aTakenPortIsSaid() {
        listen(false);
        ChannelFuture second =
                hosts.serverNet
                        .server()
                        .childHandler(initializer(atServer))
                        .bind(new InetSocketAddress("0.0.0.0", PORT));
        run();
        assertThat(second.cause()).hasMessageContaining("port 7 is taken");
    }

    @Test
    void closedConnectionsLeaveNothingButTimeWait() {
        Channel client = open(TwoHosts.SERVER4);
        client.close();
        run();
        assertThat(hosts.client.host().tcp().connectionCount()).isZero();
        assertThat(hosts.server.host().tcp().connectionCount()).isZero();
        assertThat(hosts.client.host().tcp().timeWaitCount()).isOne();
        hosts.advance(Duration.ofMinutes(2));
        assertThat(hosts.client.host().tcp().timeWaitCount()).isZero();
        assertThat(hosts.client.host().tcp().connections()).isEmpty();
    }

    // ---- datagrams

    @ParameterizedTest
    @ValueSource(strings = {TwoHosts.SERVER4, TwoHosts.SERVER6})
    void datagramsOfAnySizeArrive(String address) {
        List<Integer> sizes = new ArrayList<>();
        hosts.serverNet
                .datagram()
                .handler(
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext ctx, Object message) {
                                DatagramPacket packet = (DatagramPacket) message;
                                sizes.add(packet.content().readableBytes());
                                ctx.writeAndFlush(
                                        new DatagramPacket(packet.content(), packet.sender()));
                            }
                        })
                .bind(new InetSocketAddress("0.0.0.0", 53));
        ChannelFuture client =
                hosts.clientNet
                        .datagram()
                        .handler(atClientDatagrams())
                        .connect(new InetSocketAddress(address, 53));
        run();
        for (int size : new int[] {0, 1, 1472, 1473, 4000, 65_507}) {
            client.channel().writeAndFlush(Unpooled.wrappedBuffer(new byte[size]));
        }
        run();
        assertThat(sizes).containsExactly(0, 1, 1472, 1473, 4000, 65_507);
        assertThat(atClient.events).containsExactly("0", "1", "1472", "1473", "4000", "65507");
    }

    @Test
    void aRefusedDatagramIsAnExceptionOfAConnectedChannel() {
        ChannelFuture client =
                hosts.clientNet
                        .datagram()
                        .handler(atClientDatagrams())
                        .connect(new InetSocketAddress(TwoHosts.SERVER4, 9));
        run();
        client.channel().writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
        run();
        assertThat(atClient.events).containsExactly("refused by 10.9.0.2:9");
    }

    private ChannelInboundHandlerAdapter atClientDatagrams() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                DatagramPacket packet = (DatagramPacket) message;
                atClient.events.add(Integer.toString(packet.content().readableBytes()));
                packet.release();
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                atClient.events.add(cause.getMessage());
            }
        };
    }

    // ---- the scene

    private Channel open(String address) {
        listen(false);
        Channel client = clientTo(address, false);
        run();
        return client;
    }

    private void listen(boolean halfClosure) {
        hosts.serverNet
                .server()
                .childHandler(initializer(atServer))
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure)
                .bind(new InetSocketAddress("0.0.0.0", PORT));
        run();
    }

    private Channel clientTo(String address, boolean halfClosure) {
        ChannelFuture connecting =
                hosts.clientNet
                        .client()
                        .handler(atClient)
                        .option(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure)
                        .connect(new InetSocketAddress(address, PORT));
        run();
        assertThat(connecting.isSuccess()).isTrue();
        return connecting.channel();
    }

    private ChannelFuture connect(String address) {
        return hosts.clientNet
                .client()
                .handler(atClient)
                .connect(new InetSocketAddress(address, PORT));
    }

    private static ChannelInitializer<Channel> initializer(Ear ear) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(ear);
            }
        };
    }

    private static void write(Channel channel, String text) {
        channel.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
    }

    private void run() {
        hosts.advance(A_WHILE);
    }
}
