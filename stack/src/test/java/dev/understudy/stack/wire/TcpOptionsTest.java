package dev.understudy.stack.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TcpOptionsTest {
    private final TcpOptions options = new TcpOptions();
    private final TcpOptionWriter writer = new TcpOptionWriter();

    private TcpOptions parse(String hex) {
        ByteBuf buf = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex.replaceAll("\\s", "")));
        return options.parse(buf, 0, buf.readableBytes());
    }

    private String written() {
        ByteBuf buf = Unpooled.buffer(64).writeZero(64);
        writer.write(buf, 0);
        return ByteBufUtil.hexDump(buf, 0, writer.length());
    }

    @Test
    void readsALinuxSyn() {
        parse("020405b4 0402080a 00000007 00000000 01030307");
        assertThat(options.mss()).isEqualTo(1460);
        assertThat(options.sackPermitted()).isTrue();
        assertThat(options.timestampsAt()).isEqualTo(6);
        assertThat(options.tsVal()).isEqualTo(7);
        assertThat(options.tsEcr()).isZero();
        assertThat(options.windowScale()).isEqualTo(7);
        assertThat(options.sackBlocks()).isZero();
    }

    @Test
    void readsSackBlocks() {
        parse("0101080a 00000007 00000008 01010512 00000001 00000002 fffffff0 0000000f");
        assertThat(options.sackAt()).isEqualTo(14);
        assertThat(options.sackBlocks()).isEqualTo(2);
        assertThat(options.hasTimestamps()).isTrue();
    }

    @Test
    void absentOptionsSayThatTheyAreAbsent_alsoAfterAPacketThatHadThem() {
        parse("020405b4 0402080a 00000007 00000000 01030307");
        parse("");
        assertThat(options.mss()).isEqualTo(-1);
        assertThat(options.windowScale()).isEqualTo(-1);
        assertThat(options.sackPermitted()).isFalse();
        assertThat(options.hasTimestamps()).isFalse();
        assertThat(options.timestampsAt()).isEqualTo(-1);
        assertThat(options.sackAt()).isEqualTo(-1);
        assertThat(options.sackBlocks()).isZero();
        assertThat(options.tsVal()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fd04dead 020405b4", // unknown option before
                "01010101 020405b4",
                "13020101 020405b4", // MD5 signature of an impossible length is stepped over by its
                // length
            })
    void unknownOptionsAreSteppedOver(String hex) {
        assertThat(parse(hex).mss()).isEqualTo(1460);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00 020405b4", // END ends it
                "fd00 020405b4", // length 0
                "fd01 020405b4", // length 1
                "fd09 020405b4", // length beyond the header
                "0204 05", // cut
                "02", // no length
                "0203 05", // MSS of a wrong length
            })
    void whatComesAfterAnImpossibleOptionDoesNotCount(String hex) {
        assertThat(parse(hex).mss()).isEqualTo(-1);
    }

    @Test
    void whatCameBeforeAnImpossibleOptionCounts() {
        assertThat(parse("020405b4 08ff").mss()).isEqualTo(1460);
    }

    @ParameterizedTest
    @CsvSource({"00, 0", "0e, 14", "0f, 14", "ff, 14"})
    void windowScaleIsAtMost14(String shift, int expected) {
        assertThat(parse("010303" + shift).windowScale()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0502", "0506 00000001", "0509 00000001 00000002 00"})
    void sackOfAnImpossibleLengthIsNone(String hex) {
        assertThat(parse(hex).sackBlocks()).isZero();
    }

    @Test
    void writesASynAsLinuxDoes() {
        writer.mss(1460).sackPermitted(true).timestamps(7, 0).windowScale(7);
        assertThat(written()).isEqualTo("020405b40402080a000000070000000001030307");
    }

    @Test
    void writesASynWithoutTimestampsAsLinuxDoes() {
        writer.mss(1460).sackPermitted(true).windowScale(14);
        assertThat(written()).isEqualTo("020405b4010104020103030e");
    }

    @Test
    void writesAnAckAsLinuxDoes() {
        writer.timestamps(1, 2).sackBlock(3, 4);
        assertThat(written()).isEqualTo("0101080a00000001000000020101050a0000000300000004");
    }

    @Test
    void sackBlocksYieldWhenRoomRunsOut() {
        for (int i = 0; i < 5; i++) {
            writer.sackBlock(2 * i, 2 * i + 1);
        }
        assertThat(writer.length()).isEqualTo(36);
        assertThat(parse(written()).sackBlocks()).isEqualTo(4);
        writer.timestamps(1, 2);
        assertThat(writer.length()).isEqualTo(40);
        assertThat(parse(written()).sackBlocks()).isEqualTo(3);
        writer.mss(1460).windowScale(7);
        assertThat(writer.length()).isEqualTo(40);
        assertThat(parse(written()).sackBlocks()).isEqualTo(2);
    }

    @Test
    void rawBytesComeLastAndArePadded() {
        writer.mss(1460).raw((byte) 0xFD, (byte) 3, (byte) 9);
        assertThat(written()).isEqualTo("020405b4fd030900");
        ByteBuf more = Unpooled.wrappedBuffer(new byte[] {7, 1, 1, 7});
        writer.raw(more, 1, 2);
        assertThat(written()).isEqualTo("020405b4fd03090101000000");
    }

    @Test
    void clearedWriterWritesNothing() {
        writer.mss(1)
                .windowScale(2)
                .sackPermitted(true)
                .timestamps(3, 4)
                .sackBlock(5, 6)
                .raw((byte) 1);
        assertThat(writer.clear().length()).isZero();
        assertThat(written()).isEmpty();
    }
}
