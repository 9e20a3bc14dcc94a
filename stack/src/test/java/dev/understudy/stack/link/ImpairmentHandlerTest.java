package dev.understudy.stack.link;

import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ImpairmentHandlerTest {
    private static final int MANY = 2000;

    private final VirtualLoop time = new VirtualLoop();
    private final Wire wire =
            Wire.between(Wire.End.of("west"), Wire.End.of("east")).register(time.loop());
    private final FrameSink west = FrameSink.at(wire.a());
    private final FrameSink east = FrameSink.at(wire.b());
    private ImpairmentHandler handler = impair(1);

    private ImpairmentHandler impair(long seed) {
        ImpairmentHandler made = new ImpairmentHandler(seed);
        wire.a().pipeline().addFirst(made);
        time.run();
        return made;
    }

    @AfterEach
    void close() {
        west.clear();
        east.clear();
        wire.close();
        time.run();
    }

    private static ByteBuf frame(long seq) {
        return TestPackets.tcp("10.0.0.1:5", "10.0.0.2:7").seq(seq).payload("payload").build();
    }

    private void sendMany() {
        for (int seq = 0; seq < MANY; seq++) {
            wire.a().send(frame(seq));
            time.advance(Duration.ofMillis(1));
        }
        time.advance(Duration.ofSeconds(10));
    }

    private List<Integer> sequence() {
        return east.frames().stream().map(each -> TestPackets.parse(each).seq()).toList();
    }

    @Test
    void withoutImpairmentFramesPassAtOnceBothWays() {
        wire.a().send(frame(1));
        wire.b().send(frame(2));
        time.run();
        assertThat(east.times()).containsExactly(time.now());
        assertThat(west.times()).containsExactly(time.now());
    }

    @Test
    void lossIsAsOftenAsAskedForAndInOneDirectionOnly() {
        handler.outbound(Impairment.NONE.withLoss(0.1));
        sendMany();
        for (int seq = 0; seq < 100; seq++) {
            wire.b().send(frame(seq));
        }
        time.run();
        assertThat(handler.outboundCounters().lost())
                .isCloseTo(MANY / 10, within((long) MANY / 40));
        assertThat(east.frames()).hasSize(MANY - (int) handler.outboundCounters().lost());
        assertThat(west.frames()).hasSize(100);
    }

    @Test
    void sameSeedGivesTheSameNetwork() {
        Impairment bad =
                Impairment.NONE
                        .withLoss(0.05)
                        .withDelay(Duration.ofMillis(30))
                        .withJitter(Duration.ofMillis(10))
                        .withDuplicate(0.05)
                        .withReorder(0.05, Duration.ofMillis(7));
        handler.outbound(bad);
        sendMany();
        List<Integer> first = sequence();
        east.clear();
        wire.a().pipeline().remove(handler);
        handler = impair(1).outbound(bad);
        sendMany();
        assertThat(sequence()).isEqualTo(first);
        east.clear();
        wire.a().pipeline().remove(handler);
        handler = impair(2).outbound(bad);
        sendMany();
        assertThat(sequence()).isNotEqualTo(first);
    }

    @Test
    void delayIsKeptToTheNanosecondInBothDirections() {
        handler.outbound(Impairment.NONE.withDelay(Duration.ofMillis(40)))
                .inbound(Impairment.NONE.withDelay(Duration.ofMillis(10)));
        long start = time.now();
        wire.a().send(frame(1));
        wire.b().send(frame(2));
        time.advance(Duration.ofSeconds(1));
        assertThat(east.times()).containsExactly(start + 40_000_000);
        assertThat(west.times()).containsExactly(start + 10_000_000);
    }

    @Test
    void jitterSpreadsArrivalsAndKeepsTheirOrder() {
        handler.outbound(
                Impairment.NONE.withDelay(Duration.ofMillis(20)).withJitter(Duration.ofMillis(15)));
        sendMany();
        assertThat(sequence()).isSorted().hasSize(MANY);
        assertThat(east.times()).isSorted();
    }

    @Test
    void duplicateArrivesTwiceAndAsItself() {
        handler.outbound(Impairment.NONE.withDuplicate(1));
        wire.a().send(frame(9));
        time.run();
        assertThat(sequence()).containsExactly(9, 9);
        east.frames().forEach(each -> assertThatFrame(each).payload("payload").checksumsValid());
        assertThat(handler.outboundCounters().duplicated()).isEqualTo(1);
    }

    @Test
    void reorderedFrameIsOvertaken() {
        handler.outbound(Impairment.NONE.withReorder(1, Duration.ofMillis(5)));
        wire.a().send(frame(1));
        handler.outbound(Impairment.NONE);
        wire.a().send(frame(2));
        wire.a().send(frame(3));
        time.advance(Duration.ofMillis(10));
        assertThat(sequence()).containsExactly(2, 3, 1);
        assertThat(handler.outboundCounters().reordered()).isEqualTo(1);
    }

    @Test
    void corruptedFrameFailsItsChecksumAndTheSendersBytesStay() {
        handler.outbound(Impairment.NONE.withCorrupt(1));
        ByteBuf kept =
                TestPackets.tcp("10.0.0.1:5", "10.0.0.2:7")
                        .payload("payload")
                        .partialChecksum()
                        .build();
        ByteBuf before = kept.copy();
        for (int i = 0; i < 100; i++) {
            wire.a().send(kept.retain());
        }
        time.run();
        assertThat(kept).isEqualTo(before);
        assertThat(east.frames()).hasSize(100).allMatch(ImpairmentHandlerTest::fails);
        kept.release();
        before.release();
    }

    /** The transport checksum, the IP header's, or the parser notices. */
    private static boolean fails(ByteBuf frame) {
        Packet packet = new Packet();
        if (packet.parse(frame) != Packet.Parse.OK) {
            return true;
        }
        try {
            assertThatFrame(frame).checksumsValid();
            return false;
        } catch (AssertionError e) {
            return true;
        }
    }

    @Test
    void rateSpacesFramesByTheirLength() {
        ByteBuf probe = frame(0);
        long nanosEach = (probe.readableBytes() - 12) * 8L * 1000;
        probe.release();
        handler.outbound(Impairment.NONE.withRate(1_000_000));
        long start = time.now();
        for (int seq = 0; seq < 4; seq++) {
            wire.a().send(frame(seq));
        }
        time.advance(Duration.ofSeconds(1));
        assertThat(east.times())
                .containsExactly(
                        start + nanosEach,
                        start + 2 * nanosEach,
                        start + 3 * nanosEach,
                        start + 4 * nanosEach);
    }

    @Test
    void queueIsBoundedAndCountsWhatItDrops() {
        handler.outbound(Impairment.NONE.withDelay(Duration.ofSeconds(1)).withQueue(10));
        for (int seq = 0; seq < 25; seq++) {
            wire.a().send(frame(seq));
        }
        time.advance(Duration.ofSeconds(2));
        assertThat(east.frames()).hasSize(10);
        assertThat(handler.outboundCounters().overflowed()).isEqualTo(15);
    }

    @Test
    void longDatagramsVanishSuperSegmentsByTheirSlices() {
        handler.outbound(Impairment.NONE.withMtu(1000));
        wire.a().send(segment(new byte[1001 - 40], 0));
        wire.a().send(segment(new byte[1000 - 40], 0));
        wire.a().send(segment(new byte[9000], 960));
        wire.a().send(segment(new byte[9000], 961));
        time.run();
        assertThat(east.frames()).hasSize(2);
        assertThat(handler.outboundCounters().tooLong()).isEqualTo(2);
    }

    private static ByteBuf segment(byte[] payload, int gso) {
        TestPackets.TcpBuilder builder =
                TestPackets.tcp("10.0.0.1:5", "10.0.0.2:7").payload(payload);
        return gso == 0 ? builder.build() : builder.gso(gso).build();
    }

    @Test
    void blackHoleSwallowsEverythingUntilItIsLifted() {
        handler.both(Impairment.BLACKHOLE);
        wire.a().send(frame(1));
        wire.b().send(frame(2));
        time.run();
        handler.both(Impairment.NONE);
        wire.a().send(frame(3));
        time.run();
        assertThat(sequence()).containsExactly(3);
        assertThat(west.frames()).isEmpty();
        assertThat(handler.outboundCounters().blackholed()).isEqualTo(1);
        assertThat(handler.inboundCounters().blackholed()).isEqualTo(1);
    }

    @Test
    void waitingFramesAreReleasedWhenTheLinkCloses() {
        handler.outbound(Impairment.NONE.withDelay(Duration.ofSeconds(1)));
        ByteBuf frame = frame(1);
        wire.a().send(frame);
        wire.close();
        time.advance(Duration.ofSeconds(2));
        assertThat(frame.refCnt()).isZero();
        assertThat(east.frames()).isEmpty();
    }

    @Test
    void whatIsNoProbabilityIsRefused() {
        assertThatThrownBy(() -> Impairment.NONE.withLoss(1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("loss is a probability");
        assertThatThrownBy(() -> Impairment.NONE.withCorrupt(Double.NaN))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
