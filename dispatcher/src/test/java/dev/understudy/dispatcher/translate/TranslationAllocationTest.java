package dev.understudy.dispatcher.translate;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.understudy.dispatcher.translate.Legs.Wire;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TcpOptions;
import io.netty.buffer.ByteBuf;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Translation allocates nothing per packet, whatever it has to do. */
class TranslationAllocationTest {
    private static final int ROUNDS = 5;
    private static final int WARM_UP = 5_000;
    private static final int PACKETS = 20_000;

    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    private static long allocatedBy(Runnable work) {
        work.run();
        long before = allocated();
        work.run();
        return allocated() - before;
    }

    /** Sends the same two frames through over and over, restored in place. */
    private static void roundTrips(
            Translation translation,
            ByteBuf up,
            ByteBuf upTemplate,
            ByteBuf down,
            ByteBuf downTemplate,
            int packets) {
        Packet packet = new Packet();
        TcpOptions scratch = new TcpOptions();
        for (int i = 0; i < packets; i++) {
            packet.parse(restore(up, upTemplate));
            if (!translation.toServer(packet, scratch, i)) {
                throw new AssertionError("dropped to the server");
            }
            packet.parse(restore(down, downTemplate));
            if (!translation.toClient(packet, scratch, i)) {
                throw new AssertionError("dropped to the client");
            }
        }
    }

    private static ByteBuf restore(ByteBuf frame, ByteBuf template) {
        frame.setIndex(Frames.HEADROOM, template.capacity());
        frame.setBytes(0, template, 0, template.capacity());
        return frame;
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsAllocatedForSequenceNumbersSackAndClocks(Wire wire) {
        Translation translation = Legs.between(Legs.LINUX, Legs.LINUX, 5, 1000);
        translation.timestamps(7, 9, 0);
        assertNothingIsAllocated(translation, wire);
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsAllocatedForTimestampsInsertedAndStripped(Wire wire) {
        Translation translation = Legs.between(Legs.LINUX, Legs.LINUX_WITHOUT_TIMESTAMPS, 5, 1000);
        translation.timestamps(7, 9, 0);
        assertNothingIsAllocated(translation, wire);
    }

    @Test
    void nothingIsAllocatedWhileSeveralEpochsLive() {
        Translation translation = Legs.between(Legs.LINUX, Legs.LINUX, 5, 1000);
        translation.timestamps(7, 9, 0);
        for (int i = 1; i < SequenceMap.MAX_EPOCHS; i++) {
            translation.serverToClient().append(500_000 + i * 1000, 1000 - i);
            translation.clientToServer().append(500_000 + i * 1000, 5 + i);
        }
        assertNothingIsAllocated(translation, Wire.IPV4);
        assertThat(translation.serverToClient().epochs()).isEqualTo(SequenceMap.MAX_EPOCHS);
    }

    private static void assertNothingIsAllocated(Translation translation, Wire wire) {
        ByteBuf up =
                wire.fromClient()
                        .seq(100)
                        .ack(200)
                        .timestamps(1, 2)
                        .sackBlock(300, 400)
                        .sackBlock(500, 600)
                        .payload("request")
                        .build();
        ByteBuf down = wire.fromServer().seq(1200).ack(105).payload(new byte[1460]).build();
        ByteBuf upTemplate = up.copy(0, up.writerIndex());
        ByteBuf downTemplate = down.copy(0, down.writerIndex());
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long once =
                    allocatedBy(
                            () ->
                                    roundTrips(
                                            translation,
                                            up,
                                            upTemplate,
                                            down,
                                            downTemplate,
                                            WARM_UP));
            long more =
                    allocatedBy(
                            () ->
                                    roundTrips(
                                            translation,
                                            up,
                                            upTemplate,
                                            down,
                                            downTemplate,
                                            WARM_UP + PACKETS));
            least = Math.min(least, more - once);
        }
        // What the path allocates it allocates in every round; what the JVM does for itself, in one
        // of them.
        assertThat(least).isLessThan(PACKETS / 10);
    }
}
