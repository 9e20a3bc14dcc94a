package dev.understudy.stack.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class TapChannelTest {
    private EventLoopGroup loop;
    private NetworkNamespace namespace;

    @BeforeEach
    void network() throws IOException {
        Kernel.requireTap();
        loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        namespace = NetworkNamespace.create("tap");
    }

    @AfterEach
    void end() {
        if (loop != null) {
            loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
            namespace.close();
        }
    }

    private TapChannel open(String name, boolean offload) throws Exception {
        TapChannel tap = namespace.call(() -> TapChannel.open(name, offload));
        loop.register(tap).sync();
        return tap;
    }

    @Test
    void framesOfTheKernelArriveWithTheirHeadroom() throws Exception {
        TapChannel tap = open("us0", true);
        CompletableFuture<String> seen = new CompletableFuture<>();
        tap.pipeline()
                .addLast(
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext ctx, Object message) {
                                ByteBuf frame = (ByteBuf) message;
                                Packet packet = new Packet();
                                packet.parse(frame);
                                if (packet.isUdp() && packet.dstPort() == 7) {
                                    seen.complete(packet.toString());
                                }
                                frame.release();
                            }
                        });
        namespace.ip("address add 10.9.0.1/24 dev us0");
        namespace.ip("link set us0 up");
        namespace.ip("neighbour add 10.9.0.2 lladdr 02:00:00:00:00:02 dev us0");
        namespace.run("bash", "-c", "echo hello > /dev/udp/10.9.0.2/7");
        assertThat(seen.get(5, TimeUnit.SECONDS)).contains("10.9.0.2");
        assertThat(tap.counters().rxFrames()).isPositive();
        assertThat(tap.mtu()).isEqualTo(1500);
        assertThat(tap.mac() >>> 40 & 3).isEqualTo(2);
        tap.close().sync();
    }

    @Test
    void frameForAnInterfaceThatIsDownIsCountedAndDropped() throws Exception {
        TapChannel tap = open("us0", true);
        ByteBuf frame = tap.alloc().directBuffer(100, 100).writeZero(100);
        tap.writeAndFlush(frame).sync();
        assertThat(frame.refCnt()).isZero();
        assertThat(tap.counters().txDropped()).isEqualTo(1);
        assertThat(tap.counters().txFrames()).isZero();
        assertThat(tap.isOpen()).isTrue();
        tap.close().sync();
    }

    @Test
    void channelClosesWhenItsInterfaceIsDeleted() throws Exception {
        TapChannel tap = open("us0", true);
        namespace.ip("link delete dev us0");
        assertThat(tap.closeFuture().await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void closingLeavesNoDeviceAndNoDescriptor() throws Exception {
        open("us0", true).close().sync();
        namespace.ip("link");
        TapChannel first = open("us0", true);
        TapChannel second = open("us1", false);
        assertThat(descriptors()).isEqualTo(2);
        first.close().sync();
        second.close().sync();
        assertThat(descriptors()).isZero();
        assertThat(namespace.ip("-o link")).hasLineCount(1);
    }

    @Test
    void shutdownOfTheLoopClosesItsLinks() throws Exception {
        TapChannel tap = open("us0", true);
        // With no quiet period a loop of Netty's may end before it has looked at its channels.
        loop.shutdownGracefully(20, 5000, TimeUnit.MILLISECONDS).sync();
        assertThat(tap.isOpen()).isFalse();
        assertThat(namespace.ip("-o link")).hasLineCount(1);
    }

    @Test
    void nameInUseIsRefusedWithTheReason() throws Exception {
        TapChannel tap = open("us0", true);
        assertThatThrownBy(() -> open("us0", true))
                .asInstanceOf(type(LinkException.class))
                .satisfies(
                        e -> {
                            assertThat(e.reason()).isEqualTo(LinkException.Reason.NAME_TAKEN);
                            assertThat(e).hasMessageContaining("in use by another process");
                        });
        tap.close().sync();
    }

    @Test
    void nameOfAnotherKindOfInterfaceIsRefusedWithTheReason() {
        assertThatThrownBy(() -> open("lo", true))
                .asInstanceOf(type(LinkException.class))
                .extracting(LinkException::reason)
                .isEqualTo(LinkException.Reason.NAME_TAKEN);
    }

    @Test
    void nameThatNoInterfaceCanHaveIsRefused() {
        for (String name : new String[] {"", "a name", "sixteencharacters", "a/b", "tap%d", ".."}) {
            assertThatThrownBy(() -> open(name, true))
                    .asInstanceOf(type(LinkException.class))
                    .extracting(LinkException::reason)
                    .isEqualTo(LinkException.Reason.BAD_NAME);
        }
    }

    @Test
    void addressIsStableForNameAndMachine() {
        long mac = LinkChannel.stableMac("machine", "us0");
        assertThat(LinkChannel.stableMac("machine", "us0")).isEqualTo(mac);
        assertThat(LinkChannel.stableMac("machine", "us1")).isNotEqualTo(mac);
        assertThat(LinkChannel.stableMac("other", "us0")).isNotEqualTo(mac);
        assertThat(mac >>> 48).isZero();
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.filter(TapChannelTest::isTun).count();
        }
    }

    private static boolean isTun(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).equals(Path.of("/dev/net/tun"));
        } catch (IOException e) {
            // The descriptor of the listing itself is gone by now.
            return false;
        }
    }
}
