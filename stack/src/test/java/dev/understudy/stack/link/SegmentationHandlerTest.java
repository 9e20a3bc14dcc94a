package dev.understudy.stack.link;

import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("P09")
class SegmentationHandlerTest {
    private static final String V4_CLIENT = "10.0.0.1:40000";
    private static final String V4_SERVER = "10.0.0.2:80";
    private static final String V6_CLIENT = "[fd00::1]:40000";
    private static final String V6_SERVER = "[fd00::2]:80";

    private final SegmentationHandler handler = new SegmentationHandler();
    private final EmbeddedChannel channel = new EmbeddedChannel(handler);
    private final List<ByteBuf> slices = new ArrayList<>();

    @AfterEach
    void release() {
        slices.forEach(ByteBuf::release);
        channel.finishAndReleaseAll();
    }

    private void write(ByteBuf frame) {
        channel.writeOutbound(frame);
        for (ByteBuf each = channel.readOutbound(); each != null; each = channel.readOutbound()) {
            slices.add(each);
        }
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void completeFramePassesUntouched() {
        ByteBuf frame = TestPackets.tcp(V4_CLIENT, V4_SERVER).payload("GET /").build();
        ByteBuf expected = frame.copy();
        write(frame);
        assertThat(slices).hasSize(1);
        assertThatFrame(slices.get(0)).sameBytesAs(expected);
        expected.release();
    }

    @ParameterizedTest
    @CsvSource({
        V4_CLIENT + "," + V4_SERVER + ",0",
        V4_CLIENT + "," + V4_SERVER + ",5",
        V6_CLIENT + "," + V6_SERVER + ",0",
        V6_CLIENT + "," + V6_SERVER + ",7"
    })
    void partialChecksumIsFilledIn(String from, String to, int length) {
        write(TestPackets.tcp(from, to).payload(bytes(length)).partialChecksum().build());
        write(TestPackets.udp(from, to).payload(bytes(length)).partialChecksum().build());
        assertThat(slices).hasSize(2);
        slices.forEach(each -> assertThatFrame(each).noOffload().checksumsValid());
    }

    @ParameterizedTest(name = "{0} {2} bytes by {3}")
    @CsvSource({
        V4_CLIENT + "," + V4_SERVER + ",4000,1448",
        V4_CLIENT + "," + V4_SERVER + ",64000,1448",
        V4_CLIENT + "," + V4_SERVER + ",2896,1448",
        V4_CLIENT + "," + V4_SERVER + ",10,1448",
        V4_CLIENT + "," + V4_SERVER + ",13,1",
        V4_CLIENT + "," + V4_SERVER + ",999,333",
        V6_CLIENT + "," + V6_SERVER + ",4000,1428",
        V6_CLIENT + "," + V6_SERVER + ",64000,1428",
        V6_CLIENT + "," + V6_SERVER + ",1001,77"
    })
    void superSegmentIsSlicedAsAcardDoes(String from, String to, int length, int size) {
        byte[] payload = bytes(length);
        long seq = 0xFFFF_FF00L;
        ByteBuf frame =
                TestPackets.tcp(from, to)
                        .flags("FP.")
                        .seq(seq)
                        .ack(99)
                        .timestamps(7, 8)
                        .payload(payload)
                        .gso(size)
                        .build();
        write(frame);
        assertThat(frame.refCnt()).isZero();
        assertThat(slices).hasSize((length + size - 1) / size);
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        int offset = 0;
        for (int i = 0; i < slices.size(); i++) {
            boolean last = i == slices.size() - 1;
            int bytes = Math.min(size, length - offset);
            assertThatFrame(slices.get(i))
                    .noOffload()
                    .from(from)
                    .to(to)
                    .flags(last ? "FP." : ".")
                    .seq(seq + offset)
                    .ack(99)
                    .timestamps(7, 8)
                    .payloadLength(bytes)
                    .checksumsValid();
            Packet packet = TestPackets.parse(slices.get(i));
            byte[] part = new byte[bytes];
            packet.frame().getBytes(packet.payload(), part);
            joined.writeBytes(part);
            offset += bytes;
        }
        assertThat(joined.toByteArray()).isEqualTo(payload);
    }

    @Test
    void ipv4IdentificationCountsUp() {
        ByteBuf frame = TestPackets.tcp(V4_CLIENT, V4_SERVER).payload(bytes(300)).gso(100).build();
        int l3 = TestPackets.parse(frame).l3();
        frame.setShort(l3 + Ipv4.IDENTIFICATION_OFFSET, 0xFFFF);
        Ipv4.fixChecksum(frame, l3);
        write(frame);
        assertThat(slices)
                .extracting(each -> Ipv4.identification(each, TestPackets.parse(each).l3()))
                .containsExactly(0xFFFF, 0, 1);
    }

    @Test
    void congestionWindowReducedIsToldOnce() {
        ByteBuf frame =
                TestPackets.tcp(V4_CLIENT, V4_SERVER)
                        .flags("W.")
                        .payload(bytes(300))
                        .gso(100)
                        .build();
        VirtioNet.gsoType(frame, frame.readerIndex(), VirtioNet.GSO_TCPV4 | VirtioNet.GSO_ECN);
        write(frame);
        assertThatFrame(slices.get(0)).flags("W.");
        assertThatFrame(slices.get(1)).flags(".");
        assertThatFrame(slices.get(2)).flags(".");
    }

    @Test
    void tagOfVlanIsRepeatedOnEachSlice() {
        write(TestPackets.tcp(V4_CLIENT, V4_SERVER).vlan(7).payload(bytes(300)).gso(100).build());
        assertThat(slices).hasSize(3);
        for (ByteBuf each : slices) {
            Packet packet = TestPackets.parse(each);
            assertThat(packet.l3() - packet.eth()).isEqualTo(18);
            assertThatFrame(each).checksumsValid();
        }
    }

    @Test
    void superSegmentThatIsNotTcpIsDroppedAndCounted() {
        ByteBuf udp = TestPackets.udp(V4_CLIENT, V4_SERVER).payload(bytes(300)).build();
        VirtioNet.gsoType(udp, udp.readerIndex(), VirtioNet.GSO_UDP_L4);
        VirtioNet.gsoSize(udp, udp.readerIndex(), 100);
        ByteBuf nothing = TestPackets.tcp(V4_CLIENT, V4_SERVER).payload(bytes(300)).build();
        VirtioNet.gsoType(nothing, nothing.readerIndex(), VirtioNet.GSO_TCPV4);
        write(udp);
        write(nothing);
        assertThat(slices).isEmpty();
        assertThat(handler.unsliceable()).isEqualTo(2);
    }

    @Test
    void noBytesMakeItThrow() {
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 1_000; i++) {
            ByteBuf frame =
                    TestPackets.tcp(
                                    i % 2 == 0 ? V4_CLIENT : V6_CLIENT,
                                    i % 2 == 0 ? V4_SERVER : V6_SERVER)
                            .payload(bytes(200))
                            .gso(1 + random.nextInt(300))
                            .build();
            for (int change = random.nextInt(6); change >= 0; change--) {
                frame.setByte(
                        random.nextInt(frame.readerIndex(), frame.writerIndex()),
                        random.nextInt(256));
            }
            frame.writerIndex(
                    random.nextInt(8) == 0
                            ? random.nextInt(frame.readerIndex(), frame.writerIndex())
                            : frame.writerIndex());
            write(frame);
            slices.forEach(ByteBuf::release);
            slices.clear();
        }
    }
}
