package dev.understudy.stack.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("P09")
class ChecksumTest {
    @Test
    void sumsTheExampleOfRfc1071() {
        ByteBuf buf = Unpooled.wrappedBuffer(bytes(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7));
        assertThat(Checksum.fold(Checksum.sum(buf, 0, 8))).isEqualTo(0xddf2);
    }

    @Test
    void sumsEveryLengthFromEveryPositionAsTheReferenceDoes() {
        SplittableRandom random = new SplittableRandom(1071);
        byte[] bytes = new byte[70];
        random.nextBytes(bytes);
        ByteBuf buf = Unpooled.wrappedBuffer(bytes);
        for (int from = 0; from < bytes.length; from++) {
            for (int to = from; to <= bytes.length; to++) {
                assertThat(Checksum.fold(Checksum.sum(buf, from, to)))
                        .as("%d..%d", from, to)
                        .isEqualTo(ReferenceChecksum.sum(buf, from, to));
            }
        }
    }

    @Test
    void sumsTheLongestDatagramOfAllOnes() {
        byte[] bytes = new byte[65535];
        Arrays.fill(bytes, (byte) 0xFF);
        ByteBuf buf = Unpooled.wrappedBuffer(bytes);
        assertThat(Checksum.fold(Checksum.sum(buf, 0, 65535)))
                .isEqualTo(ReferenceChecksum.sum(buf, 0, 65535));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0xFFFF, 0xFFFF",
        "0x10000, 1",
        "0x1FFFE, 0xFFFF",
        "0xFFFFFFFF, 0xFFFF",
        "0x7FFFFFFFFFFFFFFF, 0x7FFF",
    })
    void foldsWithEndAroundCarry(String sum, String folded) {
        assertThat(Checksum.fold(Long.decode(sum))).isEqualTo(Integer.decode(folded));
    }

    @Test
    void updateIsRight_inTheCaseThatEquation4OfRfc1624GetsWrong() {
        // RFC 1624 §4: header sum 0xCD7A, field 0x5555 becomes 0x3285; the checksum must become
        // 0x0000.
        assertThat(Checksum.update(0xDD2F, 0x5555, 0x3285)).isZero();
    }

    @Test
    void updateEqualsComputingAnew_forEveryPairOfEdgeWords() {
        int[] words = {0, 1, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF};
        for (int rest : words) {
            for (int old : words) {
                for (int now : words) {
                    // a pseudo-header is never all zero: the protocol is in it
                    long constant = rest + 6L;
                    int before = Checksum.finish(constant + old);
                    assertThat(Checksum.update(before, old, now))
                            .as("%x: %x to %x", rest, old, now)
                            .isEqualTo(Checksum.finish(constant + now));
                    int partial = Checksum.fold(constant + old);
                    assertThat(Checksum.updatePartial(partial, old, now))
                            .as("partial %x: %x to %x", rest, old, now)
                            .isEqualTo(Checksum.fold(constant + now));
                }
            }
        }
    }

    @Test
    void pseudoHeadersEqualTheirBytes() {
        ByteBuf v4 = TestPackets.udp("192.0.2.1:1", "203.0.113.255:2").payload("abc").build();
        assertThat(Checksum.fold(Checksum.pseudoHeader4(0xC0000201, 0xCB0071FF, 17, 11)))
                .isEqualTo(ReferenceChecksum.pseudoHeader(v4, l3(v4), false, 17, 11));
        ByteBuf v6 = TestPackets.udp("[fd00::1]:1", "[2001:db8::ff]:2").payload("abc").build();
        IpAddress src = IpAddress.parse("fd00::1");
        IpAddress dst = IpAddress.parse("2001:db8::ff");
        assertThat(
                        Checksum.fold(
                                Checksum.pseudoHeader6(
                                        src.hi(), src.lo(), dst.hi(), dst.lo(), 17, 11)))
                .isEqualTo(ReferenceChecksum.pseudoHeader(v6, l3(v6), true, 17, 11));
    }

    private static int l3(ByteBuf frame) {
        return TestPackets.parse(frame).l3();
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
