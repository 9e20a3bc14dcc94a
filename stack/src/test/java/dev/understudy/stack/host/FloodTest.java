package dev.understudy.stack.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Floods from anywhere on the link, with a legitimate client in the middle of each: memory stays bounded, and the client is
 * served. The number of packets is 20,000 in the build; {@code -Dflood.packets=1000000} makes it a million.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of them is what the tests look at
final class FloodTest {
    private static final int PACKETS = Integer.getInteger("flood.packets", 20_000);
    private static final int BATCH = 1000;
    private static final IpAddress SERVER = IpAddress.parse(TwoHosts.SERVER4);
    private static final int PORT = 7;

    private final TwoHosts hosts = new TwoHosts(true, Duration.ofMillis(1));
    private final PacketBuilder builder = new PacketBuilder(TestPackets.ALLOCATOR);
    private final SplittableRandom random = new SplittableRandom(9);
    private final StringBuilder echoed = new StringBuilder();

    FloodTest() {
        hosts.serverNet
                .server()
                .childHandler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.pipeline()
                                        .addLast(
                                                new ChannelInboundHandlerAdapter() {
                                                    @Override
                                                    public void channelRead(
                                                            ChannelHandlerContext ctx,
                                                            Object message) {
                                                        ctx.writeAndFlush(message);
                                                    }
                                                });
                            }
                        })
                .bind(new InetSocketAddress("0.0.0.0", PORT));
        hosts.advance(Duration.ofMillis(10));
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    @Test
    void aFloodOfSynsLeavesRoomForAClient() {
        flood(i -> tcp(stranger(), 1024 + random.nextInt(60_000), random.nextInt(), 0, Tcp.SYN));
        assertThat(hosts.server.host().tcp().connectionCount()).isLessThan(10_000);
        assertThat(hosts.server.host().counters().get("tcp syn cookies sent")).isPositive();
    }

    @Test
    void aFloodOfFragmentsLeavesRoomForAClient() {
        flood(
                i -> {
                    IpAddress from = stranger();
                    ByteBuf frame =
                            builder.udp(
                                    from.hi(),
                                    from.lo(),
                                    9,
                                    SERVER.hi(),
                                    SERVER.lo(),
                                    9,
                                    Unpooled.wrappedBuffer(new byte[1400]));
                    Packet packet = new Packet();
                    packet.parse(frame);
                    frame.setShort(
                            packet.l3() + Ipv4.FRAGMENT_OFFSET,
                            Ipv4.MORE_FRAGMENTS | random.nextInt(100) * 175);
                    frame.setShort(packet.l3() + Ipv4.IDENTIFICATION_OFFSET, random.nextInt());
                    Ipv4.fixChecksum(frame, packet.l3());
                    return frame;
                });
        assertThat(hosts.server.host().counters().get("dropped: reassembly limit")).isPositive();
    }

    @Test
    void aStormOfAcksLeavesRoomForAClient() {
        flood(
                i ->
                        tcp(
                                stranger(),
                                random.nextInt(65_536),
                                random.nextInt(),
                                random.nextInt(),
                                Tcp.ACK));
        assertThat(hosts.server.host().tcp().connectionCount()).isLessThan(3);
    }

    @Test
    void aStormOfAcksForTheClientsOwnConnectionDoesNotDisturbIt() {
        ChannelFuture client = client();
        hosts.advance(Duration.ofMillis(20));
        InetSocketAddress local = (InetSocketAddress) client.channel().localAddress();
        IpAddress from = IpAddress.parse(TwoHosts.CLIENT4);
        flood(i -> tcp(from, local.getPort(), random.nextInt(), random.nextInt(), Tcp.ACK));
        say(client, "still here");
        hosts.advance(Duration.ofSeconds(5));
        assertThat(echoed.toString()).endsWith("still here");
    }

    /** Pours the packets in, a thousand in each millisecond, and has a client come when half of them are there. */
    private void flood(IntFunction<ByteBuf> packet) {
        ChannelFuture client = null;
        long used = 0;
        for (int i = 0; i < PACKETS; i++) {
            ByteBuf frame = packet.apply(i);
            try {
                hosts.server.host().frame(frame, hosts.server.now());
            } finally {
                frame.release();
            }
            if (i % BATCH == 0) {
                hosts.server.check();
                hosts.advance(Duration.ofMillis(1));
            }
            if (i == PACKETS / 2) {
                client = client();
                used = usedHeap();
            }
        }
        assertThat(usedHeap() - used).isLessThan(64L << 20);
        hosts.advance(Duration.ofSeconds(10));
        assertThat(client.isSuccess()).isTrue();
        say(client, "hello");
        hosts.advance(Duration.ofSeconds(2));
        assertThat(echoed.toString()).isEqualTo("hello");
        hosts.advance(Duration.ofMinutes(10));
        assertThat(hosts.server.host().tcp().connectionCount()).isLessThan(3);
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private ChannelFuture client() {
        return hosts.clientNet
                .client()
                .handler(
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext ctx, Object message) {
                                ByteBuf data = (ByteBuf) message;
                                echoed.append(data.toString(StandardCharsets.UTF_8));
                                data.release();
                            }
                        })
                .connect(new InetSocketAddress(TwoHosts.SERVER4, PORT));
    }

    private static void say(ChannelFuture client, String what) {
        client.channel().writeAndFlush(Unpooled.copiedBuffer(what, StandardCharsets.UTF_8));
    }

    private ByteBuf tcp(IpAddress from, int port, int seq, int ack, int flags) {
        builder.macs(0x02_00_00_00_00_66L, hosts.server.link().mac());
        return builder.tcp(
                from.hi(),
                from.lo(),
                port,
                SERVER.hi(),
                SERVER.lo(),
                PORT,
                seq,
                ack,
                flags,
                1000,
                null,
                null);
    }

    private IpAddress stranger() {
        builder.macs(0x02_00_00_00_00_66L, hosts.server.link().mac());
        return IpAddress.v4(0x0A09_0000 | 10 + random.nextInt(240));
    }
}
