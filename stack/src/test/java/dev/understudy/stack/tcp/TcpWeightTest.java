package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.AllocationMeter;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What connections weigh: the heap of an idle one, and what a segment leaves on it. */
class TcpWeightTest {
    private static final IpAddress A = IpAddress.parse("10.0.0.1");
    private static final IpAddress B = IpAddress.parse("10.0.0.2");

    private final ArrayDeque<ByteBuf> wire = new ArrayDeque<>();
    private final Packet packet = new Packet();
    private final List<TcpConnection> accepted = new ArrayList<>();
    private ResourceLeakDetector.Level level;
    private long now = 1_000_000_000L;

    /** The leak detector records where each buffer was: that weighs more than all else here. */
    @BeforeEach
    void weighOnlyOurselves() {
        level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    @AfterEach
    void watchAgain() {
        ResourceLeakDetector.setLevel(level);
    }

    private TcpStack stack() {
        return new TcpStack(
                TcpConfig.DEFAULT,
                new TcpLimits(100_000, 100, 100, 100, 1024, 65535),
                new SplittableRandom(1),
                PooledByteBufAllocator.DEFAULT,
                (p, t) -> wire.add(p.frame().retain()));
    }

    private void run(TcpStack a, TcpStack b) {
        for (ByteBuf frame = wire.poll(); frame != null; frame = wire.poll()) {
            packet.parse(frame);
            now += 1_000;
            (packet.dstLo() == A.lo() ? a : b).onPacket(packet, now);
            frame.release();
        }
    }

    @Test
    void anIdleConnectionWeighsLessThanTwoKibibytes() {
        int count = 10_000;
        TcpStack a = stack();
        TcpStack b = stack();
        b.listen(B, 80, count, (l, t) -> accepted.add(l.accept()));
        connect(a, b, 100);
        long before = used();
        connect(a, b, count);
        long each = (used() - before) / (2L * count);
        assertThat(a.connectionCount()).isEqualTo(count + 100);
        assertThat(b.connectionCount()).isEqualTo(count + 100);
        assertThat(each).as("bytes of heap for one end").isLessThan(2048);
        a.close(now);
        b.close(now);
        wire.forEach(ByteBuf::release);
    }

    private void connect(TcpStack a, TcpStack b, int count) {
        for (int i = 0; i < count; i++) {
            a.connect(A, 0, B, 80, TcpHandler.NONE, now);
            run(a, b);
        }
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    @Test
    void segmentsOfATransferLeaveNothingOnTheHeap() throws InterruptedException {
        AtomicLong each = new AtomicLong(Long.MAX_VALUE);
        // Netty recycles on the threads of its loops, and only there.
        Thread loop = new FastThreadLocalThread(() -> each.set(bytesOfAnExchange()));
        loop.start();
        loop.join();
        assertThat(each.get()).as("bytes for 32 KiB and a request").isLessThan(16);
    }

    private long bytesOfAnExchange() {
        TcpStack a = stack();
        TcpStack b = stack();
        b.listen(B, 80, 1, (l, t) -> accepted.add(l.accept()));
        TcpConnection client = a.connect(A, 0, B, 80, TcpHandler.NONE, now);
        run(a, b);
        TcpConnection server = accepted.get(0);
        ByteBuf data = PooledByteBufAllocator.DEFAULT.directBuffer(32_768).writeZero(32_768);
        for (int i = 0; i < 2_000; i++) {
            exchange(a, b, client, server, data);
        }
        AllocationMeter meter = new AllocationMeter();
        meter.start();
        int rounds = 1_000;
        for (int i = 0; i < rounds; i++) {
            exchange(a, b, client, server, data);
        }
        long bytes = meter.bytes();
        data.release();
        a.close(now);
        b.close(now);
        wire.forEach(ByteBuf::release);
        return bytes / rounds;
    }

    /** A request of 100 bytes, and an answer of 32 KiB. */
    private void exchange(
            TcpStack a, TcpStack b, TcpConnection client, TcpConnection server, ByteBuf data) {
        send(client, data, 100);
        run(a, b);
        drop(server);
        send(server, data, 32_768);
        run(a, b);
        drop(client);
        run(a, b);
    }

    private void send(TcpConnection from, ByteBuf data, int bytes) {
        data.setIndex(0, bytes);
        from.write(data);
        from.flush(now);
    }

    private void drop(TcpConnection at) {
        for (ByteBuf buf = at.read(); buf != null; buf = at.read()) {
            buf.release();
        }
        at.flush(now);
    }
}
