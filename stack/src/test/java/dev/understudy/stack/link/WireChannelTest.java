package dev.understudy.stack.link;

import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoop;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WireChannelTest {
    private final VirtualLoop time = new VirtualLoop();
    private Wire wire = wire(Wire.End.of("west"), Wire.End.of("east"), Duration.ZERO);
    private FrameSink east = FrameSink.at(wire.b());

    private Wire wire(Wire.End a, Wire.End b, Duration latency) {
        Wire made = Wire.between(a, b, latency).register(time.loop());
        time.run();
        return made;
    }

    private void replace(Wire.End a, Wire.End b, Duration latency) {
        wire.close();
        wire = wire(a, b, latency);
        east = FrameSink.at(wire.b());
    }

    @AfterEach
    void close() {
        east.clear();
        wire.close();
        time.run();
    }

    private static ByteBuf hello() {
        return TestPackets.udp("10.0.0.1:5", "10.0.0.2:7").payload("hello").build();
    }

    @Test
    void frameArrivesAtTheOtherEndAsItIs() {
        ByteBuf frame = hello();
        ByteBuf expected = frame.copy();
        wire.a().send(frame);
        time.run();
        assertThat(east.frames()).hasSize(1);
        assertThatFrame(east.frames().get(0)).sameBytesAs(expected);
        assertThat(wire.a().counters().txFrames()).isEqualTo(1);
        assertThat(wire.b().counters().rxFrames()).isEqualTo(1);
        expected.release();
    }

    @Test
    void framesKeepTheirOrderBothWays() {
        FrameSink west = FrameSink.at(wire.a());
        for (int seq = 0; seq < 500; seq++) {
            wire.a().send(TestPackets.tcp("10.0.0.1:5", "10.0.0.2:7").seq(seq).build());
            wire.b().send(TestPackets.tcp("10.0.0.2:7", "10.0.0.1:5").seq(seq).build());
        }
        time.run();
        for (int seq = 0; seq < 500; seq++) {
            assertThat(TestPackets.parse(east.frames().get(seq)).seq()).isEqualTo(seq);
            assertThat(TestPackets.parse(west.frames().get(seq)).seq()).isEqualTo(seq);
        }
        west.clear();
    }

    @Test
    void soleReferenceIsMovedWithoutCopy() {
        ByteBuf frame = Frames.copy(wire.a().alloc(), hello());
        wire.a().send(frame);
        time.run();
        assertThat(east.frames().get(0).refCnt()).isEqualTo(1);
    }

    @Test
    void keptFrameIsNotSharedWithTheReceiver() {
        ByteBuf frame = hello();
        wire.a().send(frame.retain());
        time.run();
        ByteBuf arrived = east.frames().get(0);
        arrived.setByte(arrived.writerIndex() - 1, 'X');
        assertThatFrame(frame).payload("hello");
        frame.release();
    }

    @Test
    void frameWithoutHeadroomArrivesWithSome() {
        ByteBuf frame = hello();
        wire.a().send(Unpooled.copiedBuffer(frame));
        frame.release();
        time.run();
        assertThat(east.frames().get(0).readerIndex()).isGreaterThanOrEqualTo(Frames.HEADROOM);
    }

    @Test
    void latencyIsKeptToTheNanosecond() {
        replace(Wire.End.of("west"), Wire.End.of("east"), Duration.ofMillis(20));
        long start = time.now();
        wire.a().send(hello());
        time.advance(Duration.ofMillis(5));
        wire.a().send(hello());
        time.advance(Duration.ofMillis(15).minusNanos(1));
        assertThat(east.frames()).isEmpty();
        time.advance(Duration.ofMillis(10));
        assertThat(east.times()).containsExactly(start + 20_000_000, start + 25_000_000);
    }

    @Test
    void longFrameIsDroppedAndCounted() {
        replace(new Wire.End("west", true, 576), Wire.End.of("east"), Duration.ZERO);
        wire.a()
                .send(
                        TestPackets.udp("10.0.0.1:5", "10.0.0.2:7")
                                .payload(new byte[576 - 28 + 5])
                                .build());
        wire.a()
                .send(
                        TestPackets.udp("10.0.0.1:5", "10.0.0.2:7")
                                .payload(new byte[576 - 28])
                                .build());
        time.run();
        assertThat(east.frames()).hasSize(1);
        assertThat(wire.a().counters().txDropped()).isEqualTo(1);
    }

    @Test
    void queueIsLimitedAndWhatIsBeyondIsCounted() {
        for (int i = 0; i < WireChannel.QUEUE_FRAMES + 3; i++) {
            wire.a().send(hello());
        }
        assertThat(wire.a().counters().txDropped()).isEqualTo(3);
        time.run();
        assertThat(east.frames()).hasSize(WireChannel.QUEUE_FRAMES);
    }

    @Test
    void closedEndDropsAndReleases() {
        ByteBuf frame = hello();
        ByteBuf late = hello();
        wire.a().send(frame);
        assertThat(wire.b().close().isDone()).isTrue();
        time.run();
        wire.a().send(late);
        time.run();
        assertThat(frame.refCnt()).isZero();
        assertThat(late.refCnt()).isZero();
        assertThat(east.frames()).isEmpty();
        assertThat(wire.a().counters().txDropped()).isEqualTo(1);
    }

    @Test
    void writePromiseSucceedsAndFailsOnceClosed() {
        assertThat(wire.a().writeAndFlush(hello()).isSuccess()).isTrue();
        assertThat(wire.a().close().isDone()).isTrue();
        time.run();
        assertThat(wire.a().writeAndFlush(hello()).isDone()).isTrue();
    }

    @Test
    void withoutAutoReadFramesWaitUntilAskedFor() {
        wire.b().config().setAutoRead(false);
        wire.a().send(hello());
        time.run();
        // The read that was pending before is still answered.
        assertThat(east.frames()).hasSize(1);
        wire.a().send(hello());
        time.run();
        assertThat(east.frames()).hasSize(1);
        wire.b().read();
        time.run();
        assertThat(east.frames()).hasSize(2);
    }

    @Test
    void endsMayBeOnDifferentLoops() throws Exception {
        DefaultEventLoop one = new DefaultEventLoop();
        DefaultEventLoop two = new DefaultEventLoop();
        Wire across = Wire.between(Wire.End.of("one"), Wire.End.of("two"));
        CompletableFuture<Integer> echoed = new CompletableFuture<>();
        across.b().pipeline().addLast(FrameCopy.verbatim(across.b()));
        across.a().pipeline().addLast(new Counter(echoed, 100));
        one.register(across.a()).sync();
        two.register(across.b()).sync();
        for (int i = 0; i < 100; i++) {
            across.a().writeAndFlush(hello()).sync();
        }
        assertThat(echoed.get(5, TimeUnit.SECONDS)).isEqualTo(100);
        across.a().close().sync();
        across.b().close().sync();
        one.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        two.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
}
