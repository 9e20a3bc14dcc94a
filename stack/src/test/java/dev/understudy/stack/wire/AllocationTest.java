package dev.understudy.stack.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Reading a frame, rewriting it and reading its options and quote allocates nothing: counted by the JVM, per thread. */
class AllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int ROUNDS = 20_000;

    /** What the measurement itself and a late compilation may take, far below one object a round. */
    private static final long NOISE = ROUNDS;

    private final Packet packet = new Packet();
    private final TcpOptions options = new TcpOptions();
    private final IcmpQuote quote = new IcmpQuote();
    private final ByteBuf segment =
            TestPackets.tcp("10.0.0.1:1", "10.0.0.2:2").timestamps(1, 2).payload("abc").build();
    private final ByteBuf segment6 =
            TestPackets.tcp("[fd00::1]:1", "[fd00::2]:2").timestamps(1, 2).gso(1000).build();
    private final ByteBuf error = TestPackets.error("10.0.0.9", 3, 1, segment).build();

    @Test
    void readingAndRewritingAllocatesNothing() {
        assumeTrue(
                ManagementFactory.getThreadMXBean() instanceof ThreadMXBean,
                "this JVM does not count allocations by thread");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < WARM_UP; i++) {
            round(i);
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < ROUNDS; i++) {
            round(i);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(allocated).as("bytes in %d rounds", ROUNDS).isLessThan(NOISE);
    }

    private void round(int i) {
        rewrite(segment, 0, IpAddress.mapped(i), i);
        rewrite(segment6, 0xFD00L << 48, i, i);
        if (packet.parse(error) == Packet.Parse.OK && quote.parse(packet)) {
            quote.source(0, IpAddress.mapped(i), i & 0xFFFF);
            quote.destination(0, IpAddress.mapped(~i), i & 0xFFFF);
            quote.seq(i);
        }
    }

    private void rewrite(ByteBuf frame, long hi, long lo, int i) {
        packet.parse(frame);
        packet.source(hi, lo, i & 0xFFFF);
        packet.destination(hi, lo, ~i & 0xFFFF);
        packet.seq(i);
        packet.ack(~i);
        packet.window(i & 0xFFFF);
        options.parse(packet);
        packet.tcpInt(options.timestampsAt() + 2, i);
        packet.resizeTcpHeader((i & 1) == 0 ? 8 : -8);
    }
}
