package dev.understudy.stack.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.ResourceLeakDetector;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A frame that is passed on costs no heap: not on a wire, not on a TAP device, and not when it is sliced. */
class LinkAllocationTest {
    private static final double BYTES_PER_FRAME = 0.5;
    private static final int BATCH = 32;
    private static final int ROUNDS = 2000;

    private ResourceLeakDetector.Level level;

    /** The detector's records are on the heap, and would be all that is measured. */
    @BeforeEach
    void noLeakDetector() {
        level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    @AfterEach
    void restore() {
        ResourceLeakDetector.setLevel(level);
    }

    /** Keeps frames to be sent again, in an array. */
    private static final class Basket extends ChannelInboundHandlerAdapter {
        final ByteBuf[] frames = new ByteBuf[BATCH];
        int size;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            frames[size++] = (ByteBuf) message;
        }

        void sendOn(LinkChannel link) {
            while (size > 0) {
                link.send(frames[--size]);
            }
        }
    }

    @Test
    void frameOnWiresCostsNothing() {
        VirtualLoop time = new VirtualLoop();
        Wire first = Wire.between(Wire.End.of("w0"), Wire.End.of("w1")).register(time.loop());
        Wire second = Wire.between(Wire.End.of("w2"), Wire.End.of("w3")).register(time.loop());
        time.run();
        FrameCopy.join(first.b(), second.a());
        Basket basket = new Basket();
        second.b().pipeline().addLast(basket);
        for (int i = 0; i < BATCH; i++) {
            ByteBuf frame = TestPackets.tcp("10.0.0.1:5", "10.0.0.2:7").payload("again").build();
            first.a().send(Frames.copy(first.a().alloc(), frame));
            frame.release();
        }
        time.run();
        AllocationMeter meter = new AllocationMeter();
        for (int round = 0; round < 2 * ROUNDS; round++) {
            if (round == ROUNDS) {
                meter.start();
            }
            basket.sendOn(first.a());
            time.run();
        }
        long bytes = meter.bytes();
        assertThat(basket.size).isEqualTo(BATCH);
        basket.sendOn(first.a());
        first.close();
        second.close();
        time.run();
        assertThat((double) bytes / (BATCH * ROUNDS)).isLessThan(BYTES_PER_FRAME);
    }

    @ParameterizedTest(name = "offload west {0}, east {1}")
    @CsvSource({"true, true", "false, false", "true, false"})
    @Tag("kernel")
    void frameOnTapDevicesCostsNothing(boolean westOffload, boolean eastOffload) throws Exception {
        Kernel.requireTap();
        Kernel.requireProgram("iperf3");
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try (NetworkNamespace west = NetworkNamespace.create("west");
                NetworkNamespace east = NetworkNamespace.create("east")) {
            TapChannel westTap = west.call(() -> TapChannel.open("us0", westOffload));
            TapChannel eastTap = east.call(() -> TapChannel.open("us1", eastOffload));
            FrameCopy.join(westTap, eastTap);
            loop.register(westTap).sync();
            loop.register(eastTap).sync();
            west.ip("address add 10.7.0.1/24 dev us0");
            west.ip("link set us0 up");
            east.ip("address add 10.7.0.2/24 dev us1");
            east.ip("link set us1 up");
            AllocationMeter meter = new AllocationMeter(threadOf(loop));
            long before = 0;
            Process server = east.start("iperf3", "-s", "-1", "--forceflush");
            try (BufferedReader lines = server.inputReader()) {
                await(lines, "listening");
                west.start("iperf3", "-c", "10.7.0.2", "-t", "4");
                await(lines, "bits/sec");
                await(lines, "bits/sec");
                meter.start();
                before = westTap.counters().rxFrames();
                await(lines, "bits/sec");
            }
            long bytes = meter.bytes();
            long frames = westTap.counters().rxFrames() - before;
            westTap.close().sync();
            eastTap.close().sync();
            assertThat(frames).as("a transfer took place").isGreaterThan(100);
            assertThat((double) bytes / frames)
                    .as("%d bytes for %d frames", bytes, frames)
                    .isLessThan(BYTES_PER_FRAME);
        } finally {
            loop.shutdownGracefully(20, 5000, TimeUnit.MILLISECONDS).sync();
        }
    }

    @SuppressWarnings("deprecation") // getId() has a successor only in JDK 19
    private static long threadOf(EventLoopGroup loop) throws Exception {
        return loop.submit(() -> Thread.currentThread().getId()).get();
    }

    private static void await(BufferedReader lines, String text) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.contains(text)) {
            line = lines.readLine();
        }
        assertThat(line).isNotNull();
    }
}
